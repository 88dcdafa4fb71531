/**
 * The metrics of the load engine, told by its coordinator, which has what every worker reported a second ago. All are counted from
 * the start of the run; a warm-up is in them, which the run's own latencies leave out.
 */
import { LATENCY_SECONDS } from '../../services/runtime/histogram-cell.ts';
import type { MetricSpec } from '../../services/runtime/metrics.ts';

const metric = (type: 'counter' | 'gauge', name: string, unit: string, meaning: string, labels: readonly string[] = []): MetricSpec => ({
  name: `parley_loadgen_${name}`,
  type,
  unit,
  labels,
  aggregate: 'sum',
  meaning,
});
const counter = (name: string, unit: string, meaning: string, labels?: readonly string[]) => metric('counter', name, unit, meaning, labels);
const gauge = (name: string, unit: string, meaning: string, labels?: readonly string[]) => metric('gauge', name, unit, meaning, labels);
const histogram = (name: string, meaning: string, buckets: readonly number[]): MetricSpec => ({
  name: `parley_loadgen_${name}_seconds`,
  type: 'histogram',
  unit: 'seconds',
  labels: [],
  aggregate: 'sum',
  meaning,
  buckets,
});

/** A send that is 2 ms late is the goal's bound; one that is late by seconds says that the generator is the limit. */
const LATENESS_SECONDS: readonly number[] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/** By the name of the count that workers report. */
export const COUNTED = {
  open: gauge('connections', 'connections', 'open, by the clients’ own count'),
  trying: gauge('attempts', 'connections', 'attempts under way'),
  waiting: gauge('waiting', 'connections', 'that wait to come back'),
  pending: gauge('pending', 'messages', 'sends without SEQUENCED or REJECTED'),
  opened: counter('opened_total', 'connections', 'that reached WELCOME'),
  due: counter('due_total', 'messages', 'sends that the schedule had due'),
  sent: counter('sent_total', 'messages', 'sends that went out, each once'),
  unsent: counter('unsent_total', 'messages', 'sends that could not go out: no connection, or too many without an answer'),
  accepted: counter('accepted_total', 'messages', 'sends that were ACCEPTED, or whose sequence came'),
  sequenced: counter('sequenced_total', 'messages', 'sends whose sequence came'),
  rejected: counter('rejected_total', 'messages', 'sends that were REJECTED'),
  resent: counter('resent_total', 'messages', 'sends that went out again'),
  delivered: counter('delivered_total', 'deliveries', 'entries handed to a device, the first time'),
  redelivered: counter('redelivered_total', 'deliveries', 'entries handed to a device that had them'),
  foreign: counter('foreign_total', 'deliveries', 'entries that are none of this run’s'),
  invalidLatency: counter('times_invalid_total', 'times', 'times that two clocks can’t tell, in no histogram'),
  heartbeatsSent: counter('heartbeats_sent_total', 'heartbeats', 'sent'),
} as const;

export const COUNTED_BY_REASON = {
  refusals: counter('refused_total', 'connections', 'attempts refused, by error name', ['reason']),
  failures: counter('failed_total', 'connections', 'attempts that failed otherwise', ['reason']),
  disconnects: counter('dropped_total', 'connections', 'open connections that ended before they were told to', ['reason']),
} as const;

export const TIMED = {
  lateness: histogram('lateness', 'how much later than it was due a send went out: the load engine’s own fault', LATENESS_SECONDS),
  accepted: histogram('accepted', 'from the moment a send was due to its ACCEPTED', LATENCY_SECONDS),
  delivered: histogram('delivered', 'from the moment a send was due to its delivery, for each device', LATENCY_SECONDS),
  handshake: histogram('handshake', 'from the start of an attempt to WELCOME', LATENCY_SECONDS),
} as const;

export const PLANNED = gauge('connections_planned', 'connections', 'that the run is to hold');
export const PHASE = gauge('phase', '1 or 0', 'what the run is at', ['phase']);
export const WORKERS = gauge('workers', 'workers', 'processes that load');
export const WORKERS_LOST = gauge('workers_lost', 'workers', 'that were lost: nothing is proved any more');
export const CPU = counter(
  'cpu_seconds_total',
  'seconds',
  'processor time by role: of both ends where the box is of this machine, of workers wherever they are',
  ['role'],
);

export const LOADGEN_METRICS: readonly MetricSpec[] = [
  ...Object.values(COUNTED),
  ...Object.values(COUNTED_BY_REASON),
  ...Object.values(TIMED),
  PLANNED,
  PHASE,
  WORKERS,
  WORKERS_LOST,
  CPU,
];
