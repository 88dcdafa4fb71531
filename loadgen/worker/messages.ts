/** What the coordinator and a worker say to each other over their channel. Times are on the coordinator's clock. */
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import type { RadioSeen } from '../client/radio.ts';
import type { ReconnectPolicy } from '../client/reconnect.ts';
import type { TokenAlgorithm } from '../client/token.ts';
import type { Offset } from '../clock/offset.ts';
import type { PhasePlan } from '../plan/phases.ts';
import type { PopulationPlan } from '../plan/population.ts';
import type { SchedulePlan } from '../plan/schedule.ts';
import type { Convergence } from './convergence.ts';
import type { NapPlan, NapsSeen } from './naps.ts';
import type { PhasesSeen } from './phase-tally.ts';
import type { StormSeen } from './storm-tally.ts';

export interface WorkerSetup {
  readonly worker: number;
  readonly population: PopulationPlan;
  readonly schedule: SchedulePlan;
  readonly nonce: number;
  readonly target: Target;
  readonly heartbeatSeconds: number;
  readonly answerHeartbeats: boolean;
  readonly reconnect: ReconnectPolicy;
  readonly trustsAccepted: boolean;
  /** In each such conversation of the plan members read what they get; 0: they never say so. */
  readonly readEvery: number;
  readonly limits: WorkerLimits;
  /** Left out: dropped connections are counted, and not followed each for itself. */
  readonly storm?: StormWatch;
  /** Left out: connections stay. From the chat on, see `churn.ts`. */
  readonly meanLifetimeSeconds?: number;
  /** Left out: no part of the chat is set apart from another. */
  readonly phases?: PhasePlan;
  /** Left out: its devices never sleep, and their radios are not watched. */
  readonly naps?: NapPlan;
  /** Absent: no ledger is kept. */
  readonly ledgerFile?: string;
  /** A worker before it was killed: this one goes on with its ledger. */
  readonly resumes?: true;
}

export interface StormWatch {
  /** Connections of this worker, from its first, that may be dropped at its own end. */
  readonly mayDrop: number;
}

export interface Target {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly path: string;
  readonly tls: boolean;
  readonly keysFile: string;
  readonly tokenAlgorithm: TokenAlgorithm;
  readonly tokenSeconds: number;
}

export interface WorkerLimits {
  /** Attempts that this worker has under way at once. */
  readonly attempts: number;
  readonly attemptSeconds: number;
  readonly resendSeconds: number;
  /** Sends without an answer, and those that wait for a connection. */
  readonly pendingSends: number;
  /** Bytes of a connection that the kernel did not take. */
  readonly outboxBytes: number;
}

export type ToWorker =
  | { readonly type: 'setup'; readonly setup: WorkerSetup }
  /** Begin a clock round: exchange pings, then answer `clock`. */
  | { readonly type: 'clock'; readonly round: number; readonly exchanges: number }
  | { readonly type: 'pong'; readonly sentMs: number; readonly coordinatorMs: number }
  /** What all workers' clocks did in a round; the offset to use until the next. */
  | { readonly type: 'clockHeld'; readonly round: number; readonly held: boolean }
  /** Open connections up to this count of the worker's own, at this rate. */
  | { readonly type: 'connect'; readonly until: number; readonly perSecond: number }
  | { readonly type: 'heartbeats'; readonly on: boolean }
  /** Answer with `stats` now: the edge of a measured window. */
  | { readonly type: 'report'; readonly mark: number }
  | { readonly type: 'create'; readonly perSecond: number }
  | { readonly type: 'chat'; readonly startMs: number }
  /** No arrival from here on, in ms after the start of the chat. */
  | { readonly type: 'cut'; readonly untilMs: number }
  /** Answer `converged` when all that is known now has spread, or has had its time. */
  | { readonly type: 'converge'; readonly check: number }
  /** Latencies of connections that stay undisturbed are kept from here on, as those before the storm. */
  | { readonly type: 'calm' }
  /** A storm begins: dropped connections are followed from here on, by the coordinator's clock. */
  | { readonly type: 'storm'; readonly startMs: number; readonly drop: number }
  /** A step of a drain begins: what a connection is dropped in it counts by itself. */
  | { readonly type: 'step' }
  /** Answer with what was seen of it; `latencies`: with those of undisturbed connections as well. */
  | { readonly type: 'stormReport'; readonly mark: number; readonly latencies: boolean }
  /** Answer with what was seen of the chat's turns. */
  | { readonly type: 'phasesReport' }
  /** Write what is still open, end the ledger, answer `finished`. */
  | { readonly type: 'finish' }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'started' }
  | { readonly type: 'ready'; readonly fileLimit: number }
  | { readonly type: 'ping'; readonly sentMs: number }
  | { readonly type: 'clock'; readonly round: number; readonly offset: Offset | undefined; readonly held: boolean }
  /** `mark`: of the `report` that asked for it. */
  | { readonly type: 'stats'; readonly mark?: number; readonly counts: WorkerCounts; readonly latencies: readonly LatencyHistogram[] }
  | { readonly type: 'finished'; readonly counts: WorkerCounts; readonly latencies: readonly LatencyHistogram[] }
  | { readonly type: 'storm'; readonly mark: number; readonly seen: StormSeen }
  | { readonly type: 'phases'; readonly seen: PhasesSeen; readonly naps?: NapsSeen; readonly radio?: RadioSeen }
  | { readonly type: 'converged'; readonly check: number; readonly result: Convergence }
  /** Once a second, of a worker on another machine. */
  | { readonly type: 'host'; readonly reading: HostReading }
  | { readonly type: 'broken'; readonly reason: string };

