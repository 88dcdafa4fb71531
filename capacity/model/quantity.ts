/**
 * A number that is not known exactly: what it is at least, likely and at most, its unit, and where it comes from.
 * `low` and `high` are the fifth and the ninety-fifth percentile of what the model draws; low ≤ mid ≤ high.
 */
import type { Unit } from './unit.ts';

export interface Interval {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

/** Where a number comes from: a run's record of this project (preferred), a publication, or the architect's own choice. */
export type Source =
  | { readonly kind: 'measured'; readonly by: string; readonly record: string; readonly date: string }
  | { readonly kind: 'cited'; readonly where: string; readonly date: string }
  | { readonly kind: 'chosen'; readonly why: string };

export interface Quantity extends Interval {
  readonly unit: Unit;
  /** What it is, for people: "body of a message". */
  readonly what: string;
  readonly source: Source;
}

/** One draw of a table of quantities, or its middle: plain numbers, each in the unit that its quantity names. */
export type Numbers<Table extends Readonly<Record<string, Quantity>>> = { readonly [Key in keyof Table]: number };

export function exactly(value: number): Interval {
  return { low: value, mid: value, high: value };
}

export function between(low: number, mid: number, high: number): Interval {
  if (!(low <= mid && mid <= high)) throw new Error(`an interval goes up: ${low}, ${mid}, ${high}`);
  return { low, mid, high };
}
