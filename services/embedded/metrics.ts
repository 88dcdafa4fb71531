/** The metrics of the embedded backends, beside those of dispatch. */
import { TOPICS, type Topic } from '../bus/bus.ts';
import type { MetricSpec, Metrics } from '../runtime/metrics.ts';

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

/** What is looked at. Topics that dispatch reads have one partition here. */
export interface Backends {
  topic(topic: Topic): { readonly bytes: number; readonly records: number };
  next(topic: Topic): Promise<number>;
  committed(topic: Topic): Promise<number | undefined>;
  readonly routes: { readonly size: number; readonly bytes: number };
  readonly store: { readonly conversationCount: number };
  readonly dispatch: { readonly remembered: { readonly ids: number; readonly bytes: number } };
}

/** Keeps the gauges up to date, once a second. */
export function watchBackends(metrics: Metrics, backends: Backends): void {
  const set = (name: string, value: number, labels: Record<string, string> = {}) => {
    metrics.cell(`parley_embedded_${name}`, labels).value = value;
  };
  const look = async () => {
    for (const topic of TOPICS) {
      const { bytes, records } = backends.topic(topic);
      set('log_bytes', bytes, { topic });
      set('log_records', records, { topic });
    }
    for (const topic of ['messages', 'receipts'] as const) {
      set('lag_records', (await backends.next(topic)) - ((await backends.committed(topic)) ?? 0), { topic });
    }
    set('routes', backends.routes.size);
    set('route_bytes', backends.routes.bytes);
    set('conversations', backends.store.conversationCount);
    set('ids', backends.dispatch.remembered.ids);
    set('id_bytes', backends.dispatch.remembered.bytes);
  };
  const watch = () => void look().catch(() => undefined);
  watch();
  setInterval(watch, WATCH_MS);
}
