/**
 * What is promised to users, as data: an objective is a share of events that are good over a window. The alerts of an objective
 * come from here (`alerts/burn-rates.ts`), and so do the panels that show what is left of its budget.
 */
import { OBJECTIVES } from '../capacity/claims.ts';
import type { Alert } from './alerts/names.ts';

/** The budget's window. Alerts need three days of it; what a cell's Prometheus keeps is fewer than these (coefficients.observabilityRetentionDays). */
export const WINDOW_DAYS = 30;

const MICROSECONDS = 1e6;
/** The objectives of runs are 99th percentiles. */
const P99 = 0.99;

export interface ServiceObjective {
  readonly id: 'accepted' | 'delivered' | 'connects' | 'resumes';
  readonly title: string;
  /** Share of events that are good. */
  readonly objective: number;
  /** Seconds within which an event is good, where time decides. */
  readonly seconds?: number;
  readonly windowDays: number;
  /** Good events and all events a second, over `$window`. Never negative; nothing at all where no event was counted. */
  readonly good: string;
  readonly total: string;
  readonly alert: Alert;
  /** Where the objective comes from. */
  readonly why: string;
}

const ACCEPTED_SECONDS = OBJECTIVES.acceptedP99Us / MICROSECONDS;
const DELIVERED_SECONDS = OBJECTIVES.deliveredP99Us / MICROSECONDS;
/** Refusals that are the system's doing. Of clients are bad tokens and too many attempts; `draining` sends to another gateway. */
export const SYSTEM_REFUSALS = 'admission|boxFull|relayAway';
/** A counter with a label is not there before its first event: that is zero events as long as its process is scraped. */
const BUSY = '(sum(rate(parley_edge_errors_total{name="busy"}[$window])) or vector(0))';
const REFUSED = `(sum(rate(parley_edge_refused_total{reason=~"${SYSTEM_REFUSALS}"}[$window])) or vector(0))`;

export const SERVICE_OBJECTIVES: readonly ServiceObjective[] = [
  {
    id: 'accepted',
    title: 'Sends accepted in time',
    objective: P99,
    seconds: ACCEPTED_SECONDS,
    windowDays: WINDOW_DAYS,
    good: `sum(rate(parley_edge_accepted_seconds_bucket{le="${ACCEPTED_SECONDS}"}[$window]))`,
    total: `sum(rate(parley_edge_accepted_seconds_count[$window])) + ${BUSY}`,
    alert: 'AcceptedTooSlow',
    why: 'the objective that every run of a box is judged by: p99 from SEND to ACCEPTED (capacity/claims.ts)',
  },
  {
    id: 'delivered',
    title: 'Deliveries in time',
    objective: P99,
    seconds: DELIVERED_SECONDS,
    windowDays: WINDOW_DAYS,
    good: `sum(rate(parley_edge_delivered_seconds_bucket{le="${DELIVERED_SECONDS}"}[$window]))`,
    total: 'sum(rate(parley_edge_delivered_seconds_count[$window]))',
    alert: 'DeliveredTooSlow',
    why: 'the objective that every run of a box is judged by: p99 to the recipient’s socket (capacity/claims.ts)',
  },
  {
    id: 'connects',
    title: 'Connections that come to stand',
    objective: 0.999,
    windowDays: WINDOW_DAYS,
    good: 'sum(rate(parley_edge_sessions_total[$window]))',
    total: `sum(rate(parley_edge_sessions_total[$window])) + ${REFUSED}`,
    alert: 'ConnectsFail',
    why: 'chosen: 43 minutes a month in which nobody could connect; a storm is paced and takes its part of it',
  },
  {
    id: 'resumes',
    title: 'Devices told what they missed',
    objective: 0.9999,
    windowDays: WINDOW_DAYS,
    good: 'sum(rate(parley_relay_resumes_total{outcome=~"told|refused"}[$window]))',
    total: 'sum(rate(parley_relay_resumes_total[$window]))',
    alert: 'ResumesFail',
    why: 'chosen: a device that is not told shows a gap until it asks again; one in ten thousand may',
  },
];

export const budgetOf = ({ objective }: ServiceObjective): number => Number((1 - objective).toPrecision(6));
