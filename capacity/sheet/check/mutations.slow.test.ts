/** The whole table of planted slips: how many were found, with one finding only, and with the right suspect. Printed, for the README. */
import { expect, test } from 'bun:test';
import { tableLines } from './check-text.ts';
import { type Planted, plantAll } from './mutations.harness.ts';

test('of all slips planted in clean sheets nearly all are found, each once', () => {
  const planted = plantAll();
  const rows = [...Map.groupBy(planted, (one) => one.factor.replace('1/', ''))].map(([factor, ones]) => [factor, ...rates(ones)]);
  const sheets = [...Map.groupBy(planted, (one) => one.sheet)].map(([sheet, ones]) => [sheet, ...rates(ones)]);
  console.log(tableLines(['factor', 'planted', 'found', 'once', 'suspect'], [...rows, ['all', ...rates(planted)]]).join('\n'));
  console.log(tableLines(['sheet', 'planted', 'found', 'once', 'suspect'], sheets).join('\n'));
  expect(planted.filter((one) => one.found).length).toBeGreaterThan(0.94 * planted.length);
  // A time base or a power of ten is never missed for long.
  const times = planted.filter((one) => /^(1\/)?(60|24|3,600|86,400|1,000|1,000,000|8 bits|1,024|RF 3)$/.test(one.factor));
  expect(times.filter((one) => one.found).length).toBeGreaterThan(0.98 * times.length);
}, 400_000);

function rates(ones: readonly Planted[]): readonly string[] {
  const percent = (key: 'found' | 'one' | 'suspect') => `${((100 * ones.filter((one) => one[key]).length) / ones.length).toFixed(1)} %`;
  return [String(ones.length), percent('found'), percent('one'), percent('suspect')];
}
