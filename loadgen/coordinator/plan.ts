/** Everything about a run that is decided before it starts: from the words of a command to sizes, counts and times. */
import { randomBytes } from 'node:crypto';
import type { BoxShape } from '../../capacity/box-shape.ts';
import type { RunClaim } from '../../capacity/run-record.ts';
import { DEFAULT_RECONNECT, type ReconnectPolicy } from '../client/reconnect.ts';
import type { TokenAlgorithm } from '../client/token.ts';
import { type PhasePlan, phasesSeconds } from '../plan/phases.ts';
import { connectionsOfWorker, type PopulationPlan } from '../plan/population.ts';
import type { DailyCurve, SchedulePlan } from '../plan/schedule.ts';
import type { NapPlan } from '../worker/naps.ts';

export interface RunOptions {
  readonly name: string;
  /** Arguments that make this run again, from the verb on. */
  readonly command: readonly string[];
  readonly connections: number;
  readonly connectionsPerSecond: number;
  /** 0: the run only holds. */
  readonly sendsPerSecond: number;
  /** All connections open, nothing but heartbeats; before the chat. */
  readonly idleSeconds: number;
  readonly chatSeconds: number;
  /** Of the chat, at its beginning, without its latencies. */
  readonly warmSeconds: number;
  /** Before memory is measured at a checkpoint, and between phases. */
  readonly settleSeconds: number;
  /** Longest wait for deliveries after the last send. */
  readonly quietSeconds: number;
  /** Nothing delivered for so long, and no answer missing: it is over before. Longer than what is behind may stand still. */
  readonly quietSteadySeconds: number;
  /** From an attempt to WELCOME. */
  readonly attemptSeconds: number;
  /** After which a send without its answer is repeated under its id; each time twice as long, up to eight times. */
  readonly resendSeconds: number;
  readonly heartbeatSeconds: number;
  readonly answerHeartbeats: boolean;
  readonly tls: boolean;
  readonly tokenAlgorithm: TokenAlgorithm;
  readonly seed: number;
  readonly devicesPerUser: number;
  /** Left out: a tenth of the connections. */
  readonly conversations?: number | undefined;
  /** Made per second; left out: the rate of the sends, within bounds. */
  readonly creationsPerSecond?: number;
  readonly groupShare: number;
  readonly reconnect: ReconnectPolicy;
  /** Every other message is not repeated once it was accepted: proves that accepted means durable. */
  readonly trustsAccepted: boolean;
  /** In each such conversation members read what they get, in the others they only acknowledge it; 0: none reads. */
  readonly readEvery: number;
  readonly claims: readonly RunClaim[];
  /** Left out: no storm. `cohort`: the last worker's connections talk among themselves and look on. */
  readonly storm?: { readonly cohort: boolean };
  /** Left out: the rate is the same all the time. */
  readonly curve?: DailyCurve;
  /** Left out: connections stay. Else each is ended by its client after a lifetime of its own, and comes back. */
  readonly meanLifetimeSeconds?: number;
  /** Left out: the chat has no turns. Its length is theirs. */
  readonly turns?: TurnOptions;
  /** Left out: the box's own address. */
  readonly elsewhere?: Elsewhere;
  /** Folder that gets the run's own folder. */
  readonly runsFolder: string;
}

/** A target that was not started for the run: workers are spread over its addresses, its users are of the blocks for tests. */
export interface Elsewhere {
  readonly targets: ReadonlyArray<{ readonly host: string; readonly port: number }>;
  readonly tokenSeconds: number;
}

export interface TurnOptions {
  readonly phases: PhasePlan;
  /** One conversation of the first so many users, who all answer in it in the disturbed parts. */
  readonly hot?: { readonly members: number; readonly sendsPerSecond: number };
  /** The last workers' connections, a worker for each period, are mobile devices that talk among themselves. */
  readonly mobile?: NapPlan & { readonly heartbeatSeconds: readonly number[] };
}

