import { expect, test } from 'bun:test';
import { perFollower } from './followers.ts';

test('a follower’s cost is half of what two of them add, by the second and by the batch', () => {
  const rows = [500, 1_500, 3_000].flatMap((batchesPerSecond) => {
    const load = { recordsPerSecond: 2 * batchesPerSecond, records: 200, batches: 100 };
    const alone = 20_000 + 40 * batchesPerSecond;
    return [
      { ...load, replicas: 1, brokerUsPerSecond: alone },
      { ...load, replicas: 3, brokerUsPerSecond: alone + 2 * (15_000 + 7 * batchesPerSecond) },
    ];
  });
  const { usPerSecond, usPerBatch } = perFollower(rows);
  expect(usPerBatch).toBeCloseTo(7, 6);
  expect(usPerSecond).toBeCloseTo(15_000, 3);
});
