/** What all workers saw of a storm, added: totals, and counts by tenth of a second, from which times and peaks are read. */
import { RECOVERY_SHARES } from '../../capacity/storm/recovery.ts';
import { BIN_MS, type StormSeen, type StormSeries } from '../worker/storm-tally.ts';

export type Bins = Readonly<Record<StormSeries, readonly number[]>>;

export interface Sightings {
  readonly dropped: number;
  readonly back: number;
  readonly caughtUp: number;
  readonly toldToWait: number;
  readonly failures: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** Connections by how often they were dropped, from 0; the most that one was in a step; and drops by tenths of a second away. */
  readonly byDrops: readonly number[];
  readonly mostInStep: number;
  readonly awayBins: readonly number[];
  readonly bins: Bins;
}

export function addSightings(seen: readonly StormSeen[]): Sightings {
  const total = (of: (one: StormSeen) => number) => seen.reduce((sum, one) => sum + of(one), 0);
  const refusals: Record<string, number> = {};
  for (const one of seen) for (const [error, count] of Object.entries(one.refusals)) refusals[error] = (refusals[error] ?? 0) + count;
  return {
    dropped: total((one) => one.dropped),
    back: total((one) => one.back),
    caughtUp: total((one) => one.caughtUp),
    toldToWait: total((one) => one.toldToWait),
    failures: total((one) => one.failures),
    refusals,
    byDrops: added(seen.map(({ byDrops }) => byDrops)),
    mostInStep: Math.max(0, ...seen.map(({ mostInStep }) => mostInStep)),
    awayBins: added(seen.map(({ awayBins }) => awayBins)),
    bins: {
      dropped: added(seen.map(({ bins }) => bins.dropped)),
      closed: added(seen.map(({ bins }) => bins.closed)),
      attempts: added(seen.map(({ bins }) => bins.attempts)),
      refused: added(seen.map(({ bins }) => bins.refused)),
      back: added(seen.map(({ bins }) => bins.back)),
      caughtUp: added(seen.map(({ bins }) => bins.caughtUp)),
    },
  };
}

function added(lists: ReadonlyArray<readonly number[]>): number[] {
  const sums = new Array<number>(Math.max(0, ...lists.map((list) => list.length))).fill(0);
  for (const list of lists) for (const [at, count] of list.entries()) sums[at]! += count;
  return sums;
}

/**
 * Seconds from the loss until each share of the dropped had arrived, in the order of RECOVERY_SHARES; null where it never did.
 * The end of the tenth in which it happened: never sooner than it was.
 */
export function secondsUntilShares(arrivals: readonly number[], dropped: number): Array<number | null> {
  return RECOVERY_SHARES.map((share) => {
    const wanted = share * dropped;
    let sum = 0;
    for (const [at, count] of arrivals.entries()) {
      sum += count;
      if (sum >= wanted - 1e-9) return ((at + 1) * BIN_MS) / 1_000;
    }
    return null;
  });
}

/** The most in any second. */
export function peakPerSecond(counts: readonly number[]): number {
  const width = 1_000 / BIN_MS;
  let sum = 0;
  let peak = 0;
  for (const [at, count] of counts.entries()) {
    sum += count - (at >= width ? counts[at - width]! : 0);
    peak = Math.max(peak, sum);
  }
  return peak;
}
