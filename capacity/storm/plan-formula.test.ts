/**
 * The plan's closed formula for a storm beside the model of flows. The plan's own code becomes the formulas of a workbook, where
 * a simulation can't follow; so the formula stays, and is held here against what replaces it wherever more is asked.
 */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { DEFAULT_COEFFICIENTS } from '../model/coefficients.ts';
import { stormAnswer } from '../model/storm.ts';
import type { BackoffPolicy } from './backoff.ts';
import { PLANNED_POLICY } from './of-plan.ts';
import { recoveryOf } from './recovery.ts';
import type { StormScene } from './storm.ts';

const HINT = { kind: 'hint', baseSeconds: 0, capSeconds: 0, honoursHint: true } as const;
const { gatewayStormSpread, gatewayStormRefusals } = DEFAULT_COEFFICIENTS;

const storms = fc.record({
  connections: fc.integer({ min: 10_000, max: 500_000 }),
  withinSeconds: fc.integer({ min: 60, max: 900 }),
  ordinaryPerSecond: fc.integer({ min: 0, max: 100 }),
  usPerConnect: fc.integer({ min: 100, max: 1_000 }),
  freeCores: fc.double({ min: 0.5, max: 8, noNaN: true }),
});
type Drawn = typeof storms extends fc.Arbitrary<infer Storm> ? Storm : never;

const plain = (storm: Drawn) => ({ ...storm, usPerReturn: storm.usPerConnect, spread: 1 });

function sceneOf(storm: Drawn, perSecond: number, policy: BackoffPolicy = HINT): StormScene {
  return {
    clients: storm.connections,
    policy,
    admission: { perSecond, burst: 1, longestWaitSeconds: policy === HINT ? 3_600 : 120 },
    freeCores: storm.freeCores,
    usPerConnect: storm.usPerConnect,
    usPerRefusal: storm.usPerConnect * 0.6,
    stages: [],
    ordinaryPerSecond: storm.ordinaryPerSecond,
    attemptSeconds: policy === HINT ? 3_600 : 30,
    roundTripSeconds: 0.05,
  };
}

test('at the rate that the processors allow, flows and formula take the same time within 5 % where nobody waits longer than told', () => {
  fc.assert(
    fc.property(storms, (storm) => {
      const { secondsBack } = stormAnswer(plain(storm));
      if (!Number.isFinite(secondsBack) || secondsBack > 3_000) return;
      const [, , , whole] = recoveryOf(sceneOf(storm, (storm.freeCores * 1e6) / storm.usPerConnect)).backSeconds;
      expect(Math.abs(whole! / secondsBack - 1)).toBeLessThan(0.05);
    }),
    { numRuns: 40 },
  );
});

test('at the admission rate that the plan sets, the last of those that jitter is back within its time', () => {
  fc.assert(
    fc.property(storms, (drawn) => {
      const storm = { ...drawn, freeCores: 1e6 };
      const { admissionsPerSecond } = stormAnswer({ ...plain(storm), spread: gatewayStormSpread.mid });
      const recovery = recoveryOf(sceneOf(storm, admissionsPerSecond, PLANNED_POLICY));
      expect(recovery.backSeconds[3]! / storm.withinSeconds).toBeLessThan(1.05);
      // Told to wait for two minutes at most, a client asks again in a storm that takes longer; and where others take most of the
      // admissions, its turn is not where it was told.
      const isStorm = storm.connections / storm.withinSeconds > 3 * storm.ordinaryPerSecond;
      if (storm.withinSeconds <= 300 && isStorm) expect(recovery.attemptsPerClient - 1).toBeLessThan(gatewayStormRefusals.high * 1.05);
    }),
    { numRuns: 40 },
  );
});
