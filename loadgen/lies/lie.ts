/**
 * A deliberate lie: how a run is made to look better than it was, and what is concluded all the same. Every lie is told by a
 * test and none may be `proved`; LIES.md is the table of all of them.
 */

import type { Verdict } from '../../capacity/judgement.ts';
import type { RunRecord } from '../../capacity/run-record.ts';

export interface Lie {
  readonly lie: string;
  /** Where it is told: in the figures of a record, in the workers' ledgers, by clocks, in the folder of a run, by processes, side by side. */
  readonly told: string;
  /** Of the worst claim; refused: it is not even looked at. */
  readonly verdict: Exclude<Verdict, 'proved'> | 'refused';
  /** A part of the reason. */
  readonly says: string;
}

/** Takes an honest record that proves both rows, and lies. */
export interface RecordLie extends Lie {
  readonly tell: (honest: RunRecord) => RunRecord;
}

const ORDER: readonly Verdict[] = ['refuted', 'inconclusive', 'extrapolated', 'proved'];

/** The worst of some verdicts, and the reasons of all. */
export function worstOf(verdicts: readonly { readonly verdict: Verdict; readonly reason: string }[]): {
  verdict: Verdict;
  reasons: string;
} {
  const verdict = ORDER.find((one) => verdicts.some((each) => each.verdict === one)) ?? 'inconclusive';
  return { verdict, reasons: verdicts.map(({ reason }) => reason).join('\n') };
}
