import { expect, test } from 'bun:test';
import { SECTIONS, sectionOf } from './redis-sections.ts';

test('neighbouring ids, of one cell or of several, are spread over the sections', () => {
  for (const base of [0, 5 * 2 ** 36]) {
    const counts = new Array<number>(SECTIONS).fill(0);
    for (let id = base; id < base + 64_000; id++) counts[sectionOf(id)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  }
});
