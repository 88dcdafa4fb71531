import { expect, test } from 'bun:test';
import { perFollower } from './followers.ts';

test('a follower’s cost is half of what two of them add, by the second and by the record', () => {
  const rows = [500, 1_500, 3_000].flatMap((recordsPerSecond) => [
    { replicas: 1, recordsPerSecond, brokerUsPerSecond: 20_000 + 40 * recordsPerSecond },
    { replicas: 3, recordsPerSecond, brokerUsPerSecond: 20_000 + 40 * recordsPerSecond + 2 * (15_000 + 7 * recordsPerSecond) },
  ]);
  const { usPerSecond, usPerRecord } = perFollower(rows);
  expect(usPerRecord).toBeCloseTo(7, 6);
  expect(usPerSecond).toBeCloseTo(15_000, 3);
});
