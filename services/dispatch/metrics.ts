/** The metrics of dispatch. */
import type { Cell, MetricSpec, Metrics } from '../runtime/metrics.ts';

const counter = (name: string, unit: string, meaning: string): MetricSpec => ({
  name,
  type: 'counter',
  unit,
  labels: [],
  aggregate: 'sum',
  meaning,
});

export const DISPATCH_METRICS: readonly MetricSpec[] = [
  counter('parley_dispatch_records_total', 'records', 'records of messages applied'),
  counter('parley_dispatch_entries_total', 'entries', 'entries stored'),
  counter('parley_dispatch_rejected_total', 'records', 'records rejected'),
  counter('parley_dispatch_duplicates_total', 'records', 'records whose id was known, answered with the recorded result'),
  counter('parley_dispatch_ids_forgotten_early_total', 'ids', 'ids forgotten before their time, since too many were kept'),
  counter('parley_dispatch_deliveries_total', 'records', 'records written to deliveries: one per entry and gateway'),
  counter('parley_dispatch_batches_total', 'batches', 'batches taken from messages'),
  counter('parley_dispatch_poison_total', 'records', 'records that could not be read and went to the dead letters'),
  counter('parley_dispatch_retries_total', 'attempts', 'attempts at an effect that failed and were repeated'),
  counter('parley_dispatch_receipts_total', 'records', 'receipts applied'),
];

export type DispatchCells = Readonly<
  Record<
    'records' | 'entries' | 'rejected' | 'duplicates' | 'forgottenEarly' | 'deliveries' | 'batches' | 'poison' | 'retries' | 'receipts',
    Cell
  >
>;

export function dispatchCells(metrics: Metrics): DispatchCells {
  return {
    records: metrics.cell('parley_dispatch_records_total'),
    entries: metrics.cell('parley_dispatch_entries_total'),
    rejected: metrics.cell('parley_dispatch_rejected_total'),
    duplicates: metrics.cell('parley_dispatch_duplicates_total'),
    forgottenEarly: metrics.cell('parley_dispatch_ids_forgotten_early_total'),
    deliveries: metrics.cell('parley_dispatch_deliveries_total'),
    batches: metrics.cell('parley_dispatch_batches_total'),
    poison: metrics.cell('parley_dispatch_poison_total'),
    retries: metrics.cell('parley_dispatch_retries_total'),
    receipts: metrics.cell('parley_dispatch_receipts_total'),
  };
}
