/** The metrics of a relay. */
import { type HistogramCell, LATENCY_SECONDS } from '../../runtime/histogram-cell.ts';
import type { Cell, MetricSpec, Metrics } from '../../runtime/metrics.ts';

const counter = (name: string, unit: string, meaning: string, labels: readonly string[] = []): MetricSpec => ({
  name,
  type: 'counter',
  unit,
  labels,
  aggregate: 'sum',
  meaning,
});
const gauge = (name: string, unit: string, meaning: string): MetricSpec => ({
  name,
  type: 'gauge',
  unit,
  labels: [],
  aggregate: 'sum',
  meaning,
});

export const RELAY_METRICS: readonly MetricSpec[] = [
  gauge('parley_relay_sessions', 'sessions', 'sessions known to the relay'),
  gauge('parley_relay_edges', 'edges', 'edges whose link is up'),
  gauge('parley_relay_pending_bytes', 'bytes', 'records that wait for the bus'),
  gauge('parley_relay_unconfirmed_batches', 'batches', 'delivered batches that an edge has not confirmed'),
  counter('parley_relay_sends_total', 'messages', 'records given to the bus'),
  counter('parley_relay_appends_total', 'requests', 'requests to the bus; sends over it are the messages per request'),
  counter('parley_relay_accepted_total', 'messages', 'records the bus has made durable'),
  counter('parley_relay_refused_total', 'messages', 'sends refused, by error name', ['reason']),
  counter('parley_relay_deliveries_total', 'deliveries', 'entries given to sessions'),
  counter('parley_relay_delivery_records_total', 'records', 'records read from deliveries'),
  counter('parley_relay_stale_deliveries_total', 'deliveries', 'deliveries to a session that was gone'),
  counter('parley_relay_poison_total', 'records', 'records of deliveries that could not be read'),
  counter('parley_relay_marks_total', 'marks', 'ACK and READ received'),
  counter('parley_relay_receipts_total', 'records', 'receipts written after coalescing'),
  counter('parley_relay_receipts_dropped_total', 'records', 'receipts that could not be written; a later mark says the same'),
  counter('parley_relay_receipt_frames_total', 'frames', 'RECEIPT given to sessions after coalescing'),
  counter('parley_relay_refused_early_total', 'messages', 'sends refused by what the log had decided a moment before'),
  counter('parley_relay_reads_total', 'requests', 'reads of the store for clients', ['kind']),
  counter('parley_relay_resumes_total', 'requests', 'devices that asked what they missed: told, refused for their position, failed', [
    'outcome',
  ]),
  counter('parley_relay_lease_lapses_total', 'events', 'times that the lease of the gateway had lapsed when it was renewed'),
  gauge('parley_relay_watched', 'pairs', 'pairs of a session and a user whose presence it watches'),
  counter('parley_relay_presence_announced_total', 'users', 'users told to presence as come or gone'),
  counter('parley_relay_presence_frames_total', 'frames', 'PRESENCE and TYPING given to sessions'),
  counter('parley_relay_presence_dropped_total', 'frames', 'PRESENCE and TYPING not given to an edge that did not read'),
  counter('parley_relay_typing_total', 'frames', 'TYPING told on'),
  counter('parley_relay_typing_dropped_total', 'frames', 'TYPING of a session that does not look there, or over the bound'),
  counter('parley_relay_edge_losses_total', 'edges', 'edges that were gone longer than the grace time'),
  counter('parley_relay_route_writes_total', 'routes', 'routes put for sessions that opened, removed for those that ended', ['kind']),
  counter('parley_relay_routes_rewritten_total', 'routes', 'routes put again after the table was lost'),
  {
    name: 'parley_relay_append_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: [],
    aggregate: 'sum',
    meaning: 'from a record that waits for the bus to the bus having made it durable',
    buckets: LATENCY_SECONDS,
  },
  counter('parley_relay_times_invalid_total', 'times', 'times below zero, in no histogram: the clock was set'),
];

export interface RelayCells {
  readonly sessions: Cell;
  readonly edges: Cell;
  readonly pendingBytes: Cell;
  readonly unconfirmed: Cell;
  readonly sends: Cell;
  readonly appends: Cell;
  readonly accepted: Cell;
  readonly deliveries: Cell;
  readonly deliveryRecords: Cell;
  readonly staleDeliveries: Cell;
  readonly poison: Cell;
  readonly marks: Cell;
  readonly receipts: Cell;
  readonly receiptsDropped: Cell;
  readonly edgeLosses: Cell;
  readonly receiptFrames: Cell;
  readonly refusedEarly: Cell;
  readonly leaseLapses: Cell;
  readonly watched: Cell;
  readonly announced: Cell;
  readonly presenceFrames: Cell;
  readonly presenceDropped: Cell;
  readonly typing: Cell;
  readonly typingDropped: Cell;
  readonly routesRewritten: Cell;
  readonly append: HistogramCell;
  readonly timesInvalid: Cell;
  readonly routeWrites: (kind: 'put' | 'remove') => Cell;
  readonly refused: (reason: string) => Cell;
  readonly reads: (kind: string) => Cell;
  readonly resumes: (outcome: 'told' | 'refused' | 'failed') => Cell;
}

export function relayCells(metrics: Metrics): RelayCells {
  return {
    sessions: metrics.cell('parley_relay_sessions'),
    edges: metrics.cell('parley_relay_edges'),
    pendingBytes: metrics.cell('parley_relay_pending_bytes'),
    unconfirmed: metrics.cell('parley_relay_unconfirmed_batches'),
    sends: metrics.cell('parley_relay_sends_total'),
    appends: metrics.cell('parley_relay_appends_total'),
    accepted: metrics.cell('parley_relay_accepted_total'),
    deliveries: metrics.cell('parley_relay_deliveries_total'),
    deliveryRecords: metrics.cell('parley_relay_delivery_records_total'),
    staleDeliveries: metrics.cell('parley_relay_stale_deliveries_total'),
    poison: metrics.cell('parley_relay_poison_total'),
    marks: metrics.cell('parley_relay_marks_total'),
    receipts: metrics.cell('parley_relay_receipts_total'),
    receiptsDropped: metrics.cell('parley_relay_receipts_dropped_total'),
    edgeLosses: metrics.cell('parley_relay_edge_losses_total'),
    receiptFrames: metrics.cell('parley_relay_receipt_frames_total'),
    refusedEarly: metrics.cell('parley_relay_refused_early_total'),
    leaseLapses: metrics.cell('parley_relay_lease_lapses_total'),
    watched: metrics.cell('parley_relay_watched'),
    announced: metrics.cell('parley_relay_presence_announced_total'),
    presenceFrames: metrics.cell('parley_relay_presence_frames_total'),
    presenceDropped: metrics.cell('parley_relay_presence_dropped_total'),
    typing: metrics.cell('parley_relay_typing_total'),
    typingDropped: metrics.cell('parley_relay_typing_dropped_total'),
    routesRewritten: metrics.cell('parley_relay_routes_rewritten_total'),
    append: metrics.histogram('parley_relay_append_seconds'),
    timesInvalid: metrics.cell('parley_relay_times_invalid_total'),
    routeWrites: (kind) => metrics.cell('parley_relay_route_writes_total', { kind }),
    refused: (reason) => metrics.cell('parley_relay_refused_total', { reason }),
    reads: (kind) => metrics.cell('parley_relay_reads_total', { kind }),
    resumes: (outcome) => metrics.cell('parley_relay_resumes_total', { outcome }),
  };
}