export const DEFAULT_OPTIONS: RunOptions = {
  name: 'run',
  command: [],
  connections: 50_000,
  connectionsPerSecond: 5_000,
  sendsPerSecond: 2_500,
  idleSeconds: 15,
  chatSeconds: 60,
  warmSeconds: 0,
  settleSeconds: 2,
  quietSeconds: 10,
  quietSteadySeconds: 1.5,
  attemptSeconds: 30,
  resendSeconds: 10,
  heartbeatSeconds: 30,
  answerHeartbeats: false,
  tls: false,
  tokenAlgorithm: 'HS256',
  seed: 1,
  devicesPerUser: 1,
  groupShare: 0.2,
  reconnect: DEFAULT_RECONNECT,
  trustsAccepted: false,
  readEvery: 0,
  claims: [],
  runsFolder: 'runs',
};

export interface RunPlan {
  readonly options: RunOptions;
  readonly shape: BoxShape;
  readonly nonce: number;
  readonly population: PopulationPlan;
  readonly schedule: SchedulePlan;
  /** Connections at which the ramp pauses and memory is measured; the last is all of them. */
  readonly checkpoints: readonly number[];
  /** Conversations created per second, by all workers. */
  readonly creationsPerSecond: number;
}

const GROUP_MEMBERS = { min: 3, max: 16 } as const;
const BODY = { medianBytes: 80, p99Bytes: 1_000, maxBytes: 8_192 } as const;
const CHECKPOINT_SHARES = [0.2, 0.4, 0.6, 0.8, 1] as const;
const USER_BLOCKS = 4_096;
/** Of the blocks of users of a cell the last ones, which nobody but tests has: 2^27 users. */
export const TEST_BLOCKS = { first: 4_032, count: 64 } as const;
/** Conversations are made at the rate of the sends that follow, within these bounds. */
const CREATIONS_PER_SECOND = { least: 200, most: 2_500 } as const;

/** `nonce`: 32 random bits that set this run's messages and users apart from those of others. */
export function planRun(options: RunOptions, shape: BoxShape, nonce = randomBytes(4).readUInt32LE()): RunPlan {
  const users = Math.floor(options.connections / options.devicesPerUser);
  const wanted = options.conversations ?? Math.max(1, Math.ceil(options.connections / 10));
  const { phases, hot, mobile } = options.turns ?? {};
  const population: PopulationPlan = {
    seed: options.seed,
    connections: options.connections,
    devicesPerUser: options.devicesPerUser,
    workers: shape.workers,
    conversations: options.sendsPerSecond > 0 && users >= 2 ? wanted + (hot === undefined ? 0 : 1) : 0,
    ...(hot === undefined ? {} : { hot: hot.members }),
    groupShare: users > GROUP_MEMBERS.max ? options.groupShare : 0,
    groupMembersMin: GROUP_MEMBERS.min,
    groupMembersMax: Math.min(GROUP_MEMBERS.max, users),
    userBlock: options.elsewhere === undefined ? nonce % USER_BLOCKS : TEST_BLOCKS.first + (nonce % TEST_BLOCKS.count),
  };
  const workersApart = options.storm?.cohort === true ? 1 : (mobile?.heartbeatSeconds.length ?? 0);
  const apart = workersApart === 0 ? 0 : options.connections - connectionsOfWorker(population, shape.workers - workersApart).first;
  const chatSeconds = phases === undefined ? options.chatSeconds : phasesSeconds(phases);
  return {
    options: { ...options, chatSeconds },
    shape,
    nonce,
    population: apart === 0 ? population : { ...population, apart: Math.floor(apart / options.devicesPerUser) },
    schedule: {
      seed: options.seed,
      sendsPerSecond: options.sendsPerSecond,
      seconds: options.sendsPerSecond > 0 ? chatSeconds : 0,
      bodyMedianBytes: BODY.medianBytes,
      bodyP99Bytes: BODY.p99Bytes,
      bodyMaxBytes: BODY.maxBytes,
      ...(options.curve === undefined ? {} : { curve: options.curve }),
      ...(hot === undefined || phases === undefined ? {} : { hot: { sendsPerSecond: hot.sendsPerSecond, phases } }),
    },
    checkpoints: [...new Set(CHECKPOINT_SHARES.map((share) => Math.max(1, Math.round(options.connections * share))))],
    creationsPerSecond:
      options.creationsPerSecond ?? Math.max(CREATIONS_PER_SECOND.least, Math.min(CREATIONS_PER_SECOND.most, options.sendsPerSecond)),
  };
}
