/**
 * Whether a component leaks: its growth by time, held against the growth that does no harm. A leak is proved growth above
 * that, which has not come to its end; no leak is proved growth below it; what lies between is not known.
 */
import { type Trend, type TrendPoint, trendOf } from './trend.ts';

export const FIGURES = ['memory', 'files', 'threads', 'table'] as const;
export type Figure = (typeof FIGURES)[number];

export const LEAK_VERDICTS = ['no leak', 'leak', "can't tell"] as const;
export type LeakVerdict = (typeof LEAK_VERDICTS)[number];

export interface Series {
  /** "edge 0", "box". */
  readonly component: string;
  readonly figure: Figure;
  /** Of a table: its metric. */
  readonly name?: string;
  readonly unit: 'bytes' | 'items';
  /** Samples of one life of the process, after the warm-up. */
  readonly points: readonly TrendPoint[];
  /** The process takes a heap up to so much by its own settings, and touches it bit by bit: growth below it is no leak yet. */
  readonly heapBytes?: number;
}

export interface LeakFinding {
  readonly component: string;
  readonly figure: Figure;
  readonly name?: string;
  readonly unit: Series['unit'];
  readonly verdict: LeakVerdict;
  readonly because: string;
  /** Growth up to it is no leak. */
  readonly tolerancePerHour: number;
  readonly trend?: Trend;
}

/** Growth an hour that is let pass: a share of the level, and an amount below which no box ends before its next upgrade. */
export const TOLERANCES = {
  levelShare: 0.05,
  leastBytes: 4 * 2 ** 20,
  /** Files, threads. */
  leastItems: 10,
  /** Of a table: at some 400 bytes each the same as the bytes. */
  leastEntries: 10_000,
} as const;
/** A process that is younger still compiles, sizes its heap and fills its caches. */
export const LEAST_SECONDS = 600;
/** Of a proved leak, that its second half must still show. */
const STILL_GROWING = 0.5;

export function leakOf(series: Series, leastSeconds = LEAST_SECONDS): LeakFinding {
  const { component, figure, name, unit, points } = series;
  const head = { component, figure, unit, ...(name === undefined ? {} : { name }) };
  const lengthSeconds = (points.at(-1)?.tSeconds ?? 0) - (points[0]?.tSeconds ?? 0);
  const trend = trendOf(points);
  if (trend === undefined) return { ...head, verdict: "can't tell", because: `${points.length} samples are too few`, tolerancePerHour: 0 };
  const leastCount = figure === 'table' ? TOLERANCES.leastEntries : TOLERANCES.leastItems;
  const least = unit === 'bytes' ? TOLERANCES.leastBytes : leastCount;
  const tolerancePerHour = Math.max(least, TOLERANCES.levelShare * trend.level);
  const found = { ...head, tolerancePerHour, trend };
  if (lengthSeconds < leastSeconds)
    return {
      ...found,
      verdict: "can't tell",
      because: `one life after the warm-up was seen for ${Math.round(lengthSeconds)} s of at least ${leastSeconds}`,
    };
  if (trend.highPerHour < tolerancePerHour) return { ...found, verdict: 'no leak', because: 'the whole interval is below the tolerance' };
  if (trend.lowPerHour <= tolerancePerHour) return { ...found, verdict: "can't tell", because: 'the interval holds the tolerance' };
  const late = trendOf(points.slice(points.length >> 1));
  if (late === undefined || late.perHour < Math.max(tolerancePerHour, STILL_GROWING * trend.perHour))
    return { ...found, verdict: "can't tell", because: 'it grew, and slower in the second half: it may come to its end' };
  if (series.heapBytes !== undefined && trend.level < series.heapBytes)
    return { ...found, verdict: "can't tell", because: 'it grew within the heap that its settings give it' };
  return { ...found, verdict: 'leak', because: 'the whole interval is above the tolerance, and the second half grows as well' };
}
