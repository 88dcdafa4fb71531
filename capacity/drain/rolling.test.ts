/** The arithmetic of a rolling drain, held against a simulation of each client, and against what it must keep whatever is asked. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ADMISSION_SHARE, closesPerSecond, mostArrivals, type RollingScene, rollingPlan } from './rolling.ts';

describe('a rolling drain', () => {
  test('closes no client that is not there, and each at least once: it began on one that is drained', () => {
    fc.assert(
      fc.property(
        fc.record({
          connections: fc.integer({ min: 1, max: 500_000 }),
          parts: fc.integer({ min: 2, max: 40 }),
          closesPerSecond: fc.integer({ min: 1, max: 5_000 }),
          restartSeconds: fc.double({ min: 0, max: 30, noNaN: true }),
        }),
        (scene: RollingScene) => {
          const plan = rollingPlan(scene);
          const clients = plan.clientsByCloses.reduce((total, count) => total + count, 0);
          expect(clients / scene.connections).toBeCloseTo(1, 6);
          expect(plan.clientsByCloses[0]).toBeCloseTo(0, 6);
          expect(plan.steps.reduce((total, step) => total + step.connections, 0)).toBeCloseTo(plan.closesPerClient * scene.connections, 3);
          // With ever more parts the last one holds e times its share, if none comes back to those that were drained.
          expect(plan.mostOnOne).toBeLessThanOrEqual((scene.connections / scene.parts) * (scene.parts === 2 ? 2.01 : Math.E));
          for (const step of plan.steps) expect(step.spreadSeconds).toBeGreaterThanOrEqual(step.closeSeconds);
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test('spreads the clients as a simulation of each of them does', () => {
    for (const restartSeconds of [0, 5, 60]) {
      const scene: RollingScene = { connections: 40_000, parts: 4, closesPerSecond: 500, restartSeconds };
      const plan = rollingPlan(scene);
      const seen = simulated(scene);
      expect(Math.abs(seen.closesPerClient / plan.closesPerClient - 1)).toBeLessThan(0.02);
      for (const [step, { connections }] of plan.steps.entries()) expect(Math.abs(seen.steps[step]! / connections - 1)).toBeLessThan(0.04);
    }
  });
});

test('the closes of one are half of what those that stay admit, shared by those that are drained at once', () => {
  expect(ADMISSION_SHARE).toBe(0.5);
  expect(closesPerSecond(3, 500)).toBe(750);
  expect(closesPerSecond(3, 500, 3)).toBe(250);
  expect(closesPerSecond(1, 0.1)).toBe(1);
});

test('arrivals may reach one and a half times their mean, more only where they are so few that chance does it', () => {
  expect(mostArrivals(5_000)).toBe(750);
  expect(mostArrivals(100)).toBe(26);
});

/** Each client for itself, with seeded numbers. */
function simulated({ connections, parts, closesPerSecond: rate, restartSeconds }: RollingScene) {
  let state = 1;
  const unit = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return ((state >>> 8) & 0xffffff) / 0x1000000;
  };
  const at = Array.from({ length: connections }, (_, client) => client % parts);
  const steps: number[] = [];
  for (let drained = 0; drained < parts; drained++) {
    const closed = at.flatMap((part, client) => (part === drained ? [client] : []));
    const closing = closed.length / rate;
    const spread = Math.max(1, closing);
    steps.push(closed.length);
    for (const [place, client] of closed.entries()) {
      const isBack = place / rate + unit() * spread > closing + restartSeconds;
      const others = Math.floor(unit() * (parts - 1));
      at[client] = isBack ? Math.floor(unit() * parts) : others < drained ? others : others + 1;
    }
  }
  return { steps, closesPerClient: steps.reduce((total, count) => total + count, 0) / connections };
}
