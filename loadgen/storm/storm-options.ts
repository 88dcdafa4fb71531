/** What a storm is: how many connections, which of them are lost and how, and how their clients come back. */
import type { BackoffPolicy } from '../../capacity/storm/backoff.ts';
import { DEFAULT_RECONNECT, type ReconnectPolicy } from '../client/reconnect.ts';

export const DROPS = ['clients', 'edges', 'gateway'] as const;
export type Drop = (typeof DROPS)[number];

/** `hint`: the server's own delay and nothing more. `hint+fullJitter`: full jitter on top of it, which is what clients do if not told. */
export const STORM_POLICIES = ['none', 'exponential', 'fullJitter', 'decorrelated', 'hint', 'hint+fullJitter'] as const;
export type StormPolicy = (typeof STORM_POLICIES)[number];

export interface StormOptions {
  readonly connections: number;
  /** Of the connections, that are lost at once. */
  readonly share: number;
  readonly drop: Drop;
  readonly policy: StormPolicy;
  /** What the policy's first wait is drawn from, or is. */
  readonly baseMs: number;
  readonly tls: boolean;
  readonly admissionsPerSecond: number;
  readonly admissionBurst: number;
  /** Sends per second that go on all the time. */
  readonly sendsPerSecond: number;
  /** Undisturbed, before the storm: what the cohort's latency is held against. */
  readonly calmSeconds: number;
  /** When the storm is not over by then, it is not overcome. */
  readonly limitSeconds: number;
  readonly heartbeatSeconds: number;
  readonly attemptSeconds: number;
  readonly seed: number;
  readonly edges?: number | undefined;
  readonly workers?: number | undefined;
}

type Way = Pick<StormOptions, 'policy' | 'baseMs'>;

/** Longest wait that the server tells a refused client; see the edge's admission. */
export const LONGEST_HINT_SECONDS = 120;

export const DEFAULT_BASE_MS = DEFAULT_RECONNECT.baseMs;

export function reconnectOf({ policy, baseMs }: Way): ReconnectPolicy {
  const honourHint = policy.startsWith('hint');
  const kind = policy === 'hint' ? 'none' : policy === 'hint+fullJitter' ? 'fullJitter' : policy;
  return { ...DEFAULT_RECONNECT, kind, honourHint, baseMs };
}

/** The same as the model has it. */
export function backoffOf(way: Way): BackoffPolicy {
  const { kind, honourHint, baseMs, capMs } = reconnectOf(way);
  return {
    kind: way.policy === 'hint' ? 'hint' : kind,
    baseSeconds: baseMs / 1_000,
    capSeconds: capMs / 1_000,
    honoursHint: honourHint,
  };
}
