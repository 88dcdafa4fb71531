/**
 * The plan's closed formula for a storm beside the model of flows. The plan's own code becomes the formulas of a workbook, where
 * a simulation can't follow; so the formula stays, and is held here against what replaces it wherever more is asked.
 */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { stormAnswer } from '../model/storm.ts';
import { recoveryOf } from './recovery.ts';
import type { StormScene } from './storm.ts';

const HINT = { kind: 'hint', baseSeconds: 0, capSeconds: 0, honoursHint: true } as const;

const storms = fc.record({
  connections: fc.integer({ min: 10_000, max: 500_000 }),
  withinSeconds: fc.integer({ min: 60, max: 900 }),
  ordinaryPerSecond: fc.integer({ min: 0, max: 100 }),
  usPerConnect: fc.integer({ min: 100, max: 1_000 }),
  freeCores: fc.double({ min: 0.5, max: 8, noNaN: true }),
});

function sceneOf(storm: Parameters<typeof stormAnswer>[0], perSecond: number): StormScene {
  return {
    clients: storm.connections,
    policy: HINT,
    admission: { perSecond, burst: 1, longestWaitSeconds: 3_600 },
    freeCores: storm.freeCores,
    usPerConnect: storm.usPerConnect,
    usPerRefusal: storm.usPerConnect * 0.6,
    stages: [],
    ordinaryPerSecond: storm.ordinaryPerSecond,
    attemptSeconds: 3_600,
    roundTripSeconds: 0.05,
  };
}

test('at the rate that the processors allow, flows and formula take the same time within 5 %', () => {
  fc.assert(
    fc.property(storms, (storm) => {
      const { secondsBack } = stormAnswer(storm);
      if (!Number.isFinite(secondsBack) || secondsBack > 3_000) return;
      const [, , , whole] = recoveryOf(sceneOf(storm, (storm.freeCores * 1e6) / storm.usPerConnect)).backSeconds;
      expect(Math.abs(whole! / secondsBack - 1)).toBeLessThan(0.05);
    }),
    { numRuns: 40 },
  );
});

test('at the admission rate that the plan sets, all are back within its time where the processors bear it', () => {
  fc.assert(
    fc.property(storms, (storm) => {
      const { admissionsPerSecond, absorbed } = stormAnswer(storm);
      if (!absorbed) return;
      const [, , , whole] = recoveryOf(sceneOf(storm, admissionsPerSecond)).backSeconds;
      expect(whole! / storm.withinSeconds).toBeLessThan(1.05);
    }),
    { numRuns: 40 },
  );
});
