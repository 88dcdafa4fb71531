/**
 * How often each part of the box was asked, from its counters: what a storm multiplies. What was not answered is left out and
 * never zero; a process that was killed takes its counters along, so a storm that kills counts from after it.
 */
import { type Box, sumOf } from '../coordinator/box.ts';

export interface BoxAsked {
  readonly attempts: number;
  /** Attempts whose token was looked at. */
  readonly authentications: number;
  readonly sessions: number;
  readonly routeWrites: number;
  readonly presenceAnnounced: number;
  /** Reads of what has changed since a position. */
  readonly resumeReads: number;
  /** Reads of missed messages. */
  readonly pulls: number;
}

/** Refusals that come before a token is looked at. */
const BEFORE_TOKEN = ['admission', 'addressRate', 'draining', 'relayAway', 'unsupportedVersion'];

export const NOTHING_ASKED: BoxAsked = {
  attempts: 0,
  authentications: 0,
  sessions: 0,
  routeWrites: 0,
  presenceAnnounced: 0,
  resumeReads: 0,
  pulls: 0,
};

export async function askedOf(box: Box): Promise<BoxAsked | undefined> {
  const text = await box.metrics();
  return text === undefined ? undefined : askedIn(text);
}

export function askedIn(metrics: string): BoxAsked {
  const sum = (name: string) => sumOf(metrics, name) ?? 0;
  const labelled = (name: string, label: string, value: string) => sumOf(metrics, `${name}\\{${label}="${value}"\\}`) ?? 0;
  const attempts = sum('parley_edge_upgrades_total') + sum('parley_edge_refused_total');
  const early = BEFORE_TOKEN.reduce((total, reason) => total + labelled('parley_edge_refused_total', 'reason', reason), 0);
  const reads = (kind: string) => labelled('parley_relay_reads_total', 'kind', kind);
  return {
    attempts,
    authentications: attempts - early,
    sessions: sum('parley_edge_sessions_total'),
    routeWrites: sum('parley_relay_route_writes_total'),
    presenceAnnounced: sum('parley_relay_presence_announced_total'),
    resumeReads: reads('hello') + reads('resume'),
    pulls: reads('pull'),
  };
}

export function askedBetween(from: BoxAsked, to: BoxAsked): BoxAsked {
  return Object.fromEntries(
    (Object.keys(to) as Array<keyof BoxAsked>).map((name) => [name, Math.max(0, to[name] - from[name])]),
  ) as unknown as BoxAsked;
}
