/**
 * The offset between this process's monotonic clock and the coordinator's, from ping exchanges: the coordinator read its
 * clock somewhere between our sending and our receiving, so the middle is off by at most half the round trip. The best
 * exchange of a round counts. Ours + offset = coordinator's. All in ms; times are from `performance.now()` plus its origin.
 */
export interface Exchange {
  readonly sentMs: number;
  readonly coordinatorMs: number;
  readonly receivedMs: number;
}

export interface Offset {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** Least error of a round: the clocks' own resolution. */
const RESOLUTION_MS = 0.002;

export function bestOffset(round: readonly Exchange[]): Offset | undefined {
  let best: Offset | undefined;
  for (const { sentMs, coordinatorMs, receivedMs } of round) {
    const errorMs = (receivedMs - sentMs) / 2 + RESOLUTION_MS;
    if (errorMs < 0) continue;
    if (best === undefined || errorMs < best.errorMs) best = { offsetMs: coordinatorMs - (sentMs + receivedMs) / 2, errorMs };
  }
  return best;
}

/** Two rounds agree when their intervals overlap: no step lies between them that could be seen. */
export function agree(one: Offset, other: Offset): boolean {
  return Math.abs(one.offsetMs - other.offsetMs) <= one.errorMs + other.errorMs;
}

/** This process's clock: monotonic, comparable between processes by the offset alone. */
export function ownClockMs(): number {
  return performance.timeOrigin + performance.now();
}
