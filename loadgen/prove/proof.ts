/**
 * What came of a proof: each fault with the messages that were due from it to the next one, and the verdict on the whole.
 * Pure: from the shots and the ledgers' sums to the record that the table and the JSON show.
 */
import type { LedgerSums, RunProblem } from '../../capacity/run-record.ts';
import type { Stretch } from '../ledger/in-time.ts';
import type { PeriodSums } from '../ledger/periods.ts';
import { promisesBroken } from '../ledger/promises.ts';
import type { Convergence } from '../worker/convergence.ts';
import { inTimeShare, recoveryMs } from './recovery.ts';
import type { Shot } from './shots.ts';

export type Outcome = 'held' | 'broken' | 'inconclusive';

export interface ShotResult {
  readonly fault: string;
  readonly does: string;
  readonly round: number;
  readonly on: string;
  readonly atMs: number;
  readonly overMs: number;
  /** Left out when it was not overcome within the limit. */
  readonly recoveryMs?: number;
  readonly sums: PeriodSums;
  readonly convergence?: Convergence;
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
}

export interface Judged {
  readonly shots: readonly ShotResult[];
  /** Share of the time without a fault in which messages were in time. */
  readonly undisturbedShare?: number;
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
}

export interface JudgeInput {
  readonly shots: readonly Shot[];
  /** One before the first shot, then one for each. */
  readonly periods: readonly PeriodSums[];
  readonly stretches: readonly Stretch[];
  readonly stretchMs: number;
  readonly sums: LedgerSums;
  /** Broken promises in words, from the ledgers. */
  readonly faults: readonly string[];
  readonly problems: readonly RunProblem[];
  /** The run came to its planned end. */
  readonly complete: boolean;
  /** Shots that were planned. */
  readonly planned: number;
}

/** Below it, what is called the time to recover is the machine's own slowness. */
const LEAST_UNDISTURBED_SHARE = 0.9;
const NOT_CALM = 'the load did not go on as before';

export function judgeProof(input: JudgeInput): Judged {
  const undisturbed = undisturbedShare(input);
  const machineHolds = undisturbed === undefined || undisturbed >= LEAST_UNDISTURBED_SHARE;
  const shots = input.shots.map((shot, at) => judgeShot(shot, input.periods[at + 1]!, input, machineHolds));
  const broken = [
    ...promisesBroken(input.sums),
    ...input.faults,
    ...shots.flatMap((shot) => (shot.outcome === 'broken' ? [`${shot.fault}: ${shot.reasons.join(', ')}`] : [])),
  ];
  const doubts = [
    ...(input.complete ? [] : ['the run did not come to its end']),
    ...(input.shots.length < input.planned ? [`${input.shots.length} of ${input.planned} faults were shot`] : []),
    ...(input.sums.unsent > 0 ? [`${input.sums.unsent} messages were due and never sent`] : []),
    ...(input.sums.waiting > 0 ? [`${input.sums.waiting} deliveries wait for devices that were not there at the end`] : []),
    ...(undisturbed !== undefined && !machineHolds
      ? [
          `without a fault messages were in time for only ${Math.round(undisturbed * 100)} % of the time: times to recover are the machine’s`,
        ]
      : []),
    ...shots.flatMap((shot) => (shot.outcome === 'inconclusive' ? [`${shot.fault}: ${shot.reasons.join(', ')}`] : [])),
    ...input.problems.filter(({ whose }) => whose === 'generator' || whose === 'machine').map(({ text }) => text),
  ];
  const outcome = broken.length > 0 ? 'broken' : doubts.length > 0 ? 'inconclusive' : 'held';
  return {
    shots,
    ...(undisturbed === undefined ? {} : { undisturbedShare: undisturbed }),
    outcome,
    reasons: [...new Set([...broken, ...doubts])],
  };
}

function judgeShot(shot: Shot, sums: PeriodSums, input: JudgeInput, machineHolds: boolean): ShotResult {
  const { fault, round, on, atMs, overMs, calmMs, convergence, problem } = shot;
  const broken = [
    ...promisesBroken(sums),
    ...(calmMs === undefined && machineHolds && input.complete ? [NOT_CALM] : []),
    ...(convergence !== undefined && convergence.tailsBehind > 0
      ? [`${convergence.tailsBehind} devices lack an entry and are not told`]
      : []),
    ...(convergence !== undefined && convergence.receiptsBehind > 0 ? [`${convergence.receiptsBehind} receipts do not converge`] : []),
  ];
  const doubts = [
    ...(problem === undefined ? [] : [problem]),
    // A machine that is too slow without a fault does not show how long one is felt.
    ...(calmMs === undefined && !(machineHolds && input.complete) ? [NOT_CALM] : []),
    ...(sums.unsent > 0 ? [`${sums.unsent} never sent`] : []),
    ...(sums.waiting > 0 ? [`${sums.waiting} waiting`] : []),
  ];
  return {
    fault: fault.name,
    does: fault.does,
    round,
    on,
    atMs: Math.round(atMs),
    overMs: Math.round(overMs),
    ...(calmMs === undefined ? {} : { recoveryMs: Math.round(recoveryMs(input.stretches, input.stretchMs, atMs, calmMs)) }),
    sums,
    ...(convergence === undefined ? {} : { convergence }),
    outcome: broken.length > 0 ? 'broken' : doubts.length > 0 ? 'inconclusive' : 'held',
    reasons: [...broken, ...doubts],
  };
}

/** Before the first fault, and between a fault that was overcome and the next. */
function undisturbedShare({ shots, stretches, stretchMs }: JudgeInput): number | undefined {
  const spans = shots.map((shot, at) => [at === 0 ? 0 : (shots[at - 1]!.calmMs ?? shot.atMs), shot.atMs] as const);
  let seconds = 0;
  let inTime = 0;
  for (const [fromMs, untilMs] of spans) {
    const share = inTimeShare(stretches, stretchMs, fromMs, untilMs);
    if (share === undefined) continue;
    seconds += untilMs - fromMs;
    inTime += share * (untilMs - fromMs);
  }
  return seconds === 0 ? undefined : inTime / seconds;
}
