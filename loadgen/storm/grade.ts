/**
 * The grade of a storm: all back and nothing lost, back when the model said, the others undisturbed. A doubt about the run
 * itself makes every row that it could have bettered or worsened inconclusive, never better.
 */
import { RECOVERY_SHARES } from '../../capacity/storm/recovery.ts';
import { doubtOfSpeed, type GradedRow } from '../frame/grade.ts';
import type { StormPrediction, StormRecord } from './storm-record.ts';

export const STORM_BOUNDS = {
  /** Of the measured time, by which the predicted may be off. */
  predicted: 0.2,
  /** p99 of undisturbed clients, over that before the storm. */
  undisturbed: 2,
} as const;

export interface StormRow extends GradedRow {
  readonly predicted?: string;
}

const LEAST_SAMPLES = 200;

export function gradeStorm(record: StormRecord, prediction: StormPrediction | undefined): readonly StormRow[] {
  const doubt = doubtOf(record);
  const judged = (row: Omit<StormRow, 'grade'>, held: boolean): StormRow =>
    doubt === undefined ? { ...row, grade: held ? 'proved' : 'refuted' } : { ...row, grade: 'inconclusive', because: doubt };
  return [all(record), nothingLost(record), ...times(record, prediction, judged), ...undisturbed(record, judged)];
}

/** Why nothing that hangs on speed can be said of this run; undefined when it can. */
export function doubtOf(record: StormRecord): string | undefined {
  if (!record.complete) return 'the run was cut short';
  if (record.seen.dropped === 0) return 'no connection was dropped';
  return doubtOfSpeed(record);
}

function all(record: StormRecord): StormRow {
  const { dropped, caughtUp } = record.seen;
  const row = { name: 'all back with what they missed', measured: `${caughtUp} of ${dropped}` };
  if (dropped === 0) return { ...row, grade: 'inconclusive', because: 'no connection was dropped' };
  if (caughtUp === dropped) return { ...row, grade: 'proved', because: 'each was followed by itself' };
  return record.complete
    ? { ...row, grade: 'refuted', because: `not within ${record.options.limitSeconds} s` }
    : { ...row, grade: 'inconclusive', because: 'the run was cut short' };
}

function nothingLost({ ledger, complete }: StormRecord): StormRow {
  const row = { name: 'nothing lost', measured: `${ledger.lost} lost, ${ledger.duplicated} twice of ${ledger.recipientsExpected}` };
  if (ledger.lost > 0 || ledger.duplicated > 0) return { ...row, grade: 'refuted', because: 'the ledgers of both ends say so' };
  if (ledger.recipientsExpected === 0) return { ...row, grade: 'inconclusive', because: 'nothing was sent' };
  return complete
    ? { ...row, grade: 'proved', because: 'the ledgers of both ends agree' }
    : { ...row, grade: 'inconclusive', because: 'the run was cut short' };
}

function times(
  record: StormRecord,
  prediction: StormPrediction | undefined,
  judged: (row: Omit<StormRow, 'grade'>, held: boolean) => StormRow,
): StormRow[] {
  return RECOVERY_SHARES.map((share, at) => {
    const name = `${share * 100} % back with what they missed`;
    const seconds = record.caughtUpSeconds[at] ?? null;
    const measured = seconds === null ? 'never' : `${seconds.toFixed(1)} s`;
    const said = prediction?.recovery.caughtUpSeconds[at];
    if (said === undefined) return { name, measured, grade: 'inconclusive', because: 'nothing was predicted' };
    const predicted = Number.isFinite(said) ? `${said.toFixed(1)} s` : 'never';
    const off = seconds === null ? Number.POSITIVE_INFINITY : said / seconds - 1;
    const because = Number.isFinite(off) ? `predicted ${(off * 100).toFixed(0)} % off, 20 % allowed` : 'it did not come back';
    return judged({ name, predicted, measured, because }, Math.abs(off) <= STORM_BOUNDS.predicted);
  });
}

function undisturbed(record: StormRecord, judged: (row: Omit<StormRow, 'grade'>, held: boolean) => StormRow): StormRow[] {
  const { undisturbed: seen } = record;
  if (seen === undefined) return [];
  return (['accepted', 'delivered'] as const).map((what) => {
    const [before, during] = [seen[`${what}Before`], seen[`${what}During`]];
    const row = {
      name: `${what} p99 of the undisturbed`,
      measured: `${(during.p99Us / 1_000).toFixed(1)} ms, ${(before.p99Us / 1_000).toFixed(1)} ms before`,
    };
    if (Math.min(before.samples, during.samples) < LEAST_SAMPLES)
      return {
        ...row,
        grade: 'inconclusive' as const,
        because: `${before.samples} samples before and ${during.samples} meanwhile are too few`,
      };
    const times = during.p99Us / before.p99Us;
    return judged({ ...row, because: `${times.toFixed(1)} times, ${STORM_BOUNDS.undisturbed} allowed` }, times <= STORM_BOUNDS.undisturbed);
  });
}
