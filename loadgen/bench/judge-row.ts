/**
 * The verdict on a row from what its repeats gave. A repeat that others disturbed, or whose run was not whole, does not
 * count while there is one that stands; with none of them the row is noisy and proves nothing either way.
 */
import type { Row } from './rows.ts';
import { type Spread, spreadOf } from './spread.ts';

/** What one repeat gave for one cell. */
export interface Reading {
  readonly value?: number;
  /** Why there is no value. */
  readonly missing?: string;
  /** Why the value does not count. */
  readonly spoilt?: string;
}

export type Verdict =
  | { readonly kind: 'reached' | 'missed' }
  /** Sizes were not those of the goal. */
  | { readonly kind: 'notJudged'; readonly reason: string }
  | { readonly kind: 'noisy'; readonly reason: string }
  | { readonly kind: 'notRun'; readonly reason: string };

export interface Measured {
  readonly spread?: Spread;
  /** Only spoilt repeats were there: the figures are shown and do not count. */
  readonly spoilt?: string;
  readonly missing?: string;
}

const NOT_IN_THIS = 'not part of this bench';

export function measuredOf(readings: readonly Reading[]): Measured {
  const known = readings.filter((reading) => reading.value !== undefined);
  const standing = known.filter((reading) => reading.spoilt === undefined);
  const spread = spreadOf((standing.length > 0 ? standing : known).map((reading) => reading.value!));
  if (spread === undefined) return { missing: readings.find((reading) => reading.missing !== undefined)?.missing ?? NOT_IN_THIS };
  return standing.length > 0 ? { spread } : { spread, spoilt: known[0]!.spoilt! };
}

export function verdictOf(row: Row, ours: Measured, quick: boolean): Verdict {
  const { spread, spoilt, missing } = ours;
  if (spread === undefined) return { kind: 'notRun', reason: missing ?? NOT_IN_THIS };
  if (spoilt !== undefined) return { kind: 'noisy', reason: spoilt };
  if (row.goal === undefined) return { kind: 'notJudged', reason: 'no goal was set' };
  if (quick) return { kind: 'notJudged', reason: 'quick sizes are not those of the goal' };
  const within = row.direction === 'atMost' ? spread.median <= row.goal : spread.median >= row.goal;
  return { kind: within ? 'reached' : 'missed' };
}

/** Of the whole bench: a missed goal before a row that could not run, before a noisy one. */
export function exitCodeOf(verdicts: readonly Verdict[]): 0 | 1 | 2 | 3 {
  const some = (kind: Verdict['kind']) => verdicts.some((verdict) => verdict.kind === kind);
  if (some('missed')) return 1;
  if (some('notRun') || verdicts.length === 0) return 3;
  return some('noisy') ? 2 : 0;
}
