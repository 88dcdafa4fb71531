/**
 * When a target that is not ours is to be left alone: a pure rule over what the load engine counts. It looks back over a window,
 * so that one slow second is no breach, and says in words what was passed.
 */
import { percentileUs } from '../../capacity/histogram.ts';
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import type { AbortWords } from './scenario.ts';

/** Totals at one moment. */
export interface Reading {
  readonly tMs: number;
  readonly due: number;
  /** Refused for good, dropped connections, and sends that could not be sent for want of one. */
  readonly failed: number;
  /** Accepted, from the beginning. */
  readonly accepted: LatencyHistogram;
}

const LEAST_SAMPLES = 20;

/** The same while connections open: `refused` of the `connections` that there are to be. */
export function rampBreachOf(refused: number, connections: number, rule: AbortWords): string | undefined {
  const most = Math.max(LEAST_SAMPLES, rule.failedShare * connections);
  return refused > most ? `${refused} attempts to connect were refused, at most ${Math.floor(most)} of ${connections}` : undefined;
}

/** The breach within the last window of the readings, which are in order of time; undefined: go on. */
export function breachOf(readings: readonly Reading[], rule: AbortWords): string | undefined {
  const now = readings.at(-1);
  if (now === undefined) return undefined;
  const before = readings.findLast(({ tMs }) => tMs <= now.tMs - rule.windowSeconds * 1_000);
  if (before === undefined) return undefined;
  const due = now.due - before.due;
  if (due < LEAST_SAMPLES) return undefined;
  const failed = (now.failed - before.failed) / due;
  if (failed > rule.failedShare)
    return `${(failed * 100).toFixed(1)} % failed over ${rule.windowSeconds} s, at most ${(rule.failedShare * 100).toFixed(1)} %`;
  const window = since(now.accepted, before.accepted);
  // Nothing accepted of what was due is worse than slow.
  if (window.count === 0) return `nothing was accepted over ${rule.windowSeconds} s`;
  const p99Ms = (percentileUs(window, 0.99) ?? 0) / 1_000;
  return window.count >= LEAST_SAMPLES && p99Ms > rule.acceptedP99Ms
    ? `accepted p99 was ${p99Ms.toFixed(0)} ms over ${rule.windowSeconds} s, at most ${rule.acceptedP99Ms} ms`
    : undefined;
}

/** What a histogram gained since; the least and the most are those of the whole. */
function since(now: LatencyHistogram, before: LatencyHistogram): LatencyHistogram {
  const had = new Map<number, number>();
  for (let at = 0; at < before.buckets.length; at += 2) had.set(before.buckets[at]!, before.buckets[at + 1]!);
  const buckets: number[] = [];
  for (let at = 0; at < now.buckets.length; at += 2) {
    const gained = now.buckets[at + 1]! - (had.get(now.buckets[at]!) ?? 0);
    if (gained > 0) buckets.push(now.buckets[at]!, gained);
  }
  return { ...now, count: now.count - before.count, sumUs: now.sumUs - before.sumUs, buckets };
}
