/**
 * Every metric that a query may name: those that the services declare, and those of exporters that are listed here since a board
 * or an alert reads them. Also the labels that a scrape puts on each. What is in neither list does not exist.
 */
import { LOADGEN_METRICS } from '../loadgen/live/metrics.ts';
import { REDIS_METRICS } from '../services/backends/redis-metrics.ts';
import { KAFKA_METRICS } from '../services/bus/kafka-metrics.ts';
import { DISPATCH_METRICS } from '../services/dispatch/metrics.ts';
import { EMBEDDED_METRICS } from '../services/embedded/metrics.ts';
import { BOX_METRICS } from '../services/gateway/box-metrics.ts';
import { EDGE_METRICS } from '../services/gateway/edge/metrics.ts';
import { RELAY_METRICS } from '../services/gateway/relay/metrics.ts';
import type { MetricSpec } from '../services/runtime/metrics.ts';
import { CASSANDRA_METRICS } from '../services/store/cassandra-metrics.ts';
import { EXPORTER_METRICS } from './exporters.ts';

export type KnownMetric = Pick<MetricSpec, 'name' | 'type' | 'labels' | 'unit'>;

/** Ours. */
export const SERVICE_METRICS: readonly MetricSpec[] = [
  ...BOX_METRICS,
  ...EDGE_METRICS,
  ...RELAY_METRICS,
  ...DISPATCH_METRICS,
  ...EMBEDDED_METRICS,
  ...KAFKA_METRICS,
  ...CASSANDRA_METRICS,
  ...REDIS_METRICS,
  ...LOADGEN_METRICS,
];

/** That the scrape and the server put on each series. */
export const TARGET_LABELS: ReadonlySet<string> = new Set([
  'job',
  'instance',
  'namespace',
  'pod',
  'node',
  'app',
  'cell',
  'region',
  'replica',
]);

export type Catalogue = ReadonlyMap<string, KnownMetric>;

/** By the name of a series: a histogram has three. */
export function catalogueOf(metrics: readonly KnownMetric[]): Catalogue {
  const series = metrics.flatMap((metric): Array<readonly [string, KnownMetric]> => {
    if (metric.type !== 'histogram') return [[metric.name, metric]];
    const labels = [...metric.labels, 'le'];
    return [
      [`${metric.name}_bucket`, { ...metric, labels }],
      [`${metric.name}_sum`, metric],
      [`${metric.name}_count`, metric],
    ];
  });
  return new Map(series);
}

export const CATALOGUE: Catalogue = catalogueOf([...SERVICE_METRICS, ...EXPORTER_METRICS]);
