/**
 * Everything that is concluded from a run, once: verdicts, bills, doubts, limits. Page, lines, Markdown and JSON show this
 * and conclude nothing of their own. Pure: the same record gives the same assessment.
 */
import { type Claim, claimsOf } from '../../capacity/claims.ts';
import { type CpuBill, cpuBill } from '../../capacity/cpu-bill.ts';
import { type Doubt, doubtsOf } from '../../capacity/doubts.ts';
import { type BindingLimit, bindingLimits } from '../../capacity/host-limits.ts';
import { type MemoryBill, memoryBill } from '../../capacity/memory-bill.ts';
import { comparePrediction, grownShape, type PredictionCheck } from '../../capacity/prediction.ts';
import type { Unfit } from '../../capacity/regression.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { type ClaimVerdict, exitCodeOf, judge } from '../../capacity/verdict.ts';

export interface Assessment {
  readonly record: RunRecord;
  readonly claims: readonly Claim[];
  readonly verdicts: readonly ClaimVerdict[];
  readonly exitCode: 0 | 1 | 2;
  readonly memory: MemoryBill | Unfit;
  readonly cpu: CpuBill;
  readonly doubts: readonly Doubt[];
  /** Limits of the run's machine for the box as it was, first to bind in front. */
  readonly limits: readonly BindingLimit[];
  /** What a smaller run said of this one before. */
  readonly predicted?: { readonly by: string; readonly check: PredictionCheck | Unfit };
}

export interface Companions {
  /** The same run without TLS, from which the TLS item is a difference. */
  readonly plain?: RunRecord;
  /** A smaller run whose model is held against this one. */
  readonly predictedBy?: RunRecord;
}

export function assess(record: RunRecord, companions: Companions = {}): Assessment {
  const claims = claimsOf(record);
  const verdicts = judge(claims, record);
  const { predictedBy } = companions;
  return {
    record,
    claims,
    verdicts,
    exitCode: exitCodeOf(verdicts),
    memory: memoryBill(record, companions.plain),
    cpu: cpuBill(record),
    doubts: doubtsOf(record),
    limits: bindingLimits(record.host.limits, grownShape(record, record.settings.connections, record.host.limits)),
    ...(predictedBy === undefined ? {} : { predicted: { by: predictedBy.id, check: comparePrediction(predictedBy, record) } }),
  };
}
