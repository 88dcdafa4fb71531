/** Lifetimes of connections, and that they are the same in every run of a seed. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Churn, lifetimeSeconds } from './churn.ts';

test('lifetimes have the stated mean, and most are shorter than it', () => {
  for (const meanSeconds of [20, 600]) {
    const lives = Array.from({ length: 40_000 }, (_, at) => lifetimeSeconds(1, at % 400, 1 + Math.floor(at / 400), meanSeconds));
    const mean = lives.reduce((sum, life) => sum + life, 0) / lives.length;
    expect(Math.abs(mean / meanSeconds - 1)).toBeLessThan(0.05);
    expect(lives.filter((life) => life < meanSeconds).length / lives.length).toBeCloseTo(0.69, 1);
  }
});

test('a lifetime is a function of seed, connection and life: never zero, the same each time, and another for another', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 0, max: 1_000 }),
      (seed, connection, life) => {
        const seconds = lifetimeSeconds(seed, connection, life, 60);
        expect(seconds).toBeGreaterThanOrEqual(0.5);
        expect(lifetimeSeconds(seed, connection, life, 60)).toBe(seconds);
      },
    ),
    { numRuns: 200, seed: 1 },
  );
  expect(lifetimeSeconds(1, 1, 1, 60)).not.toBe(lifetimeSeconds(1, 2, 1, 60));
});

test('every connection is cut again and again from the beginning of the chat to its end, and not before or after', () => {
  const churn = new Churn({ seed: 1, meanSeconds: 10, first: 100, count: 50 });
  const cuts = new Map<number, number>();
  const cut = (connection: number) => void cuts.set(connection, (cuts.get(connection) ?? 0) + 1);
  churn.tick(1e6, cut);
  expect(churn.nextMs).toBe(Number.POSITIVE_INFINITY);
  churn.begin(0);
  for (let nowMs = 0; nowMs < 600_000; nowMs += 50) churn.tick(nowMs, cut);
  expect(cuts.size).toBe(50);
  const total = [...cuts.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(50 * 45);
  expect(total).toBeLessThan(50 * 75);
  churn.end();
  churn.tick(1e9, cut);
  expect([...cuts.values()].reduce((sum, count) => sum + count, 0)).toBe(total);
});
