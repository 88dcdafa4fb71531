/** The metrics of the embedded backends, beside those of dispatch. */
import type { LogBus } from '../bus/log-bus.ts';
import type { RoutesMemory } from '../routes/routes-memory.ts';
import type { MetricSpec, Metrics } from '../runtime/metrics.ts';
import type { StoreMemory } from '../store/store-memory.ts';

const gauge = (name: string, unit: string, meaning: string, labels: readonly string[] = []): MetricSpec => ({
  name,
  type: 'gauge',
  unit,
  labels,
  aggregate: 'sum',
  meaning,
});

export const EMBEDDED_METRICS: readonly MetricSpec[] = [
  gauge('parley_embedded_log_bytes', 'bytes', 'size of a topic’s log', ['topic']),
  gauge('parley_embedded_log_records', 'records', 'records kept in a topic’s log', ['topic']),
  gauge('parley_embedded_routes', 'routes', 'routes in the table'),
  gauge('parley_embedded_route_bytes', 'bytes', 'memory of the table of routes'),
  gauge('parley_embedded_conversations', 'conversations', 'conversations in the store'),
];

const WATCH_MS = 1_000;

/** Keeps the gauges up to date, once a second. */
export function watchBackends(metrics: Metrics, bus: LogBus, store: StoreMemory, routes: RoutesMemory): void {
  const look = () => {
    for (const topic of ['messages', 'receipts', 'deliveries'] as const) {
      const { bytes, records } = bus.state(topic);
      metrics.cell('parley_embedded_log_bytes', { topic }).value = bytes;
      metrics.cell('parley_embedded_log_records', { topic }).value = records;
    }
    metrics.cell('parley_embedded_routes').value = routes.size;
    metrics.cell('parley_embedded_route_bytes').value = routes.bytes;
    metrics.cell('parley_embedded_conversations').value = store.conversationCount;
  };
  look();
  setInterval(look, WATCH_MS);
}
