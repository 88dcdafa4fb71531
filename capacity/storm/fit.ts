/**
 * From a small storm that was measured to the scene of a larger one. Taken from it: what a connect and a refusal cost the
 * machine, both ends where both are on it; what was busy anyway; how long a client takes where nothing has to wait, which comes to
 * every time and does not grow with the storm; and, where the model is still off, what share of the set admissions is used.
 */
import type { BackoffPolicy } from './backoff.ts';
import { recoveryOf } from './recovery.ts';
import type { StormScene } from './storm.ts';

export interface StormObservation {
  readonly connections: number;
  readonly dropped: number;
  readonly policy: BackoffPolicy;
  readonly admissionsPerSecond: number;
  readonly admissionBurst: number;
  readonly longestWaitSeconds: number;
  readonly attemptSeconds: number;
  readonly heartbeatSeconds: number;
  readonly closedSeconds: number;
  readonly cores: number;
  /** Before the storm, with everything else going on. */
  readonly busyCores: number;
  /** Of a connect without a storm: from the ramp. */
  readonly usPerConnect: number;
  /** Of the storm, until all had caught up: busy time of the machine above what was busy before. */
  readonly stormBusyUs: number;
  readonly refused: number;
  /** In the order of RECOVERY_SHARES. */
  readonly caughtUpSeconds: readonly number[];
}

export interface StormFit {
  readonly scene: StormScene;
  /** What the fitted model says of the storm that it was fitted to, over what was measured, less one; by share. */
  readonly residual: readonly number[];
}

export interface LargerStorm {
  readonly connections: number;
  readonly dropped: number;
  readonly admissionsPerSecond: number;
  readonly admissionBurst: number;
  readonly policy: BackoffPolicy;
  readonly cores: number;
}

const P95 = 1;
/** A refusal ends a handshake early; it never costs more than a connect. */
const REFUSAL_COST = { least: 0.1, most: 1, guess: 0.6 } as const;
const FEW_REFUSALS = 100;
const PASSAGE_MOST_SECONDS = 1;
/** So near is as near as tenths of a second and chance let it be. */
const NEAR = 0.05;
const USE = { least: 0.3, most: 1.2 } as const;
const ROUNDS = 30;
/** Both ends of a heartbeat, with TLS: services' measurements, for connections that the small storm did not have. */
const US_PER_HEARTBEAT = 50;
const LEAST_CORES = 0.05;

export function fitStorm(seen: StormObservation): StormFit {
  const { usPerConnect, usPerRefusal } = costsOf(seen);
  const base: StormScene = {
    clients: seen.dropped,
    policy: seen.policy,
    admission: { perSecond: seen.admissionsPerSecond, burst: seen.admissionBurst, longestWaitSeconds: seen.longestWaitSeconds },
    freeCores: Math.max(LEAST_CORES, seen.cores - seen.busyCores),
    usPerConnect,
    usPerRefusal,
    stages: [],
    ordinaryPerSecond: 0,
    attemptSeconds: seen.attemptSeconds,
    roundTripSeconds: 0.005,
    closedSeconds: seen.closedSeconds,
  };
  const bare = recoveryOf(base).caughtUpSeconds;
  // Not of the last client of all: that one is chance.
  const longer = bare.slice(0, -1).map((seconds, at) => seen.caughtUpSeconds[at]! - seconds);
  const mean = longer.reduce((sum, seconds) => sum + seconds, 0) / longer.length;
  const passageSeconds = Number.isFinite(mean) ? Math.min(PASSAGE_MOST_SECONDS, Math.max(0, mean)) : 0;
  const withUse = (use: number): StormScene => ({ ...base, passageSeconds, admission: { ...base.admission, use } });
  const off = (bare[P95]! + passageSeconds) / seen.caughtUpSeconds[P95]! - 1;
  const scene = withUse(Math.abs(off) <= NEAR ? 1 : useFor(withUse, seen.caughtUpSeconds[P95]!));
  const said = recoveryOf(scene).caughtUpSeconds;
  return { scene, residual: said.map((seconds, at) => seconds / seen.caughtUpSeconds[at]! - 1) };
}

/** The larger the share of the admissions that is used, the sooner all are back. */
function useFor(withUse: (use: number) => StormScene, measuredSeconds: number): number {
  let [low, high]: [number, number] = [USE.least, USE.most];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    if (recoveryOf(withUse(middle)).caughtUpSeconds[P95]! > measuredSeconds) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function costsOf({ usPerConnect, stormBusyUs, dropped, refused }: StormObservation): {
  readonly usPerConnect: number;
  readonly usPerRefusal: number;
} {
  if (refused < FEW_REFUSALS) return { usPerConnect, usPerRefusal: usPerConnect * REFUSAL_COST.guess };
  const rest = (stormBusyUs - dropped * usPerConnect) / refused;
  if (rest >= REFUSAL_COST.least * usPerConnect) return { usPerConnect, usPerRefusal: Math.min(REFUSAL_COST.most * usPerConnect, rest) };
  // Connects of the ramp were dearer than these: then the storm's own time says what both cost.
  const ofStorm = Math.max(1, stormBusyUs / (dropped + REFUSAL_COST.guess * refused));
  return { usPerConnect: ofStorm, usPerRefusal: REFUSAL_COST.guess * ofStorm };
}

/** The same machine and box under a larger storm. */
export function largerScene(seen: StormObservation, fit: StormFit, larger: LargerStorm): StormScene {
  const moreBusy = ((larger.connections - seen.connections) / seen.heartbeatSeconds) * (US_PER_HEARTBEAT / 1e6);
  return {
    ...fit.scene,
    clients: larger.dropped,
    policy: larger.policy,
    admission: { ...fit.scene.admission, perSecond: larger.admissionsPerSecond, burst: larger.admissionBurst },
    freeCores: Math.max(LEAST_CORES, larger.cores - seen.busyCores - moreBusy),
  };
}
