import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { LogClock } from './log-clock.ts';

test('it is the clock’s time while that goes on', () => {
  let nowMs = 1_000;
  const clock = new LogClock(() => nowMs, 0);
  expect(clock.next()).toBe(1_000);
  nowMs = 5_000;
  expect(clock.next()).toBe(5_000);
});

test('after the clock was set back an hour the log still goes on, and meets the clock again', () => {
  let nowMs = 10_000_000;
  const clock = new LogClock(() => nowMs, 0);
  clock.next();
  nowMs -= 3_600_000;
  const start = clock.next();
  expect(start).toBe(10_000_000);
  nowMs += 10_000;
  expect(clock.next()).toBe(start + 5_000);
  nowMs += 7_200_000;
  expect(clock.next()).toBe(nowMs);
});

test('a log that is ahead of the clock at its start goes on from its own time', () => {
  let nowMs = 1_000;
  const clock = new LogClock(() => nowMs, 9_000);
  expect(clock.next()).toBe(9_000);
  nowMs += 100;
  expect(clock.next()).toBe(9_050);
});

test('whatever the clock does, the time never goes back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 })), (steps) => {
      let nowMs = 1_000_000;
      const clock = new LogClock(() => nowMs, 0);
      let last = 0;
      for (const step of steps) {
        nowMs += step;
        const next = clock.next();
        expect(next).toBeGreaterThanOrEqual(last);
        last = next;
      }
    }),
  );
});
