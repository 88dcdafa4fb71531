import { expect, test } from 'bun:test';
import { RecentMarks } from './recent-marks.ts';

test('at its limit the users who were written longest ago are forgotten', () => {
  const recent = new RecentMarks(2);
  const marks = (delivered: number) => new Map([[257, { delivered, read: 0, shown: 0 }]]);
  recent.set(1, 1, marks(1));
  recent.set(1, 2, marks(2));
  recent.set(1, 1, marks(3));
  recent.set(2, 1, marks(4));
  expect([recent.of(1, 1), recent.of(1, 2), recent.of(2, 1)].map((one) => one?.get(257)?.delivered)).toEqual([3, undefined, 4]);
  expect(recent.size).toBe(2);
});
