/** The metrics of the embedded backends, beside those of dispatch. */
import { TOPICS } from '../bus/bus.ts';
import type { LogBus } from '../bus/log-bus.ts';
import { DISPATCH_GROUP, type Dispatch } from '../dispatch/dispatch.ts';
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
  gauge('parley_embedded_ids', 'ids', 'message ids remembered'),
  gauge('parley_embedded_id_bytes', 'bytes', 'memory of the remembered ids'),
  gauge('parley_embedded_lag_records', 'records', 'records of a topic that dispatch has not committed', ['topic']),
];

const WATCH_MS = 1_000;

export interface Backends {
  readonly bus: LogBus;
  readonly store: StoreMemory;
  readonly routes: RoutesMemory;
  readonly dispatch: Dispatch;
}

/** Keeps the gauges up to date, once a second. */
export function watchBackends(metrics: Metrics, { bus, store, routes, dispatch }: Backends): void {
  const look = async () => {
    for (const topic of TOPICS) {
      const { bytes, records } = bus.state(topic);
      metrics.cell('parley_embedded_log_bytes', { topic }).value = bytes;
      metrics.cell('parley_embedded_log_records', { topic }).value = records;
    }
    for (const topic of ['messages', 'receipts'] as const)
      metrics.cell('parley_embedded_lag_records', { topic }).value = await lag(bus, topic);
    metrics.cell('parley_embedded_routes').value = routes.size;
    metrics.cell('parley_embedded_route_bytes').value = routes.bytes;
    metrics.cell('parley_embedded_conversations').value = store.conversationCount;
    metrics.cell('parley_embedded_ids').value = dispatch.remembered.ids;
    metrics.cell('parley_embedded_id_bytes').value = dispatch.remembered.bytes;
  };
  const watch = () => void look().catch(() => undefined);
  watch();
  setInterval(watch, WATCH_MS);
}

async function lag(bus: LogBus, topic: 'messages' | 'receipts'): Promise<number> {
  let records = 0;
  for (let partition = 0; partition < bus.partitions(topic); partition++) {
    records += (await bus.end(topic, partition)) - ((await bus.committed(DISPATCH_GROUP, topic, partition)) ?? 0);
  }
  return records;
}
