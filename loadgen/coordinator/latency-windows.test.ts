import { expect, test } from 'bun:test';
import { Histogram } from '../../capacity/histogram.ts';
import type { Phase, RunSample } from '../../capacity/run-record.ts';
import { LatencyWindows } from './latency-windows.ts';
import type { WorkerGroup } from './worker-group.ts';

const sample = (tMs: number, phase: Phase = 'chat') => ({ tMs, phase }) as RunSample;

/** What workers told, until it is taken. */
function telling() {
  let recent = new Histogram('accepted');
  const group: Pick<WorkerGroup, 'takeRecent'> = {
    takeRecent: () => {
      const record = recent.toRecord();
      recent = new Histogram('accepted');
      return [record];
    },
  };
  return { windows: new LatencyWindows(group as WorkerGroup), tell: (us: number) => recent.record(us) };
}

test('stretches of about ten seconds have the latencies that were told within them, and nothing from before the chat', () => {
  const { windows, tell } = telling();
  tell(9_000_000);
  for (let second = 0; second <= 5; second++) windows.sample(sample(second * 1_000, 'hold'));
  for (let second = 0; second <= 25; second++) {
    windows.sample(sample(6_000 + second * 1_000));
    tell(second < 10 ? 1_000 : 5_000);
  }
  expect(windows.finished.map(({ startMs, endMs, count }) => [startMs, endMs, count])).toEqual([
    [6_000, 16_000, 10],
    [16_000, 26_000, 10],
  ]);
  expect(windows.finished[0]!.p99Us).toBeLessThan(1_010);
  expect(windows.finished[1]!.p50Us).toBeGreaterThan(4_900);
});

test('a stretch in which nothing was told has no latencies', () => {
  const { windows } = telling();
  for (let second = 0; second <= 12; second++) windows.sample(sample(second * 1_000));
  expect(windows.finished).toEqual([]);
});
