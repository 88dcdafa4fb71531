/** A formula that a block of cells shares, as it reads some rows and columns further on: what has no `$` moves along. */
import { cellName, parseCellName } from './cell-address.ts';

const WORD = /"(?:[^"]|"")*"|'(?:[^']|'')*'|\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}(?![\p{L}\p{N}_(!.])/gu;

export function movedFormula(formula: string, rows: number, columns: number): string {
  return formula.replace(WORD, (word, at: number) => {
    if (/^["']/.test(word) || /[\p{L}\p{N}_.]/u.test(formula[at - 1] ?? '')) return word;
    const cell = parseCellName(word);
    if (cell === undefined) return word;
    const [, column, row] = /^(\$?)[A-Za-z]+(\$?)\d+$/.exec(word) as unknown as [string, string, string];
    const moved = cellName({ row: cell.row + (row === '$' ? 0 : rows), column: cell.column + (column === '$' ? 0 : columns) });
    return moved.replace(/^([A-Z]+)(\d+)$/, `${column === '$' ? '$$' : ''}$1${row === '$' ? '$$' : ''}$2`);
  });
}
