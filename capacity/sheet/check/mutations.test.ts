import { expect, test } from 'bun:test';
import { checkFigures } from './check-figures.ts';
import { CLEAN_SHEETS } from './clean-sheets.harness.ts';
import { figuresOf, plantAll } from './mutations.harness.ts';

for (const name of Object.keys(CLEAN_SHEETS)) {
  test(`a clean sheet gives no finding: ${name}`, () => {
    expect(checkFigures(figuresOf(name)).findings).toEqual([]);
  });
}

test('a slip planted in a clean sheet is one finding that names its cell', () => {
  const planted = plantAll(29);
  const found = planted.filter((one) => one.found);
  expect(found.length).toBeGreaterThan(0.93 * planted.length);
  expect(found.filter((one) => one.one).length).toBeGreaterThan(0.98 * found.length);
  expect(found.filter((one) => one.suspect).length).toBeGreaterThan(0.75 * found.length);
}, 60_000);
