import { expect, test } from 'bun:test';
import { Metrics } from '../runtime/metrics.ts';
import type { KafkaBus, KafkaCounts } from './bus-kafka.ts';
import { fillKafkaMetrics, KAFKA_METRICS } from './kafka-metrics.ts';

const counts: KafkaCounts = {
  requests: 1,
  batches: 2,
  records: 3,
  retries: 4,
  pendingBytes: 5,
  fetches: 6,
  fetched: 7,
  stalls: 8,
  fenced: 9,
};

/** Values by name, as a scrape has them. */
async function shown(metrics: Metrics): Promise<Record<string, number>> {
  return Object.fromEntries((await metrics.snapshot()).map(({ name, values }) => [name, values[0]!.value]));
}

test('every count of a client stands in the metric of its meaning, and being stuck in one of its own', async () => {
  const metrics = new Metrics(KAFKA_METRICS);
  fillKafkaMetrics(metrics, { counts, unready: undefined } as KafkaBus);
  const values = {
    parley_kafka_produce_requests_total: 1,
    parley_kafka_produce_batches_total: 2,
    parley_kafka_produced_records_total: 3,
    parley_kafka_produce_retries_total: 4,
    parley_kafka_pending_bytes: 5,
    parley_kafka_fetch_requests_total: 6,
    parley_kafka_fetched_records_total: 7,
    parley_kafka_stalled_total: 8,
    parley_kafka_fenced_total: 9,
    parley_kafka_stuck: 0,
  };
  expect(await shown(metrics)).toEqual(values);
  fillKafkaMetrics(metrics, { counts: { ...counts, records: 30 }, unready: 'no record of messages/1 comes' } as KafkaBus);
  expect(await shown(metrics)).toEqual({ ...values, parley_kafka_produced_records_total: 30, parley_kafka_stuck: 1 });
});

test('only what waits and being stuck may fall again', () => {
  expect(KAFKA_METRICS.filter(({ type }) => type === 'gauge').map(({ name }) => name)).toEqual([
    'parley_kafka_pending_bytes',
    'parley_kafka_stuck',
  ]);
});
