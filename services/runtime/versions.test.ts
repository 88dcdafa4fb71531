import { expect, test } from 'bun:test';
import { agreedVersion, isAccepted, spokenVersion, VERSIONS, type VersionRange } from './versions.ts';

test('the predecessor of every version is accepted, and what lies outside of the range is not', () => {
  for (const range of Object.values<VersionRange>(VERSIONS)) {
    expect(range.oldest).toBeLessThanOrEqual(Math.max(1, range.newest - 1));
    expect(isAccepted(spokenVersion(range, 'predecessor'), range)).toBe(true);
    expect([range.oldest - 1, range.newest + 1].some((version) => isAccepted(version, range))).toBe(false);
  }
});

test('two neighbours agree on the newest that both know, and on none where they are too far apart', () => {
  expect(agreedVersion({ oldest: 1, newest: 2 }, { oldest: 2, newest: 3 })).toBe(2);
  expect(agreedVersion({ oldest: 2, newest: 3 }, { oldest: 1, newest: 2 })).toBe(2);
  expect(agreedVersion({ oldest: 1, newest: 1 }, { oldest: 2, newest: 3 })).toBeUndefined();
  expect(agreedVersion({ oldest: 3, newest: 4 }, { oldest: 1, newest: 2 })).toBeUndefined();
});
