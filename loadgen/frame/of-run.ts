/** What the record of each long run says of the load beneath it, taken from the run's own record. */
import type { LedgerSums, RunProblem, RunRecord } from '../../capacity/run-record.ts';
import { noiseOf } from '../bench/noise.ts';

export interface OfRun {
  readonly ledger: LedgerSums;
  readonly latenessP99Us: number;
  readonly complete: boolean;
  readonly problems: readonly RunProblem[];
  /** What of others was too much; left out when the machine was quiet. */
  readonly noise?: string;
}

export function ofRun(record: RunRecord): OfRun {
  const noise = noiseOf(record, ['chat']).over;
  return {
    ledger: record.ledger,
    latenessP99Us: record.generator.latenessP99Us,
    complete: record.complete,
    problems: record.problems,
    ...(noise === undefined ? {} : { noise }),
  };
}
