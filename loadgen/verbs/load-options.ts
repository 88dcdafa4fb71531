/** The options of the verbs that load a box: declared once, read once, with one help text for all. */
import { parseArgs } from 'node:util';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { DEFAULT_RECONNECT } from '../client/reconnect.ts';
import type { TokenAlgorithm } from '../client/token.ts';
import { DEFAULT_OPTIONS, type RunOptions } from '../coordinator/plan.ts';
import { FLEET_HELP, FLEET_WORDS, type FleetOptions, readFleetOptions } from './fleet-options.ts';

export type LoadKind = 'hold' | 'chat' | 'start';

export interface LoadOptions {
  readonly run: RunOptions;
  readonly json: boolean;
  /** Box to load; left out: one is started for the run. */
  readonly boxFile?: string;
  /** A box that was started goes on after the run. */
  readonly keepBox: boolean;
  readonly edges?: number;
  readonly workers?: number;
  /** Workers on other machines, which join. */
  readonly fleet?: FleetOptions;
  /** The process stays after its run, so that the run's folder can be read. */
  readonly lingerSeconds: number;
  /** Hosts besides loopback that may be sent to. */
  readonly allowedHosts: readonly string[];
}

const WORDS = {
  connections: { type: 'string' },
  ramp: { type: 'string' },
  rate: { type: 'string' },
  'hold-seconds': { type: 'string' },
  'idle-seconds': { type: 'string' },
  'heartbeat-seconds': { type: 'string' },
  'answer-heartbeats': { type: 'boolean' },
  tls: { type: 'boolean' },
  token: { type: 'string' },
  seed: { type: 'string' },
  devices: { type: 'string' },
  conversations: { type: 'string' },
  'group-share': { type: 'string' },
  policy: { type: 'string' },
  edges: { type: 'string' },
  workers: { type: 'string' },
  box: { type: 'string' },
  'keep-box': { type: 'boolean' },
  'allow-host': { type: 'string', multiple: true },
  'linger-seconds': { type: 'string' },
  ...FLEET_WORDS,
  name: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const POLICIES = ['none', 'exponential', 'fullJitter', 'decorrelated'] as const;

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
${kind === 'start' ? '' : FLEET_HELP}  --name WORD            of the run's folder under runs/ (${kind})
  --json                 one JSON document on standard output`;
}

export function readLoadOptions(kind: LoadKind, args: readonly string[]): LoadOptions {
  const { values } = parseArgs({ args: [...args], options: WORDS, strict: true });
  const whole = (name: string, fallback: number, least = 1) =>
    wholeOption(name, values[name as keyof typeof values] as string | undefined, least) ?? fallback;
  const connections = whole('connections', DEFAULT_OPTIONS.connections);
  const holdSeconds = whole('hold-seconds', DEFAULT_OPTIONS.chatSeconds);
  const sendsPerSecond = kind === 'hold' ? 0 : whole('rate', DEFAULT_OPTIONS.sendsPerSecond);
  if (kind === 'hold' && (values.rate !== undefined || values['idle-seconds'] !== undefined))
    throw new OptionError('--rate and --idle-seconds belong to chat and start; hold sends nothing. See --help.');
  if (sendsPerSecond > 0 && connections < 2) throw new OptionError('--connections: at least 2, when they are to send. See --help.');
  const edges = wholeOption('edges', values.edges);
  const workers = wholeOption('workers', values.workers);
  const conversations = wholeOption('conversations', values.conversations);
  const fleet = readFleetOptions(values);
  if (fleet !== undefined) fitsFleet(kind, values);
  return {
    run: {
      ...DEFAULT_OPTIONS,
      name: name(values.name ?? kind),
      command: [kind, ...args],
      connections,
      connectionsPerSecond: whole('ramp', DEFAULT_OPTIONS.connectionsPerSecond),
      sendsPerSecond,
      idleSeconds: kind === 'hold' ? holdSeconds : whole('idle-seconds', DEFAULT_OPTIONS.idleSeconds, 0),
      chatSeconds: holdSeconds,
      heartbeatSeconds: whole('heartbeat-seconds', DEFAULT_OPTIONS.heartbeatSeconds),
      answerHeartbeats: values['answer-heartbeats'] === true,
      tls: values.tls === true,
      tokenAlgorithm: tokenAlgorithm(values.token),
      seed: whole('seed', DEFAULT_OPTIONS.seed, 0),
      devicesPerUser: whole('devices', DEFAULT_OPTIONS.devicesPerUser),
      ...(conversations === undefined ? {} : { conversations }),
      groupShare: share('group-share', values['group-share'], DEFAULT_OPTIONS.groupShare),
      reconnect: { ...DEFAULT_RECONNECT, kind: oneOf('policy', values.policy, POLICIES, DEFAULT_RECONNECT.kind) },
      claims: claimsFor(kind, connections, sendsPerSecond),
    },
    json: values.json === true,
    keepBox: values['keep-box'] === true,
    ...(values.box === undefined ? {} : { boxFile: values.box }),
    ...(edges === undefined ? {} : { edges }),
    ...(workers === undefined ? {} : { workers }),
    ...(fleet === undefined ? {} : { fleet }),
    lingerSeconds: whole('linger-seconds', 0, 0),
    allowedHosts: values['allow-host'] ?? [],
  };
}

function fitsFleet(kind: LoadKind, values: { readonly box?: string; readonly workers?: string }): void {
  if (kind === 'start') throw new OptionError('--worker-hosts belongs to hold and chat. See --help.');
  if (values.box === undefined)
    throw new OptionError('--worker-hosts takes --box: one that is started here is on loopback only. See --help.');
  if (values.workers !== undefined)
    throw new OptionError('--workers: each worker host says how many it has (parley work --workers). See --help.');
}

/** `start` is judged by the rows of the sheet; the others by what they were asked to do. */
function claimsFor(kind: LoadKind, connections: number, sendsPerSecond: number): RunOptions['claims'] {
  if (kind === 'start') return [];
  const held = { id: 'connectionsPerBox', value: connections } as const;
  return kind === 'hold' ? [held] : [held, { id: 'sendsPerSecondPerBox', value: sendsPerSecond }];
}

function tokenAlgorithm(text: string | undefined): TokenAlgorithm {
  return oneOf('token', text?.toLowerCase(), ['hs256', 'eddsa'], 'hs256') === 'hs256' ? 'HS256' : 'EdDSA';
}

function oneOf<T extends string>(option: string, text: string | undefined, words: readonly T[], fallback: T): T {
  if (text === undefined) return fallback;
  const found = words.find((word) => word === text);
  if (found === undefined) throw new OptionError(`--${option} takes one of ${words.join(', ')}, not "${text}". See --help.`);
  return found;
}

function share(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new OptionError(`--${option} takes a number from 0 to 1, not "${text}". See --help.`);
  return value;
}

function name(text: string): string {
  if (!/^[\w.-]{1,60}$/.test(text)) throw new OptionError(`--name takes letters, digits, dots and dashes, not "${text}". See --help.`);
  return text;
}
