/**
 * From a small storm that was measured to the scene of a larger one. Three things are taken from it: what a connect and a
 * refusal cost the machine, both ends where both are on it; what was busy anyway; and what share of the set admissions is
 * used while clients wait, so that the model's time until 95 % had caught up is the measured one.
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
const USE = { least: 0.3, most: 1.2 } as const;
const ROUNDS = 30;
/** Both ends of a heartbeat, with TLS: services' measurements, for connections that the small storm did not have. */
const US_PER_HEARTBEAT = 50;
const LEAST_CORES = 0.05;

export function fitStorm(seen: StormObservation): StormFit {
  const refusalUs = (seen.stormBusyUs - seen.dropped * seen.usPerConnect) / Math.max(1, seen.refused);
  const usPerRefusal =
    seen.refused < FEW_REFUSALS
      ? seen.usPerConnect * REFUSAL_COST.guess
      : Math.min(REFUSAL_COST.most * seen.usPerConnect, Math.max(REFUSAL_COST.least * seen.usPerConnect, refusalUs));
  const base: StormScene = {
    clients: seen.dropped,
    policy: seen.policy,
    admission: { perSecond: seen.admissionsPerSecond, burst: seen.admissionBurst, longestWaitSeconds: seen.longestWaitSeconds },
    freeCores: Math.max(LEAST_CORES, seen.cores - seen.busyCores),
    usPerConnect: seen.usPerConnect,
    usPerRefusal,
    stages: [],
    ordinaryPerSecond: 0,
    attemptSeconds: seen.attemptSeconds,
    roundTripSeconds: 0.005,
    closedSeconds: seen.closedSeconds,
  };
  const withUse = (use: number): StormScene => ({ ...base, admission: { ...base.admission, use } });
  let [low, high]: [number, number] = [USE.least, USE.most];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    if (recoveryOf(withUse(middle)).caughtUpSeconds[P95]! > seen.caughtUpSeconds[P95]!) low = middle;
    else high = middle;
  }
  const scene = withUse((low + high) / 2);
  const said = recoveryOf(scene).caughtUpSeconds;
  return { scene, residual: said.map((seconds, at) => seconds / seen.caughtUpSeconds[at]! - 1) };
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
