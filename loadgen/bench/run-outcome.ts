/** What one run of the bench gives: a record, or the reason why there is none. */
import type { RunRecord } from '../../capacity/run-record.ts';

export interface NotRun {
  readonly notRun: string;
}

/** Figures that a run measured beside what its record holds. */
export interface BenchRecord extends RunRecord {
  readonly measured?: Readonly<Record<string, number>>;
}

export type Outcome = BenchRecord | NotRun;

export function isNotRun(outcome: Outcome): outcome is NotRun {
  return 'notRun' in outcome;
}
