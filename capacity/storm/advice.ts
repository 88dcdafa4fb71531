/**
 * Which admission rate to set, and which backoff. The rate: what the narrowest part behind the door bears. The backoff: of
 * those that clients can have, the one that is back soonest, and of those about as soon the one that asks the least of the door.
 */
import { BACKOFFS, type BackoffPolicy } from './backoff.ts';
import { type Recovery, recoveryOf } from './recovery.ts';
import type { StormScene } from './storm.ts';

export interface StormAdvice {
  readonly admissionsPerSecond: number;
  /** What that rate comes from. */
  readonly limit: string;
  readonly policy: BackoffPolicy;
  readonly recovery: Recovery;
  readonly tried: ReadonlyArray<{ readonly policy: BackoffPolicy; readonly recovery: Recovery }>;
}

/** Left free of every part, as the plan leaves it in a storm. */
const UTILISATION = 0.9;
const ABOUT_AS_SOON = 1.1;
const BASES_SECONDS = [0.5, 5] as const;
const P95 = 1;

/** The highest admission rate that no part behind the door is overrun by. */
export function bearableRate(scene: StormScene, utilisation = UTILISATION): { readonly perSecond: number; readonly limit: string } {
  // Told its place, a client asks about twice: once to be refused, once to be let in.
  const usPerClient = scene.usPerConnect + (scene.policy.honoursHint ? scene.usPerRefusal : 0);
  let perSecond = (scene.freeCores * 1e6 * utilisation) / usPerClient;
  let limit = 'processor';
  for (const { name, operationsPerClient, operationsPerSecond } of scene.stages) {
    const bears = (operationsPerSecond * utilisation) / operationsPerClient;
    if (bears >= perSecond) continue;
    perSecond = bears;
    limit = name;
  }
  return { perSecond, limit };
}

export function stormAdvice(scene: StormScene): StormAdvice {
  const bears = bearableRate(scene);
  const admission = { ...scene.admission, perSecond: bears.perSecond, burst: Math.min(scene.admission.burst, bears.perSecond) };
  const policies = BACKOFFS.flatMap((kind) =>
    (kind === 'none' || kind === 'hint' ? [0] : BASES_SECONDS).map((baseSeconds) => ({
      kind,
      baseSeconds,
      capSeconds: Math.max(baseSeconds, scene.policy.capSeconds),
      honoursHint: kind !== 'none',
    })),
  );
  const tried = policies.map((policy) => ({ policy, recovery: recoveryOf({ ...scene, admission, policy }) }));
  const soonest = Math.min(...tried.map(({ recovery }) => recovery.caughtUpSeconds[P95]!));
  const good = tried.filter(({ recovery }) => recovery.caughtUpSeconds[P95]! <= soonest * ABOUT_AS_SOON);
  const best = good.reduce((least, one) => (one.recovery.attemptsPerClient < least.recovery.attemptsPerClient ? one : least));
  return { admissionsPerSecond: bears.perSecond, limit: bears.limit, ...best, tried };
}
