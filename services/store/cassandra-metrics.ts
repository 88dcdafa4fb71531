/** The metrics of a client of Cassandra; its owner has them filled before they are read. */
import type { MetricSpec, Metrics } from '../runtime/metrics.ts';
import type { CassandraClient, CassandraCounts } from './cassandra-client.ts';

const spec = (name: string, type: 'counter' | 'gauge', meaning: string): MetricSpec => ({
  name: `parley_cassandra_${name}`,
  type,
  unit: 'requests',
  labels: [],
  aggregate: 'sum',
  meaning,
});

const SPECS: Readonly<Record<keyof CassandraCounts, MetricSpec>> = {
  reads: spec('reads_total', 'counter', 'reads asked for'),
  writes: spec('writes_total', 'counter', 'writes asked for; several rows of one partition are one'),
  failed: spec('failed_total', 'counter', 'requests that failed or had no answer in time'),
  refused: spec('refused_total', 'counter', 'requests refused since too many waited for their turn'),
  inFlight: spec('in_flight', 'gauge', 'requests without an answer; at the limit the next ones wait'),
  waiting: spec('waiting', 'gauge', 'requests that wait for their turn; at the limit calls are refused'),
};

export const CASSANDRA_METRICS: readonly MetricSpec[] = Object.values(SPECS);

export function fillCassandraMetrics(metrics: Metrics, { counts }: CassandraClient): void {
  for (const [name, { name: metric }] of Object.entries(SPECS)) metrics.cell(metric).value = counts[name as keyof CassandraCounts];
}
