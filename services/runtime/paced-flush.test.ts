import { expect, test } from 'bun:test';
import { pacedFlush } from './paced-flush.ts';

test('a quiet stream is written at once, a busy one no more often than the gap', async () => {
  const times: number[] = [];
  const schedule = pacedFlush(20);
  const startedMs = performance.now();
  let pending = false;
  while (performance.now() - startedMs < 110) {
    if (!pending) {
      pending = true;
      schedule(() => {
        times.push(performance.now());
        pending = false;
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (let index = 1; index < times.length; index++) expect(times[index]! - times[index - 1]!).toBeGreaterThanOrEqual(19);
  expect(times.length).toBeLessThanOrEqual(6);
});
