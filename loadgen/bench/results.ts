/** Rows filled from the outcomes of all repeats: what the table, the JSON and the Markdown are made from. Pure. */
import type { RunRecord } from '../../capacity/run-record.ts';
import { FIGURES } from './figures.ts';
import { type Measured, measuredOf, type Reading, type Verdict, verdictOf } from './judge-row.ts';
import { noiseOf } from './noise.ts';
import type { Cell, Quoted, Row, RunName } from './rows.ts';
import { isNotRun, type Outcome } from './run-outcome.ts';

export interface Beside extends Measured {
  readonly who: string;
  /** Ours ÷ theirs: below 1, ours costs less. */
  readonly ratio?: number;
}

export interface RowResult {
  readonly row: Row;
  readonly ours: Measured;
  readonly verdict: Verdict;
  readonly parts: readonly Beside[];
  readonly peers: readonly Beside[];
  readonly quoted: ReadonlyArray<Quoted & { readonly ratio?: number }>;
  /** Of the runs that ours come from: what went wrong in them. */
  readonly notes: readonly string[];
}

/** By run, one outcome a repeat. */
export type Outcomes = ReadonlyMap<RunName, readonly Outcome[]>;

export function rowResult(row: Row, outcomes: Outcomes, quick: boolean): RowResult {
  const measured = (cell: Cell) => measuredOf((outcomes.get(cell.run) ?? []).map((outcome) => readingOf(row, cell, outcome)));
  const ours = measured(row.ours);
  const beside = (cell: Cell): Beside => withRatio({ who: cell.who, ...measured(cell) }, ours);
  const peers = row.peers.map(beside);
  return {
    row,
    ours,
    verdict: verdictOf({ ...row, ...goalBesides(row, peers) }, ours, quick),
    parts: row.parts.map((cell) => ({ who: cell.who, ...measured(cell) })),
    peers,
    quoted: row.quoted.map((quoted) =>
      ours.spread === undefined || quoted.value === undefined ? quoted : { ...quoted, ratio: ours.spread.median / quoted.value },
    ),
    notes: notesOf(outcomes.get(row.ours.run) ?? []),
  };
}

/** Where it is a multiple of what peers did: of the best that was measured, and none where nobody was. */
function goalBesides({ timesPeers, direction }: Row, peers: readonly Beside[]): { readonly goal?: number } {
  const values = peers.flatMap(({ spread, spoilt }) => (spread === undefined || spoilt !== undefined ? [] : [spread.median]));
  if (timesPeers === undefined || values.length === 0) return {};
  return { goal: direction === 'atLeast' ? Math.max(...values) * timesPeers : Math.min(...values) / timesPeers };
}

function readingOf(row: Row, cell: Cell, outcome: Outcome): Reading {
  if (isNotRun(outcome)) return { missing: outcome.notRun };
  const value = FIGURES[cell.figure](outcome);
  if (typeof value !== 'number') return value;
  const spoilt =
    row.countsFailures === true || (row.direction === 'atLeast' && row.timesPeers === undefined)
      ? undefined
      : (unsound(outcome) ?? noiseOf(outcome, row.phases).over);
  return spoilt === undefined ? { value } : { value, spoilt };
}

/** A cost per operation means nothing when operations failed. */
function unsound(record: RunRecord): string | undefined {
  const { ledger, problems } = record;
  if (ledger.lost > 0 || ledger.unsent > 0 || ledger.unknown > 0)
    return `${ledger.lost} messages were lost, ${ledger.unsent} never sent, ${ledger.unknown} without an answer`;
  if (!record.complete) return `the run was not whole: ${problems[0]?.text ?? `${record.connections.maximumOpen} connections opened`}`;
  return undefined;
}

function withRatio(beside: Beside, ours: Measured): Beside {
  if (beside.spread === undefined || ours.spread === undefined) return beside;
  return { ...beside, ratio: ours.spread.median / beside.spread.median };
}

function notesOf(outcomes: readonly Outcome[]): readonly string[] {
  const texts = outcomes.flatMap((outcome) => (isNotRun(outcome) ? [] : outcome.problems.map((problem) => problem.text)));
  return [...new Set(texts)];
}
