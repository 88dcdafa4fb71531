/** The metrics of an edge. Names, units and meanings; the cells are bound once, so that the hot path adds to a number. */
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
const gauge = (name: string, unit: string, meaning: string, aggregate: 'sum' | 'max' = 'sum'): MetricSpec => ({
  name,
  type: 'gauge',
  unit,
  labels: [],
  aggregate,
  meaning,
});

const latency = (name: string, meaning: string): MetricSpec => ({
  name,
  type: 'histogram',
  unit: 'seconds',
  labels: [],
  aggregate: 'sum',
  meaning,
  buckets: LATENCY_SECONDS,
});

export const EDGE_METRICS: readonly MetricSpec[] = [
  gauge('parley_edge_connections', 'connections', 'connections held'),
  gauge('parley_edge_link_tail_bytes', 'bytes', 'kept for the relay and not yet acknowledged'),
  gauge('parley_edge_link_tail_max_bytes', 'bytes', 'the most that any edge kept for the relay since it started', 'max'),
  gauge('parley_edge_relay_connected', 'edges', 'edges whose link to the relay is up'),
  gauge('parley_edge_predecessor_links', 'edges', 'edges whose link speaks a version before the newest'),
  counter('parley_edge_upgrades_total', 'upgrades', 'connections admitted and upgraded'),
  counter('parley_edge_refused_total', 'upgrades', 'upgrades refused, by error name', ['reason']),
  counter('parley_edge_sessions_total', 'sessions', 'sessions that became live'),
  counter('parley_edge_disconnects_total', 'connections', 'connections that ended, by reason', ['reason']),
  counter('parley_edge_heartbeats_total', 'heartbeats', 'heartbeats received'),
  counter('parley_edge_frames_in_total', 'frames', 'frames received, heartbeats apart'),
  counter('parley_edge_bytes_in_total', 'bytes', 'bytes of WebSocket messages received'),
  counter('parley_edge_messages_out_total', 'messages', 'WebSocket messages sent'),
  counter('parley_edge_bytes_out_total', 'bytes', 'bytes of WebSocket messages sent'),
  counter('parley_edge_errors_total', 'errors', 'errors answered, by name', ['name']),
  counter(
    'parley_edge_marks_dropped_total',
    'marks',
    'ACK and READ over the rate of a connection, or while the relay took nothing for long',
  ),
  counter('parley_edge_typing_dropped_total', 'frames', 'TYPING that came too soon after the one before'),
  gauge('parley_edge_looks_bytes', 'bytes', 'presence subscriptions kept for a relay that comes back'),
  counter('parley_edge_stale_total', 'messages', 'messages of the relay for a connection that was gone'),
  latency('parley_edge_accepted_seconds', 'from SEND taken to ACCEPTED given; one without an answer for 10 s counts with what it waited'),
  latency('parley_edge_delivered_seconds', 'from the log time of an entry to DELIVER given, for each device; repeated ones too'),
  counter('parley_edge_times_invalid_total', 'times', 'times below zero, in no histogram: a clock is wrong or was set'),
];

export interface EdgeCells {
  readonly connections: Cell;
  readonly tailBytes: Cell;
  readonly tailMaxBytes: Cell;
  readonly relayConnected: Cell;
  readonly predecessorLink: Cell;
  readonly upgrades: Cell;
  readonly sessions: Cell;
  readonly heartbeats: Cell;
  readonly framesIn: Cell;
  readonly bytesIn: Cell;
  readonly messagesOut: Cell;
  readonly bytesOut: Cell;
  readonly stale: Cell;
  readonly marksDropped: Cell;
  readonly typingDropped: Cell;
  readonly looksBytes: Cell;
  readonly accepted: HistogramCell;
  readonly delivered: HistogramCell;
  readonly timesInvalid: Cell;
  readonly refused: (reason: string) => Cell;
  readonly disconnects: (reason: string) => Cell;
  readonly errors: (name: string) => Cell;
}

export function edgeCells(metrics: Metrics): EdgeCells {
  return {
    connections: metrics.cell('parley_edge_connections'),
    tailBytes: metrics.cell('parley_edge_link_tail_bytes'),
    tailMaxBytes: metrics.cell('parley_edge_link_tail_max_bytes'),
    relayConnected: metrics.cell('parley_edge_relay_connected'),
    predecessorLink: metrics.cell('parley_edge_predecessor_links'),
    upgrades: metrics.cell('parley_edge_upgrades_total'),
    sessions: metrics.cell('parley_edge_sessions_total'),
    heartbeats: metrics.cell('parley_edge_heartbeats_total'),
    framesIn: metrics.cell('parley_edge_frames_in_total'),
    bytesIn: metrics.cell('parley_edge_bytes_in_total'),
    messagesOut: metrics.cell('parley_edge_messages_out_total'),
    bytesOut: metrics.cell('parley_edge_bytes_out_total'),
    stale: metrics.cell('parley_edge_stale_total'),
    marksDropped: metrics.cell('parley_edge_marks_dropped_total'),
    typingDropped: metrics.cell('parley_edge_typing_dropped_total'),
    looksBytes: metrics.cell('parley_edge_looks_bytes'),
    accepted: metrics.histogram('parley_edge_accepted_seconds'),
    delivered: metrics.histogram('parley_edge_delivered_seconds'),
    timesInvalid: metrics.cell('parley_edge_times_invalid_total'),
    refused: (reason) => metrics.cell('parley_edge_refused_total', { reason }),
    disconnects: (reason) => metrics.cell('parley_edge_disconnects_total', { reason }),
    errors: (name) => metrics.cell('parley_edge_errors_total', { name }),
  };
}
