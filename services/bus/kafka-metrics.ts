/** The metrics of a client of Kafka; its owner has them filled before they are read. */
import type { MetricSpec, Metrics } from '../runtime/metrics.ts';
import type { KafkaBus, KafkaCounts } from './bus-kafka.ts';

const spec = (name: string, type: 'counter' | 'gauge', unit: string, meaning: string): MetricSpec => ({
  name: `parley_kafka_${name}`,
  type,
  unit,
  labels: [],
  aggregate: 'sum',
  meaning,
});

const SPECS: Readonly<Record<keyof KafkaCounts, MetricSpec>> = {
  requests: spec('produce_requests_total', 'counter', 'requests', 'produce requests sent, repeated ones too'),
  batches: spec('produce_batches_total', 'counter', 'batches', 'batches of a partition in these requests'),
  records: spec('produced_records_total', 'counter', 'records', 'records acknowledged by all in-sync replicas'),
  retries: spec('produce_retries_total', 'counter', 'batches', 'batches sent again under their number'),
  pendingBytes: spec('pending_bytes', 'gauge', 'bytes', 'bytes of appends that wait or are on their way; at the limit appends are refused'),
  fetches: spec('fetch_requests_total', 'counter', 'requests', 'fetch requests sent'),
  fetched: spec('fetched_records_total', 'counter', 'records', 'records fetched, those asked for twice counted twice'),
  stalls: spec('stalled_total', 'counter', 'partitions', 'partitions whose records did not come though there were some'),
  fenced: spec('fenced_total', 'counter', 'commits', 'commits refused since the partition had gone to another member'),
};
const STUCK = spec('stuck', 'gauge', 'clients', 'clients that are not ready: a partition stalled again after it was joined anew');

export const KAFKA_METRICS: readonly MetricSpec[] = [...Object.values(SPECS), STUCK];

export function fillKafkaMetrics(metrics: Metrics, bus: KafkaBus): void {
  for (const [name, { name: metric }] of Object.entries(SPECS)) metrics.cell(metric).value = bus.counts[name as keyof KafkaCounts];
  metrics.cell(STUCK.name).value = bus.unready === undefined ? 0 : 1;
}
