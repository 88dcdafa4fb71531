/** How long a fault was felt, from what was accepted and delivered in time. Pure. */
import type { Stretch } from '../ledger/in-time.ts';

/** Of the messages of a stretch, and of their deliveries. */
const IN_TIME_SHARE = 0.99;

export function isInTime(stretch: Stretch): boolean {
  return stretch.accepted >= stretch.due * IN_TIME_SHARE && stretch.delivered >= stretch.expected * IN_TIME_SHARE;
}

/**
 * From the fault until messages are accepted and delivered in time again: the end of the last stretch that was not, up to
 * when the load went as before. 0 when nobody felt it.
 */
export function recoveryMs(stretches: readonly Stretch[], stretchMs: number, atMs: number, calmMs: number): number {
  const last = Math.min(stretches.length, Math.ceil(calmMs / stretchMs));
  for (let at = last - 1; at >= Math.floor(atMs / stretchMs); at--)
    if (!isInTime(stretches[at]!)) return Math.max(0, (at + 1) * stretchMs - atMs);
  return 0;
}

/** Share of the stretches in [fromMs, untilMs) that were in time; undefined when there is none. */
export function inTimeShare(stretches: readonly Stretch[], stretchMs: number, fromMs: number, untilMs: number): number | undefined {
  const chosen = stretches.slice(Math.ceil(fromMs / stretchMs), Math.floor(untilMs / stretchMs));
  return chosen.length === 0 ? undefined : chosen.filter(isInTime).length / chosen.length;
}
