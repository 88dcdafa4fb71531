/**
 * The numbers behind a histogram: the hot path compares with a few bounds and adds to one of them. `metrics.ts` declares it and
 * gives it to a scrape. Values are in the unit of its name; what comes out below zero between two clocks is not for here.
 */
import type { Cell } from './metrics.ts';

/** For latencies of messages: both objectives, 0.2 s to be accepted and 0.5 s to be delivered, are bounds. */
export const LATENCY_SECONDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10];

export class HistogramCell {
  readonly bounds: readonly number[];
  /** By bucket, not added up; the last has no bound. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** `times`: so many had this value. */
  observe(value: number, times = 1): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    counts[bucket]! += times;
    this.sum += value * times;
  }
}

/**
 * A time between two clocks. One that comes out below zero says that a clock is wrong and nothing of the time: it is counted
 * apart, and never taken for zero.
 */
export function observeBetween(took: HistogramCell, invalid: Cell, fromMs: number, toMs: number, times = 1): void {
  if (toMs < fromMs) invalid.value += times;
  else took.observe((toMs - fromMs) / 1_000, times);
}
