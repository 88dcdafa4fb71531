/** The metrics of dispatch. */
import { type HistogramCell, LATENCY_SECONDS } from '../runtime/histogram-cell.ts';
import type { Cell, MetricSpec, Metrics } from '../runtime/metrics.ts';

const counter = (name: string, unit: string, meaning: string): MetricSpec => ({
  name: `parley_dispatch_${name}_total`,
  type: 'counter',
  unit,
  labels: [],
  aggregate: 'sum',
  meaning,
});

const gauge = (name: string, unit: string, meaning: string): MetricSpec => ({
  name: `parley_dispatch_${name}`,
  type: 'gauge',
  unit,
  labels: [],
  aggregate: 'sum',
  meaning,
});

const latency = (name: string, meaning: string): MetricSpec => ({
  name: `parley_dispatch_${name}_seconds`,
  type: 'histogram',
  unit: 'seconds',
  labels: [],
  aggregate: 'sum',
  meaning,
  buckets: LATENCY_SECONDS,
});

const SPECS = {
  batches: counter('batches', 'batches', 'batches taken from messages'),
  records: counter('records', 'records', 'records of messages decided, those of a replay not counted'),
  entries: counter('entries', 'entries', 'entries made'),
  rejected: counter('rejected', 'records', 'records rejected'),
  repeated: counter('repeated', 'records', 'records whose id was known, answered with the recorded result'),
  outcomesRead: counter(
    'outcomes_read',
    'places',
    'outcomes asked of the store: of ids that were first used before the partition was taken, and of records behind',
  ),
  replayed: counter('replayed', 'records', 'records read again at the start to rebuild the state'),
  behind: counter('behind', 'records', 'records that another owner of the partition had already applied'),
  staleOwner: counter('stale_owner', 'events', 'partitions that went to another member while this one was at work on them'),
  unknownOutcomes: counter('unknown_outcomes', 'records', 'records decided before whose outcome is no longer known'),
  forgottenEarly: counter('ids_forgotten_early', 'ids', 'ids forgotten before their time, since too many were kept'),
  deliveries: counter('deliveries', 'records', 'records written to deliveries: one per entry or receipt and gateway'),
  unroutable: counter('unroutable', 'records', 'deliveries for a gateway that has no partition'),
  unsaid: counter('unsaid', 'records', 'deliveries that the version before has no words for, while it is spoken'),
  poison: counter('poison', 'records', 'records that could not be read and went to the dead letters'),
  retries: counter('retries', 'attempts', 'attempts at an effect that failed and were repeated'),
  gaps: counter('gap_records', 'records', 'records that the log no longer had when they were due'),
  storeForgot: counter(
    'store_forgot',
    'partitions',
    'partitions of which the store had forgotten what it acknowledged: stored again from the log',
  ),
  timesInvalid: counter('times_invalid', 'times', 'times below zero, in no histogram: a clock is wrong or was set'),
  receipts: counter('receipts', 'records', 'receipts applied'),
  receiptsTold: counter('receipts_told', 'receipts', 'receipts that moved and were told to those they concern'),
  receiptsWithheld: counter('receipts_withheld', 'receipts', 'read receipts that moved and were kept from the others'),
  pushed: counter('pushed', 'notices', 'notices that the push service took'),
  pushUncertain: counter('push_uncertain', 'entries', 'entries for which nobody was pushed, since routes were not certain'),
  pushDropped: counter('push_dropped', 'notices', 'notices given up: too many waited, or too many attempts failed'),
  pushWaiting: gauge('push_waiting', 'notices', 'notices that wait for the push service'),
  partitions: gauge('partitions', 'partitions', 'partitions of messages held'),
  lag: gauge('lag_records', 'records', 'records of held partitions of messages that are not yet committed'),
  ids: gauge('ids', 'ids', 'message ids remembered'),
  idBytes: gauge('id_bytes', 'bytes', 'memory of the remembered ids'),
} as const satisfies Record<string, MetricSpec>;

/** Steps of a record, one after the other. */
const STEPS = {
  queued: latency('queued', 'from the log time of a record to its decision being begun: the bus, its consumer, and the records before it'),
  stored: latency('stored', 'for a record: states read, decided, stored, with those that go with it'),
  delivered: latency('delivered', 'for a stored record: routes read, written to deliveries, position moved'),
} as const satisfies Record<string, MetricSpec>;

export const DISPATCH_METRICS: readonly MetricSpec[] = [...Object.values(SPECS), ...Object.values(STEPS)];

export type DispatchCells = Readonly<Record<keyof typeof SPECS, Cell> & { readonly steps: Record<keyof typeof STEPS, HistogramCell> }>;

export function dispatchCells(metrics: Metrics): DispatchCells {
  const cells = Object.entries(SPECS).map(([key, { name }]) => [key, metrics.cell(name)]);
  const steps = Object.entries(STEPS).map(([key, { name }]) => [key, metrics.histogram(name)]);
  return { ...Object.fromEntries(cells), steps: Object.fromEntries(steps) } as DispatchCells;
}
