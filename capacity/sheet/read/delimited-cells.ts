/**
 * Cells of a text whose columns are held apart by commas, semicolons, tabs or bars. The separator is the one that parts the lines most evenly;
 * `sep=;` says it. Quotes may hold separators and line ends. Formulas stay text here.
 */
import type { CellAt } from '../workbook/cell-address.ts';

export interface DelimitedCell {
  readonly at: CellAt;
  readonly text: string;
}

const CELLS_LIMIT = 200_000;
const SAMPLE_LINES = 50;

export interface Delimited {
  readonly separator: string;
  readonly cells: readonly DelimitedCell[];
}

export function delimitedCells(text: string): Delimited {
  const said = /^sep=(.)\r?\n/i.exec(text);
  // The line stays, so that rows keep their numbers.
  const source = said === null ? text : text.replace(/^sep=.\r?/i, '');
  const separator = said?.[1] ?? separatorOf(source);
  const cells: DelimitedCell[] = [];
  let [row, column, cell, quoted] = [0, 0, '', false];
  const end = () => {
    if (cell.trim() !== '') cells.push({ at: { row, column }, text: cell.trim() });
    cell = '';
  };
  for (let at = 0; at < source.length && cells.length < CELLS_LIMIT; at++) {
    const letter = source[at]!;
    if (quoted) {
      if (letter !== '"') cell += letter === '\n' ? ' ' : letter;
      else if (source[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (letter === '"' && cell.trim() === '') {
      [quoted, cell] = [true, ''];
    } else if (letter === separator) {
      end();
      column++;
    } else if (letter === '\n') {
      end();
      [row, column] = [row + 1, 0];
    } else cell += letter;
  }
  end();
  return { separator, cells };
}

/** Commas inside numbers part lines unevenly; the separator parts most of them alike. */
function separatorOf(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, SAMPLE_LINES)
    .map((line) => line.replace(/"[^"]*"/g, '"'));
  const rated = [',', ';', '\t', '|'].map((separator) => {
    const counts = lines.map((line) => line.split(separator).length - 1).filter((count) => count > 0);
    const usual = mostOften(counts);
    return { separator, parted: counts.filter((count) => count === usual).length + counts.length / 1_000 };
  });
  // "1,5" and "2 000,00" stand between semicolons; nobody writes semicolons into numbers.
  const semicolon = rated[1]!;
  return semicolon.parted >= lines.length * 0.6 ? ';' : rated.reduce((best, one) => (one.parted > best.parted ? one : best)).separator;
}

function mostOften(counts: readonly number[]): number | undefined {
  const seen = new Map<number, number>();
  for (const count of counts) seen.set(count, (seen.get(count) ?? 0) + 1);
  return [...seen].sort((left, right) => right[1] - left[1])[0]?.[0];
}
