import { expect, test } from 'bun:test';
import { scheduleOf } from './schedule.ts';
import { shrink } from './shrink.ts';
import { runSchedule } from './world.ts';

test('a seed runs the same way each time, whatever ran before it', () => {
  const hashes = [4, 20, 1206].map((seed) => runSchedule(scheduleOf(seed)).hash);
  expect([1206, 20, 4].map((seed) => runSchedule(scheduleOf(seed)).hash).reverse()).toEqual(hashes);
  expect(new Set(hashes).size).toBe(3);
});

test('a trace changes nothing of a run', () => {
  const lines: string[] = [];
  const traced = runSchedule(scheduleOf(20), { trace: (line) => lines.push(line) });
  expect(traced.hash).toBe(runSchedule(scheduleOf(20)).hash);
  expect(lines.some((line) => line.includes('FAULT'))).toBe(true);
});

test('the timers, the clock and the random numbers of this process are its own again after a run', async () => {
  const before = [setTimeout, setInterval, setImmediate, Date.now, Math.random];
  runSchedule(scheduleOf(1));
  expect([setTimeout, setInterval, setImmediate, Date.now, Math.random]).toEqual(before);
  await Bun.sleep(1);
  expect(Date.now()).toBeLessThan(1_800_000_000_000 + 1_000_000_000_000);
});

test('a failing schedule is cut down to what it fails by', () => {
  const schedule = scheduleOf(3);
  const fails = (candidate: typeof schedule) => candidate.faults.some(({ kind }) => kind === schedule.faults[0]!.kind);
  const { schedule: left } = shrink(schedule, fails);
  expect(left.faults.map(({ kind }) => kind)).toEqual([schedule.faults[0]!.kind]);
  expect([left.operations.length, left.clients.length, left.gateways, left.dispatchers]).toEqual([0, 1, 1, 1]);
});
