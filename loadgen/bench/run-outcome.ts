/** What one run of the bench gives: a record, or the reason why there is none. */
import type { RunRecord } from '../../capacity/run-record.ts';

export interface NotRun {
  readonly notRun: string;
}

export type Outcome = RunRecord | NotRun;

export function isNotRun(outcome: Outcome): outcome is NotRun {
  return 'notRun' in outcome;
}
