/**
 * What is wrong with boards: their queries, units, ids, and lines that no row of the plan stands behind. Each finding begins with
 * `file:line: `, the place in the source where the word stands. Pure: the source is handed in.
 */
import { type Board, type PlanRows, planValue, UNITS } from './board.ts';
import type { Catalogue } from './catalogue.ts';
import { queryFindings } from './query-check.ts';

/** Text of a file of the project by its path. */
export type Sources = (file: string) => string;

export function boardFindings(boards: readonly Board[], catalogue: Catalogue, plan: PlanRows, sources: Sources): readonly string[] {
  const findings: string[] = [];
  const uids = new Set<string>();
  for (const board of boards) {
    const source = sources(board.file);
    const find = (problem: string, ...words: string[]) => findings.push(`${placeOf(board.file, source, words)}: ${problem}`);
    if (uids.has(board.uid)) find(`the uid ${board.uid} is taken`, board.uid);
    uids.add(board.uid);
    const ids = new Set<number>();
    for (const { id, title, unit, queries, lines = [] } of board.panels) {
      if (ids.has(id)) find(`“${title}”: the id ${id} is taken in this board`, title);
      ids.add(id);
      if (!(UNITS as readonly unknown[]).includes(unit)) find(`“${title}”: no unit, or one that is not in the list`, title);
      if (queries.length === 0) find(`“${title}”: no query`, title);
      for (const { expr } of queries)
        for (const { problem, word } of queryFindings(expr, catalogue)) find(`“${title}” ${problem}`, title, word);
      for (const line of lines)
        if (planValue(line, plan) === undefined)
          find(`“${title}”: the line “${line.label}” has no value of the plan behind it`, title, line.label);
    }
  }
  return findings;
}

/** The first line with the last word at or after the lines with those before it. */
export function placeOf(file: string, source: string, words: readonly string[]): string {
  const lines = source.split('\n');
  let at = 0;
  for (const word of words) {
    const next = lines.findIndex((line, index) => index >= at && line.includes(word));
    if (next >= 0) at = next;
  }
  return `${file}:${at + 1}`;
}
