/**
 * One scrape for a box: the snapshots of all its processes, added by each metric's own rule, with a line per process that
 * says whether it answered. A process that does not answer is seen as missing, never as zero (vtex/node-vtex-api#667).
 */
import { type MetricSpec, Metrics, type MetricsSnapshot, renderMetrics } from '../runtime/metrics.ts';

export const BOX_METRICS: readonly MetricSpec[] = [
  {
    name: 'parley_process_up',
    type: 'gauge',
    unit: '1 or 0',
    labels: ['process'],
    aggregate: 'max',
    meaning: 'the process answered this scrape',
  },
  {
    name: 'parley_process_starts_total',
    type: 'counter',
    unit: 'starts',
    labels: ['process'],
    aggregate: 'sum',
    meaning: 'starts of the process by its supervisor',
  },
];

export interface Answer {
  readonly process: string;
  readonly starts: number;
  readonly snapshot: MetricsSnapshot | undefined;
}

export async function boxMetrics(answers: readonly Answer[]): Promise<string> {
  const own = new Metrics(BOX_METRICS);
  for (const { process, starts, snapshot } of answers) {
    own.cell('parley_process_up', { process }).value = snapshot === undefined ? 0 : 1;
    own.cell('parley_process_starts_total', { process }).value = starts;
  }
  return renderMetrics([await own.snapshot(), ...answers.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]))]);
}