/** What a worker on another machine says of itself and of that machine, since whoever listens can't look there. */
export interface HostReading {
  /** Of the worker's own clock. */
  readonly atMs: number;
  /** Used by the worker's process since it began. */
  readonly cpuUs: number;
  /** All processors of its machine together, since that began; left out where it can't be read. */
  readonly busyUs?: number;
  readonly cores: number;
}

/** Totals since the worker began. */
export interface WorkerCounts {
  open: number;
  attempted: number;
  opened: number;
  refused: number;
  failed: number;
  dropped: number;
  /** Attempts under way, and connections that wait to come back. */
  trying: number;
  waiting: number;
  created: number;
  creationsRejected: number;
  creationsDelivered: number;
  due: number;
  sent: number;
  unsent: number;
  accepted: number;
  sequenced: number;
  rejected: number;
  resent: number;
  pending: number;
  delivered: number;
  redelivered: number;
  foreign: number;
  gaps: number;
  invalidLatency: number;
  heartbeatsSent: number;
  heartbeatsUnsent: number;
  heartbeatsAnswered: number;
  congested: number;
  disconnects: Record<string, number>;
  refusals: Record<string, number>;
  failures: Record<string, number>;
}

export function emptyCounts(): WorkerCounts {
  return {
    open: 0,
    attempted: 0,
    opened: 0,
    refused: 0,
    failed: 0,
    dropped: 0,
    trying: 0,
    waiting: 0,
    created: 0,
    creationsRejected: 0,
    creationsDelivered: 0,
    due: 0,
    sent: 0,
    unsent: 0,
    accepted: 0,
    sequenced: 0,
    rejected: 0,
    resent: 0,
    pending: 0,
    delivered: 0,
    redelivered: 0,
    foreign: 0,
    gaps: 0,
    invalidLatency: 0,
    heartbeatsSent: 0,
    heartbeatsUnsent: 0,
    heartbeatsAnswered: 0,
    congested: 0,
    disconnects: {},
    refusals: {},
    failures: {},
  };
}

/** What a worker counts on top of what the one before it had counted; what only holds for a moment is the new one's alone. */
export function addCounts(before: WorkerCounts, now: WorkerCounts): WorkerCounts {
  const momentary = { open: now.open, trying: now.trying, waiting: now.waiting, pending: now.pending, congested: now.congested };
  const sum = emptyCounts();
  for (const name of Object.keys(sum) as Array<keyof WorkerCounts>) {
    if (name === 'disconnects' || name === 'refusals' || name === 'failures') {
      for (const counts of [before[name], now[name]])
        for (const [reason, count] of Object.entries(counts)) sum[name][reason] = (sum[name][reason] ?? 0) + count;
    } else sum[name] = before[name] + now[name];
  }
  return { ...sum, ...momentary };
}
