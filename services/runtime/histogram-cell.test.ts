import { expect, test } from 'bun:test';
import { HistogramCell, LATENCY_SECONDS, observeBetween } from './histogram-cell.ts';
import { type MetricSpec, Metrics } from './metrics.ts';
import { renderMetrics } from './metrics-sum.ts';

const SPEC: MetricSpec = {
  name: 'took_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: [],
  aggregate: 'sum',
  meaning: 'took',
  buckets: [0.2, 0.5],
};

test('a value at a bound is below it, as the text format has it', () => {
  const cell = new HistogramCell(LATENCY_SECONDS);
  cell.observe(0.2);
  cell.observe(0.2000001, 3);
  cell.observe(11);
  expect([cell.counts[LATENCY_SECONDS.indexOf(0.2)], cell.counts[LATENCY_SECONDS.indexOf(0.5)], cell.counts.at(-1)]).toEqual([1, 3, 1]);
});

test('a time that comes out below zero is counted apart and never taken for zero (L3)', () => {
  const cell = new HistogramCell(LATENCY_SECONDS);
  const invalid = { value: 0 };
  observeBetween(cell, invalid, 1_000, 999, 4);
  observeBetween(cell, invalid, 1_000, 1_000);
  expect([invalid.value, cell.counts[0], cell.sum]).toEqual([4, 1, 0]);
});

test('the histograms of processes are added up by bucket', async () => {
  const processes = [new Metrics([SPEC]), new Metrics([SPEC])];
  processes[0]!.histogram(SPEC.name).observe(0.1, 5);
  processes[1]!.histogram(SPEC.name).observe(0.3, 2);
  processes[1]!.histogram(SPEC.name).observe(2);
  const text = await renderMetrics(await Promise.all(processes.map((metrics) => metrics.snapshot())));
  expect(text.split('\n').filter((line) => line.startsWith('took_seconds'))).toEqual([
    'took_seconds_bucket{le="0.2"} 5',
    'took_seconds_bucket{le="0.5"} 7',
    'took_seconds_bucket{le="+Inf"} 8',
    'took_seconds_sum 3.1',
    'took_seconds_count 8',
  ]);
  expect(text).toContain('# TYPE took_seconds histogram');
});
