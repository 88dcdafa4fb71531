import { expect, test } from 'bun:test';
import { workOf } from './catch-up.ts';

test('what dispatch did is the sum over its processes, and not known where a counter is missing', () => {
  const metrics = [
    'parley_dispatch_records_total{process="0"} 70',
    'parley_dispatch_records_total{process="1"} 30',
    'parley_dispatch_repeated_total 12',
    'parley_dispatch_outcomes_read_total 3',
  ];
  expect(workOf(metrics.join('\n'))).toBe(
    'since it was back it decided 100 records, 12 of them repeats, and asked the store for 3 outcomes',
  );
  expect(workOf(metrics.slice(0, 3).join('\n'))).toBeUndefined();
});
