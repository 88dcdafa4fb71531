/**
 * The grade of a soak: nothing lost, nothing ended by itself, nothing leaks. A doubt about the run makes a row that it could
 * have bettered inconclusive, and excuses nothing. The load engine's own leak is a fault of the engine, not of the system.
 */
import type { LeakFinding } from '../../capacity/soak/leak.ts';
import type { GradedRow } from '../frame/grade.ts';
import { promisesBroken } from '../ledger/promises.ts';
import { LOAD_ENGINE } from './series.ts';
import type { SoakRecord } from './soak-record.ts';

export function gradeSoak(record: SoakRecord): GradedRow[] {
  return [ledger(record), restarts(record), ended(record), ...record.findings.map((finding) => leak(finding, record.complete))];
}

function ledger({ ledger: sums, complete, problems }: SoakRecord): GradedRow {
  const broken = promisesBroken(sums);
  const row = {
    name: 'ledger',
    measured: `${sums.accepted} accepted of ${sums.due}, ${sums.delivered} delivered of ${sums.recipientsExpected}`,
  };
  if (broken.length > 0) return { ...row, grade: 'refuted', because: broken.join(', ') };
  // What the ledgers say beside their sums (a message shown to a stranger, two numbers for one) is told as a problem of the box.
  const wrong = problems.find(({ whose }) => whose === 'box');
  if (wrong !== undefined) return { ...row, grade: 'refuted', because: wrong.text };
  const generator = problems.find(({ whose }) => whose === 'generator');
  const doubt = !complete
    ? (generator?.text ?? 'the run did not come to its end')
    : sums.due === 0
      ? 'nothing was sent'
      : sums.unsent > 0
        ? `${sums.unsent} messages were due and never sent`
        : sums.waiting > 0
          ? `${sums.waiting} deliveries wait for devices that were not there at the end`
          : undefined;
  return doubt === undefined
    ? { ...row, grade: 'proved', because: 'the ledgers of both ends agree' }
    : { ...row, grade: 'inconclusive', because: doubt };
}

function restarts({ restarts: made, options }: SoakRecord): GradedRow {
  const row = { name: 'each component restarted in turn', measured: made === undefined ? 'no' : made.on.join(', ') };
  if (!options.restarts) return { ...row, grade: 'proved', because: 'not asked for' };
  if (made === undefined) return { ...row, grade: 'inconclusive', because: 'the run ended before' };
  if (made.problem !== undefined) return { ...row, grade: 'refuted', because: made.problem };
  return {
    ...row,
    grade: 'proved',
    because: `all back after ${((made.toMs - made.fromMs) / 1_000).toFixed(0)} s, with what the ledger says`,
  };
}

function ended({ ended: gone, complete }: SoakRecord): GradedRow {
  const row = { name: 'no process ended by itself', measured: `${gone.length} did` };
  if (gone.length === 0)
    return complete
      ? { ...row, grade: 'proved', because: 'each has one id between restarts' }
      : { ...row, grade: 'inconclusive', because: 'the run was cut short' };
  return {
    ...row,
    grade: 'refuted',
    because: gone.map(({ component, tMs }) => `${component} at ${(tMs / 1_000).toFixed(0)} s`).join(', '),
  };
}

function leak(finding: LeakFinding, complete: boolean): GradedRow {
  const { component, figure, name, verdict, because } = finding;
  const row = { name: `${component}: ${name ?? figure}`, measured: slopeText(finding) };
  if (verdict === 'leak')
    return LOAD_ENGINE.test(component)
      ? { ...row, grade: 'inconclusive', because: `the load engine leaks: ${because}` }
      : { ...row, grade: 'refuted', because: `leak: ${because}` };
  if (verdict === "can't tell") return { ...row, grade: 'inconclusive', because: `can't tell: ${because}` };
  return complete
    ? { ...row, grade: 'proved', because: `no leak: ${because}` }
    : { ...row, grade: 'inconclusive', because: 'the run was cut short' };
}

/** "+0.31 MiB/h (-0.20 to +0.83), tolerance 4.00, at 61.0 MiB". */
export function slopeText({ trend, tolerancePerHour, unit }: LeakFinding): string {
  if (trend === undefined) return 'no slope';
  const [divisor, name] = unit === 'bytes' ? [2 ** 20, 'MiB'] : [1, unit];
  const of = (value: number) =>
    Number.isFinite(value) ? `${value >= 0 ? '+' : ''}${(value / divisor).toFixed(2)}` : value > 0 ? '+∞' : '-∞';
  const stored = trend.perStored === undefined ? '' : `, beside ${trend.perStored.toFixed(0)} B for each that is stored`;
  return `${of(trend.perHour)} ${name}/h (${of(trend.lowPerHour)} to ${of(trend.highPerHour)}), tolerance ${(tolerancePerHour / divisor).toFixed(2)}, at ${(trend.level / divisor).toFixed(1)} ${name}${stored}`;
}
