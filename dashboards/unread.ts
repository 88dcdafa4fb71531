/**
 * Metrics of ours that no board reads, each with the reason why it is there all the same. One that is in neither is a cost without
 * a reader: every box would keep its series for nothing. A test holds the list to the boards, both ways.
 */
import type { Board } from './board.ts';
import type { KnownMetric } from './catalogue.ts';

const SUMS = 'holds the counters beside it to each other when one of them is doubted: one series, no labels';
const TWIN = 'what the embedded twin holds, by which tests and runs of a single box hold it to the real systems';

export const READ_BY_NO_BOARD: Readonly<Record<string, string>> = {
  parley_relay_delivery_records_total: SUMS,
  parley_relay_receipt_frames_total: SUMS,
  parley_relay_refused_early_total: 'part of parley_relay_refused_total: says which refusals cost the bus nothing',
  parley_dispatch_batches_total: SUMS,
  parley_dispatch_entries_total: SUMS,
  parley_dispatch_deliveries_total: SUMS,
  parley_dispatch_receipts_total: SUMS,
  parley_dispatch_receipts_withheld_total: SUMS,
  parley_dispatch_unsaid_total: 'read during a rolling upgrade only: receipts that the version before has no words for',
  parley_dispatch_id_bytes: 'the memory row of the capacity model is held to it',
  parley_embedded_log_records: TWIN,
  parley_embedded_routes: TWIN,
  parley_embedded_conversations: TWIN,
  parley_embedded_ids: TWIN,
};

/** Whether a query names the metric or, of a histogram, one of its series. */
export function unreadMetrics(boards: readonly Board[], metrics: readonly KnownMetric[]): readonly string[] {
  const text = boards.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr))).join('\n');
  const words = new Set(text.match(/[a-zA-Z_]+/g));
  return metrics.flatMap(({ name }) => (['', '_bucket', '_sum', '_count'].some((part) => words.has(name + part)) ? [] : [name]));
}
