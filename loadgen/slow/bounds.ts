/**
 * The ways in which a client costs a server more than it should, each with the limit of the box that must catch it, how long that
 * may take, and the counter of the box in which it shows.
 */
import { LIMITS } from '../../services/protocol/limits.ts';
import type { Attack } from '../scenario/scenario.ts';

export interface Bound {
  /** In words, for people. */
  readonly limit: string;
  /** From the socket's opening; a part that is shorter shows nothing. */
  readonly seconds: number;
  /** Counters of the box, as they stand on /metrics; empty: it counts nothing there, and the clients' end is what is known. */
  readonly metrics: readonly string[];
}

export const MUTE_HEARTBEAT_SECONDS = 1;
/** Requests that never end are cut by the transport after about 12 s; see the bounds in ARCHITECTURE.md. */
const REQUEST_SECONDS = 12;
/** A sweep of the edge, a turn of its loop, our own timer. */
const SLACK_SECONDS = 3;
const disconnects = (reason: string) => `parley_edge_disconnects_total{reason="${reason}"}`;
const refused = (reason: string) => `parley_edge_refused_total{reason="${reason}"}`;

export const BOUNDS: Readonly<Record<Attack, Bound>> = {
  deaf: {
    limit: 'bytes queued for one client (--send-buffer-bytes)',
    seconds: 10,
    metrics: [disconnects('slowReader')],
  },
  mute: {
    limit: `${LIMITS.silentPeriods.value} heartbeat periods of silence`,
    seconds: LIMITS.silentPeriods.value * MUTE_HEARTBEAT_SECONDS + SLACK_SECONDS,
    metrics: [disconnects('silent')],
  },
  noHello: {
    limit: `${LIMITS.helloSeconds.value} s from the upgrade to a HELLO`,
    seconds: LIMITS.helloSeconds.value + SLACK_SECONDS,
    metrics: [disconnects('helloLate')],
  },
  halfOpen: { limit: `${REQUEST_SECONDS} s for a request`, seconds: REQUEST_SECONDS + SLACK_SECONDS, metrics: [] },
  trickle: { limit: `${REQUEST_SECONDS} s for a request`, seconds: REQUEST_SECONDS + SLACK_SECONDS, metrics: [] },
  oversize: {
    limit: `${LIMITS.webSocketMessageBytes.value} bytes of a WebSocket message`,
    seconds: SLACK_SECONDS,
    metrics: [disconnects('tooLarge')],
  },
  flood: {
    limit: 'the token, the attempts of one address, the admissions of the box',
    seconds: SLACK_SECONDS,
    metrics: [refused('unauthenticated'), refused('addressRate'), refused('admission')],
  },
};
