/** The options of the verbs that load a box: declared once, read once, with one help text for all. */
import { OptionError } from '../../services/runtime/whole-option.ts';
import { DEFAULT_RECONNECT } from '../client/reconnect.ts';
import { DEFAULT_OPTIONS, type RunOptions } from '../coordinator/plan.ts';
import type { ListenAt } from '../live/serve-live.ts';
import { FLEET_HELP, FLEET_WORDS, type FleetOptions, hostAndPort, readFleetOptions } from './fleet-options.ts';
import { flag, oneOf, read, readOptions, share, whole, word, words } from './options.ts';

export type LoadKind = 'hold' | 'chat' | 'start';

export interface LoadOptions {
  readonly run: RunOptions;
  readonly json: boolean;
  /** Box to load; left out: one is started for the run. */
  readonly boxFile?: string | undefined;
  /** A box that was started goes on after the run. */
  readonly keepBox: boolean;
  readonly edges?: number | undefined;
  readonly workers?: number | undefined;
  /** Workers on other machines, which join. */
  readonly fleet?: FleetOptions | undefined;
  /** The process stays after its run, so that the run's folder can be read. */
  readonly lingerSeconds: number;
  /** Where the run's metrics are told while it goes on; left out: nowhere. */
  readonly metricsAt?: ListenAt | undefined;
  /** Hosts besides loopback that may be sent to. */
  readonly allowedHosts: readonly string[];
}

const POLICIES = ['none', 'exponential', 'fullJitter', 'decorrelated'] as const;

const OPTIONS = {
  connections: whole(DEFAULT_OPTIONS.connections),
  ramp: whole(DEFAULT_OPTIONS.connectionsPerSecond),
  rate: whole(),
  holdSeconds: whole(DEFAULT_OPTIONS.chatSeconds),
  idleSeconds: whole(undefined, 0),
  heartbeatSeconds: whole(DEFAULT_OPTIONS.heartbeatSeconds),
  answerHeartbeats: flag(),
  tls: flag(),
  token: oneOf(['hs256', 'eddsa'], 'hs256'),
  seed: whole(DEFAULT_OPTIONS.seed, 0),
  devices: whole(DEFAULT_OPTIONS.devicesPerUser),
  conversations: whole(),
  groupShare: share(DEFAULT_OPTIONS.groupShare, { zero: true }),
  policy: oneOf(POLICIES, DEFAULT_RECONNECT.kind),
  edges: whole(),
  workers: whole(),
  box: word(),
  keepBox: flag(),
  allowHost: words(),
  lingerSeconds: whole(0, 0),
  metricsListen: read((text) => hostAndPort('metrics-listen', text)),
  ...FLEET_WORDS,
  name: read(runName),
  json: flag(),
};

export function optionsHelp(kind: LoadKind): string {
  const rate = kind === 'hold' ? '' : '  --rate R               sends per second, all connections together (2,500)\n';
  const idle = kind === 'hold' ? '' : '  --idle-seconds I       heartbeats alone, before the sends (15)\n';
  const chat =
    kind === 'hold'
      ? ''
      : `  --conversations C      (a tenth of the connections)
  --group-share G        share of conversations with 3 to 16 members, the rest has 2 (0.2)
`;
  return `  --connections N        (${DEFAULT_OPTIONS.connections.toLocaleString('en-GB')})
  --ramp P               connections opened per second (${DEFAULT_OPTIONS.connectionsPerSecond.toLocaleString('en-GB')})
${rate}  --hold-seconds S       time for which all of it is held at once (60)
${idle}  --heartbeat-seconds H  (30)
  --answer-heartbeats    the box answers each heartbeat
  --tls                  of a box that is started
  --token A              hs256 or eddsa (hs256)
  --devices D            connections of one user (1)
${chat}  --policy P             how clients come back: ${POLICIES.join(', ')} (fullJitter)
  --seed X               of the schedule and of who talks with whom (1)
  --edges E, --workers W processes; without them as many as the limit of files asks for
  --box FILE             box.json of a running box; without it one is started, and stopped at the end
  --keep-box             leave the box that was started running
  --allow-host HOST      a box there may be loaded, though it is not of this machine; may be said again
  --linger-seconds S     stay after the run, for who reads its folder in a pod (0)
  --metrics-listen HOST:PORT
                         /metrics of the load engine there, for a Prometheus; port 0 takes a free one, and a line says which
${kind === 'start' ? '' : FLEET_HELP}  --name WORD            of the run's folder under runs/ (${kind})
  --json                 one JSON document on standard output`;
}

export function readLoadOptions(kind: LoadKind, args: readonly string[]): LoadOptions {
  const given = readOptions(OPTIONS, args);
  const { connections, holdSeconds, conversations } = given;
  if (kind === 'hold' && (given.rate !== undefined || given.idleSeconds !== undefined))
    throw new OptionError('--rate and --idle-seconds belong to chat and start; hold sends nothing. See --help.');
  const sendsPerSecond = kind === 'hold' ? 0 : (given.rate ?? DEFAULT_OPTIONS.sendsPerSecond);
  if (sendsPerSecond > 0 && connections < 2) throw new OptionError('--connections: at least 2, when they are to send. See --help.');
  const fleet = readFleetOptions(given);
  if (fleet !== undefined) fitsFleet(kind, given);
  return {
    run: {
      ...DEFAULT_OPTIONS,
      name: given.name ?? kind,
      command: [kind, ...args],
      connections,
      connectionsPerSecond: given.ramp,
      sendsPerSecond,
      idleSeconds: kind === 'hold' ? holdSeconds : (given.idleSeconds ?? DEFAULT_OPTIONS.idleSeconds),
      chatSeconds: holdSeconds,
      heartbeatSeconds: given.heartbeatSeconds,
      answerHeartbeats: given.answerHeartbeats,
      tls: given.tls,
      tokenAlgorithm: given.token === 'hs256' ? 'HS256' : 'EdDSA',
      seed: given.seed,
      devicesPerUser: given.devices,
      conversations,
      groupShare: given.groupShare,
      reconnect: { ...DEFAULT_RECONNECT, kind: given.policy },
      claims: claimsFor(kind, connections, sendsPerSecond),
    },
    json: given.json,
    keepBox: given.keepBox,
    boxFile: given.box,
    edges: given.edges,
    workers: given.workers,
    fleet,
    lingerSeconds: given.lingerSeconds,
    metricsAt: given.metricsListen,
    allowedHosts: given.allowHost ?? [],
  };
}

function fitsFleet(kind: LoadKind, given: { readonly box: string | undefined; readonly workers: number | undefined }): void {
  if (kind === 'start') throw new OptionError('--worker-hosts belongs to hold and chat. See --help.');
  if (given.box === undefined)
    throw new OptionError('--worker-hosts takes --box: one that is started here is on loopback only. See --help.');
  if (given.workers !== undefined)
    throw new OptionError('--workers: each worker host says how many it has (parley work --workers). See --help.');
}

/** `start` is judged by the rows of the sheet; the others by what they were asked to do. */
function claimsFor(kind: LoadKind, connections: number, sendsPerSecond: number): RunOptions['claims'] {
  if (kind === 'start') return [];
  const held = { id: 'connectionsPerBox', value: connections } as const;
  return kind === 'hold' ? [held] : [held, { id: 'sendsPerSecondPerBox', value: sendsPerSecond }];
}

function runName(text: string): string {
  if (!/^[\w.-]{1,60}$/.test(text)) throw new OptionError(`--name takes letters, digits, dots and dashes, not "${text}". See --help.`);
  return text;
}
