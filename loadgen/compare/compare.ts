/**
 * Two sides compared, figure by figure: worse, better, unchanged, or not told, by the test of `significance.ts` and a least change
 * that matters. Broken promises and refuted claims need no test. Pure.
 */
import type { RunRecord } from '../../capacity/run-record.ts';
import { assess } from '../report/assessment.ts';
import { COMPARED, type ComparedFigure, stretchesOf } from './compared-figures.ts';
import { type ChangedCondition, changedConditions, doubtsOfSide, mixedSide, type Side } from './side.ts';
import { type Difference, differences, LEVEL, leastP, type Sides, typical } from './significance.ts';

export type Change = 'worse' | 'better' | 'unchanged' | 'notTold';

export interface ComparedRow extends Partial<Difference> {
  readonly figure: Pick<ComparedFigure, 'name' | 'unit' | 'better'>;
  readonly before: number;
  readonly after: number;
  readonly change: Change;
  /** Why nothing is told. */
  readonly why?: string;
}

export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  /** Of what the values are: runs, or stretches of one run a side. */
  readonly units: { readonly of: 'runs' | 'stretches'; readonly before: number; readonly after: number };
  readonly rows: readonly ComparedRow[];
  /** Messages lost, doubled, out of order; refuted claims: before and after. */
  readonly broken: readonly { readonly what: string; readonly before: number; readonly after: number }[];
  readonly conditions: readonly ChangedCondition[];
  readonly doubts: readonly string[];
  readonly verdict: 'worse' | 'notWorse' | 'inconclusive';
  readonly why?: string;
}

export const LEAST_CHANGE = 0.05;
/** Noise that hides more than this hides everything. */
const WIDEST_SHARE = 0.5;
const FEWEST = 4;

export function compare(before: Side, after: Side, leastChange = LEAST_CHANGE): Comparison | { readonly refused: string } {
  const mixed = mixedSide(before) ?? mixedSide(after);
  if (mixed !== undefined) return { refused: mixed };
  const byRun = before.records.length > 1 || after.records.length > 1;
  const figures = COMPARED.map((figure) => ({
    figure,
    sides: byRun ? runUnits(figure, before, after) : stretchUnits(figure, before, after),
  }));
  const told = figures.filter(({ sides }) => sides !== undefined && canTell(sides));
  const found = new Map(differences(told.map(({ sides }) => sides!)).map((difference, at) => [told[at]!.figure.name, difference] as const));
  const rows = figures.flatMap(({ figure, sides }) => rowOf(figure, sides, before, after, found.get(figure.name), leastChange));
  const [first] = told;
  const shown = first?.sides ?? figures.find(({ sides }) => sides !== undefined)?.sides;
  const doubts = [...doubtsOfSide(before), ...doubtsOfSide(after)];
  const broken = brokenOf(before, after);
  return {
    before,
    after,
    units: { of: byRun ? 'runs' : 'stretches', before: shown?.before.length ?? 0, after: shown?.after.length ?? 0 },
    rows,
    broken,
    conditions: changedConditions(before.records[0]!, after.records[0]!),
    doubts,
    ...verdictOf(rows, broken, doubts),
  };
}

function verdictOf(
  rows: readonly ComparedRow[],
  broken: Comparison['broken'],
  doubts: readonly string[],
): Pick<Comparison, 'verdict' | 'why'> {
  const more = broken.find(({ before, after }) => after > before);
  if (more !== undefined) return { verdict: 'worse', why: `${more.what}: ${more.after}, before ${more.before}` };
  if (doubts.length > 0) return { verdict: 'inconclusive', why: doubts[0]! };
  const worse = rows.filter(({ change }) => change === 'worse');
  if (worse.length > 0) return { verdict: 'worse', why: worse.map(({ figure }) => figure.name).join(', ') };
  if (rows.every(({ change }) => change === 'notTold'))
    return { verdict: 'inconclusive', why: rows[0]?.why ?? 'the runs have no figure in common' };
  return { verdict: 'notWorse' };
}

function rowOf(
  figure: ComparedFigure,
  sides: Sides | undefined,
  before: Side,
  after: Side,
  difference: Difference | undefined,
  leastChange: number,
): readonly ComparedRow[] {
  const { name, unit, better } = figure;
  const whole = sides ?? wholeOf(figure, before, after);
  if (whole === undefined) return [];
  const row = { figure: { name, unit, better }, before: typical(whole.before), after: typical(whole.after) };
  if (difference === undefined) {
    const why =
      sides === undefined
        ? 'one value a side'
        : `${FEWEST} units a side are the least, here ${whole.before.length} and ${whole.after.length}`;
    return [{ ...row, change: 'notTold', why, changeShare: row.after / row.before - 1 }];
  }
  const { changeShare, p, leastSeenShare } = difference;
  if (p <= LEVEL && Math.abs(changeShare) >= leastChange) {
    const isWorse = changeShare > 0 === (better === 'lower');
    return [{ ...row, ...difference, change: isWorse ? 'worse' : 'better' }];
  }
  if (leastSeenShare > WIDEST_SHARE && p > LEVEL)
    return [{ ...row, ...difference, change: 'notTold', why: `noise hides changes below ${Math.round(leastSeenShare * 100)} %` }];
  return [{ ...row, ...difference, change: 'unchanged' }];
}

function canTell({ before, after }: Sides): boolean {
  return before.length >= FEWEST && after.length >= FEWEST && leastP(before.length, after.length) <= LEVEL;
}

/** Undefined where a run of either side has no such figure. */
function runUnits({ ofRun }: ComparedFigure, before: Side, after: Side): Sides | undefined {
  return complete({ before: before.records.map(ofRun), after: after.records.map(ofRun) });
}

function stretchUnits({ ofStretch }: ComparedFigure, before: Side, after: Side): Sides | undefined {
  if (ofStretch === undefined) return undefined;
  const of = ({ records }: Side) => stretchesOf(records[0]!).map(ofStretch);
  return complete({ before: of(before), after: of(after) });
}

function wholeOf({ ofRun }: ComparedFigure, before: Side, after: Side): Sides | undefined {
  return complete({ before: before.records.map(ofRun), after: after.records.map(ofRun) });
}

function complete(values: { before: readonly (number | undefined)[]; after: readonly (number | undefined)[] }): Sides | undefined {
  const isValue = (value: number | undefined) => value !== undefined && value > 0;
  if (values.before.length === 0 || values.after.length === 0) return undefined;
  return values.before.every(isValue) && values.after.every(isValue) ? (values as Sides) : undefined;
}

function brokenOf(before: Side, after: Side): Comparison['broken'] {
  const sum = ({ records }: Side, read: (record: RunRecord) => number) => records.reduce((total, record) => total + read(record), 0);
  const both = (what: string, read: (record: RunRecord) => number) => ({ what, before: sum(before, read), after: sum(after, read) });
  return [
    both('messages lost, doubled or out of order', ({ ledger }) => ledger.lost + ledger.duplicated + ledger.outOfOrder),
    both('runs that refuted a claim', (record) => (assess(record).exitCode === 1 ? 1 : 0)),
  ];
}
