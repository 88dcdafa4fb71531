/**
 * Coefficients as measurements have them. Several measurements of one coefficient: their median, and an interval that holds all of them with
 * their errors. One that can't tell its error: the interval keeps the width that it had as a share of the middle. So the same
 * measurements always give the same coefficients, however often they are refitted.
 */
import type { CoefficientKey, Coefficients } from '../model/coefficients.ts';
import type { Interval, Quantity } from '../model/quantity.ts';
import type { Observation } from './observation.ts';

/** What `parley plan --coefficients` lays over the defaults. */
export type Overlay = Readonly<Partial<Record<CoefficientKey, Quantity>>>;

export interface Refitted {
  readonly key: CoefficientKey;
  readonly from: Quantity;
  readonly to: Quantity;
  /** The new middle lies outside of what the old interval allowed. */
  readonly surprising: boolean;
}

export interface Refit {
  readonly overlay: Overlay;
  /** In the order of the table; those that a measurement confirmed to the last digit are left out. */
  readonly changed: readonly Refitted[];
  readonly confirmed: readonly CoefficientKey[];
}

/** Two numbers that differ by rounding only. */
const SAME_SHARE = 1e-9;

export function refit(coefficients: Coefficients, observations: readonly Observation[]): Refit {
  const byKey = Map.groupBy(observations, ({ key }) => key);
  const overlay: Partial<Record<CoefficientKey, Quantity>> = {};
  const changed: Refitted[] = [];
  const confirmed: CoefficientKey[] = [];
  for (const key of Object.keys(coefficients) as CoefficientKey[]) {
    const seen = byKey.get(key);
    if (seen === undefined) continue;
    const from = coefficients[key];
    const interval = intervalOf(from, seen);
    if (isSame(from, interval)) {
      confirmed.push(key);
      continue;
    }
    const to: Quantity = { ...from, ...interval, source: sourceOf(seen) };
    overlay[key] = to;
    changed.push({ key, from, to, surprising: to.mid < from.low || to.mid > from.high });
  }
  return { overlay, changed, confirmed };
}

function intervalOf(from: Interval, seen: readonly Observation[]): Interval {
  const values = seen.map(({ value }) => value).sort((left, right) => left - right);
  const mid = (values[Math.floor((values.length - 1) / 2)]! + values[Math.ceil((values.length - 1) / 2)]!) / 2;
  const errors = seen.filter(({ error }) => error !== undefined);
  if (seen.length === 1 && errors.length === 0) {
    return from.mid === 0 ? { low: mid, mid, high: mid } : { low: (mid * from.low) / from.mid, mid, high: (mid * from.high) / from.mid };
  }
  return {
    low: Math.max(0, Math.min(...seen.map(({ value, error }) => value - (error ?? 0)))),
    mid,
    high: Math.max(...seen.map(({ value, error }) => value + (error ?? 0))),
  };
}

function isSame(one: Interval, other: Interval): boolean {
  return (['low', 'mid', 'high'] as const).every((end) => Math.abs(one[end] - other[end]) <= SAME_SHARE * Math.abs(one[end]));
}

function sourceOf(seen: readonly Observation[]): Quantity['source'] {
  const each = (of: (one: Observation) => string) => [...new Set(seen.map(of))].join('; ');
  const date = seen
    .map((one) => one.date)
    .sort()
    .at(-1)!;
  return { kind: 'measured', by: each(({ by }) => by), record: each(({ record }) => record), date };
}
