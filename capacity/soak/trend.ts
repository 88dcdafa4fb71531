/**
 * How fast a sampled figure grows, with an interval that may be believed though neighbouring samples are alike.
 *
 * Statistics: the stretch is cut into blocks of equal length and each is taken by its median, so that a spike, or a collector
 * whose period is shorter than a block, moves nothing. A line is fitted to the medians by least squares. Its error is made
 * larger by the correlation of neighbouring residuals (first order, with its bias at small numbers taken out), and Student's
 * t is taken at as many degrees of freedom as independent blocks would have given. Intervals are two-sided 95 %.
 *
 * Where a figure is made of what is stored, the stored amount is fitted beside the time: what grows with it is not growth by
 * time. Where the two can't be told apart (a constant rate) the interval becomes wide by itself.
 */
import { tQuantile } from '../regression.ts';

export interface TrendPoint {
  readonly tSeconds: number;
  readonly value: number;
  /** What the figure is expected to grow with, in units of its own: records, ids. */
  readonly stored?: number;
}

export interface Trend {
  /** Units of the value per hour; the growth that goes with what is stored is not in it. */
  readonly perHour: number;
  readonly lowPerHour: number;
  readonly highPerHour: number;
  /** Median of the blocks. */
  readonly level: number;
  readonly blocks: number;
  /** Of neighbouring residuals; 0 to 0.95. */
  readonly correlation: number;
  /** Units of the value for one that is stored; only where that was fitted. */
  readonly perStored?: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

const BLOCKS = 24;
const LEAST_BLOCKS = 8;
const SAMPLES_PER_BLOCK = 3;
const MOST_CORRELATION = 0.95;
const HOUR_SECONDS = 3_600;

interface Block {
  readonly t: number;
  readonly value: number;
  readonly stored: number;
}

/** Undefined: too few samples for a slope with an interval. In order of time. */
export function trendOf(points: readonly TrendPoint[]): Trend | undefined {
  const blocks = blocksOf(points);
  if (blocks.length < LEAST_BLOCKS) return undefined;
  const explained = blocks.some(({ stored }) => stored !== blocks[0]!.stored);
  const both = explained ? fit(blocks, true) : undefined;
  // What shrinks with what is stored is not made of it.
  const used = both !== undefined && both.perStored > 0 ? both : fit(blocks, false);
  const perSecond = tQuantile(used.degrees) * used.error;
  return {
    perHour: used.slope * HOUR_SECONDS,
    lowPerHour: (used.slope - perSecond) * HOUR_SECONDS,
    highPerHour: (used.slope + perSecond) * HOUR_SECONDS,
    level: median(blocks.map(({ value }) => value)),
    blocks: blocks.length,
    correlation: used.correlation,
    ...(used === both ? { perStored: both.perStored } : {}),
    fromSeconds: points[0]!.tSeconds,
    toSeconds: points.at(-1)!.tSeconds,
  };
}

function blocksOf(points: readonly TrendPoint[]): Block[] {
  const count = Math.min(BLOCKS, Math.floor(points.length / SAMPLES_PER_BLOCK));
  if (count < LEAST_BLOCKS) return [];
  const from = points[0]!.tSeconds;
  const width = (points.at(-1)!.tSeconds - from) / count;
  const members = Array.from({ length: count }, (): TrendPoint[] => []);
  for (const point of points) members[Math.min(count - 1, Math.floor((point.tSeconds - from) / width))]?.push(point);
  return members
    .filter((list) => list.length > 0)
    .map((list) => ({
      t: mean(list.map(({ tSeconds }) => tSeconds)),
      value: median(list.map(({ value }) => value)),
      stored: mean(list.map(({ stored = 0 }) => stored)),
    }));
}

interface Fit {
  readonly slope: number;
  readonly error: number;
  readonly perStored: number;
  readonly correlation: number;
  readonly degrees: number;
}

function fit(blocks: readonly Block[], withStored: boolean): Fit {
  const [meanT, meanY, meanS] = [mean(blocks.map(({ t }) => t)), mean(blocks.map(({ value }) => value)), mean(blocks.map((b) => b.stored))];
  let [tt, ts, ss, ty, sy] = [0, 0, 0, 0, 0];
  for (const { t, value, stored } of blocks) {
    tt += (t - meanT) ** 2;
    ts += (t - meanT) * (stored - meanS);
    ss += (stored - meanS) ** 2;
    ty += (t - meanT) * (value - meanY);
    sy += (stored - meanS) * (value - meanY);
  }
  // What the stored amount leaves of the time; 0 where the two are one.
  const own = withStored ? tt - (ts * ts) / ss : tt;
  const apart = own > tt * 1e-9;
  const slope = withStored ? (apart ? (ty - (ts * sy) / ss) / own : 0) : ty / tt;
  const perStored = withStored ? (sy - slope * ts) / ss : 0;
  const residuals = blocks.map(({ t, value, stored }) => value - meanY - slope * (t - meanT) - perStored * (stored - meanS));
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const degrees = blocks.length - (withStored ? 3 : 2);
  const correlation = correlationOf(residuals, squares);
  const independent = (1 - correlation) / (1 + correlation);
  return {
    slope,
    error: apart ? Math.sqrt(squares / degrees / own / independent) : Number.POSITIVE_INFINITY,
    perStored,
    correlation,
    degrees: Math.max(1, Math.floor(degrees * independent)),
  };
}

/** Of first order. A fitted line takes out some of it: about (1 + 4r) / n, which is given back. */
function correlationOf(residuals: readonly number[], squares: number): number {
  if (squares === 0) return 0;
  let products = 0;
  for (let at = 1; at < residuals.length; at++) products += residuals[at]! * residuals[at - 1]!;
  const found = products / squares;
  return Math.min(MOST_CORRELATION, Math.max(0, found + (1 + 4 * found) / residuals.length));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
