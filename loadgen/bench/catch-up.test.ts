import { expect, test } from 'bun:test';
import { workOf } from './catch-up.ts';

test('what dispatch did is what its counters rose by, and not known where one is missing', () => {
  const metrics = (records: number, repeated: number, asked: number) => [
    `parley_dispatch_records_total{process="0"} ${records}`,
    'parley_dispatch_records_total{process="1"} 30',
    `parley_dispatch_repeated_total ${repeated}`,
    `parley_dispatch_outcomes_read_total ${asked}`,
  ];
  const [before, after] = [metrics(70, 2, 1), metrics(170, 14, 4)];
  expect(workOf(before.join('\n'), after.join('\n'))).toBe(
    'since it was stopped it decided 100 records, 12 of them repeats, and asked the store for 3 outcomes',
  );
  expect(workOf(before.join('\n'), after.slice(0, 3).join('\n'))).toBeUndefined();
  expect(workOf('', after.join('\n'))).toBeUndefined();
});
