/**
 * What a rule is here, as data. Its expression is PromQL in which `$name` stands for a value; each value names the rows of the
 * plan, coefficients, settings, bounds or objectives that it is made of (`alert-values.ts`), so that no threshold is a habit.
 */
import type { PlanValue } from '../board.ts';
import type { Alert, Severity } from './names.ts';

export interface AlertValue extends PlanValue {
  readonly unit: string;
  /** Why not the value itself, wherever `times` is given. */
  readonly why?: string;
  /** A length of time over which is looked: what a time-compressed variant divides. */
  readonly isWindow?: boolean;
}

/** Of one series in a test: a gauge that stands or moves, a counter, or silence. Slopes and rates are per second. */
export type Sample =
  | { readonly at: number; readonly slope?: number }
  | { readonly endsAt: number; readonly slope: number }
  | { readonly rate: number }
  | 'absent';

/** By series, as promtool writes them: `parley_edge_connections{pod="a"}`. */
export type Samples = Readonly<Record<string, Sample>>;

export interface AlertTest {
  /** Just beyond the threshold, and just below it. */
  readonly fires: Samples;
  readonly below: Samples;
  /** Between two samples, where more than the 150 s that a test takes at most: no series may be asked for as it is then. */
  readonly stepSeconds?: number;
  /** Labels of what fires, beside those of the rule. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface AlertRule {
  readonly alert: Alert;
  readonly severity: Severity;
  /** Where it is written. */
  readonly file: string;
  readonly expr: string;
  readonly values: Readonly<Record<string, AlertValue>>;
  /** How long the expression must hold; left out, one evaluation is enough. */
  readonly lasts?: AlertValue;
  /** More labels of the rule, beside its severity. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Says what `{{ $value }}` is, with its unit. */
  readonly description: string;
  /** `value(name)`: as the plan has it. */
  readonly test: (value: (name: string) => number) => AlertTest;
}

const SCRAPE = 'coefficients.observabilityScrapeSeconds';

/** So many scrapes: what one or two missing ones do not move. */
export const scrapes = (count: number): AlertValue => ({
  rows: [SCRAPE],
  times: count,
  unit: 's',
  isWindow: true,
  why: 'so many scrapes that one or two missing ones move nothing',
});

export const MINUTE = scrapes(4);
export const FIVE_MINUTES = scrapes(20);
export const HALF_HOUR = scrapes(120);
export const HOUR = scrapes(240);

/** Time in which who was paged can have done something. */
export const LEAD: AlertValue = {
  rows: ['onCall.pageSeconds'],
  times: 2,
  unit: 's',
  isWindow: true,
  why: 'as long to mend it as to be at it',
};

export const one = (unit: string, ...rows: readonly string[]): AlertValue => ({ rows, unit });
