/**
 * The tables of a workbook's sheets: blocks of cells between empty rows and columns. A lone text above a block is its heading; a block
 * that begins with numbers and stands below one as wide goes on with it. Comments of cells become a column of notes.
 */
import { type CellAt, cellName } from '../workbook/cell-address.ts';
import type { Workbook, WorkbookCell, WorkbookSheet } from '../workbook/read-workbook.ts';
import type { Cell, Table, Unread } from './plain-rows.ts';

type Rows = Map<number, Map<number, WorkbookCell>>;

interface Block {
  readonly from: number;
  readonly to: number;
  heading: string;
  readonly rows: WorkbookCell[][];
}

export function tablesOfWorkbook({ sheets, failed }: Workbook, fileName: string): { tables: readonly Table[]; unread: readonly Unread[] } {
  const shown = sheets.filter(({ isHidden }) => !isHidden);
  const tables = shown.flatMap((sheet) =>
    blocksOf(withMerged(sheet), sheet.name).map((block) => tableOf(withOneHeader(block, sheet.merged ?? []), `${fileName}:${sheet.name}`)),
  );
  const unread = failed.map(({ sheet, at, formula, why }) => ({
    place: `${fileName}:${sheet}!${cellName(at)}`,
    text: `=${formula}`,
    why,
  }));
  return { tables, unread };
}

const MERGED_CELLS_LIMIT = 1_000;

/** What is merged over rows belongs to each of them; a title over the columns of a table stays one cell, a header over some does not. */
function withMerged({ cells, merged = [] }: WorkbookSheet): readonly WorkbookCell[] {
  if (merged.length === 0) return cells;
  const byPlace = new Map(cells.map((cell) => [cellName(cell.at), cell]));
  const inRow = new Map<number, number>();
  for (const { at } of cells) inRow.set(at.row, (inRow.get(at.row) ?? 0) + 1);
  let added = 0;
  for (const [from, to] of merged) {
    const first = byPlace.get(cellName(from));
    if (first === undefined || (to.column > from.column && inRow.get(from.row) === 1)) continue;
    // A label over two columns of its row names it once.
    const lastColumn =
      to.column > from.column && to.row === from.row && !/\d/.test(first.text) && isBeforeNumbers(from, to, byPlace)
        ? from.column
        : to.column;
    for (let row = from.row; row <= to.row && added < MERGED_CELLS_LIMIT; row++)
      for (let column = from.column; column <= lastColumn && added < MERGED_CELLS_LIMIT; column++) {
        const at = { row, column };
        if (byPlace.has(cellName(at))) continue;
        byPlace.set(cellName(at), { ...first, at, comment: undefined });
        added++;
      }
  }
  return [...byPlace.values()];
}

function isBeforeNumbers(from: CellAt, to: CellAt, cells: ReadonlyMap<string, WorkbookCell>): boolean {
  return /\d/.test(cells.get(cellName({ row: from.row, column: to.column + 1 }))?.text ?? '');
}

/** Two rows of headers, the upper one merged over columns: "2025" above "EU" and "US" is "EU 2025" and "US 2025". */
function withOneHeader(block: Block, merged: readonly (readonly [CellAt, CellAt])[]): Block {
  const [upper, lower, ...others] = block.rows;
  if (upper === undefined || lower === undefined || others.length === 0 || lower.some(({ text }) => /^[-+~≈$€]?\s*\d/.test(text)))
    return block;
  const row = upper[0]!.at.row;
  if (lower[0]!.at.row !== row + 1 || !merged.some(([from, to]) => from.row === row && to.column > from.column)) return block;
  const byColumn = new Map(upper.map((cell) => [cell.at.column, cell]));
  for (const cell of lower) {
    const above = byColumn.get(cell.at.column);
    // The word goes first, so that a year is no number with a unit.
    const [first, second] = above !== undefined && /^\d/.test(above.text) ? [cell, above] : [above, cell];
    const text = above === undefined || above.text === cell.text ? cell.text : `${first!.text} ${second!.text}`;
    byColumn.set(cell.at.column, { ...cell, text });
  }
  return { ...block, rows: [[...byColumn.values()].sort((left, right) => left.at.column - right.at.column), ...others] };
}

function blocksOf(cells: readonly WorkbookCell[], sheetName: string): readonly Block[] {
  const rows: Rows = new Map();
  for (const cell of cells) {
    const row = rows.get(cell.at.row);
    if (row === undefined) rows.set(cell.at.row, new Map([[cell.at.column, cell]]));
    else row.set(cell.at.column, cell);
  }
  const blocks: Block[] = [];
  let heading = sheetName;
  for (const span of spansOf([...rows.keys()])) {
    const inSpan = span.flatMap((row) => [...rows.get(row)!.values()]);
    for (const columns of withNeighbours(spansOf([...new Set(inSpan.map(({ at }) => at.column))]))) {
      const [from, to] = [columns[0]!, columns.at(-1)!];
      const own = span.map((row) => columns.flatMap((column) => rows.get(row)!.get(column) ?? [])).filter((row) => row.length > 0);
      while (own.length > 0 && own[0]!.length === 1 && to > from) heading = own.shift()![0]!.text;
      if (own.length === 0) continue;
      if (own.length === 1 && own[0]!.length === 1) {
        if (!/\d/.test(own[0]![0]!.text)) heading = own[0]![0]!.text;
        continue;
      }
      const above = blocks.findLast((block) => block.from === from && block.to === to);
      if (above !== undefined && own[0]!.some(({ text }) => /^[-+~≈$€]?\s*\d/.test(text))) above.rows.push(...own);
      else blocks.push({ from, to, heading, rows: own });
    }
  }
  return blocks;
}

function tableOf({ from, to, heading, rows }: Block, place: string): Table {
  const hasComments = rows.some((row) => row.some(({ comment }) => comment !== undefined));
  return {
    heading,
    rows: rows.map((row, at) => {
      const cells: Cell[] = Array.from({ length: to - from + 1 }, () => ({ text: '', place: '' }));
      for (const { at: cell, text, formula } of row)
        cells[cell.column - from] = { text, place: `${place}!${cellName(cell)}`, ...(formula === undefined ? {} : { formula }) };
      const comments = row.flatMap(({ comment }) => comment ?? []).join('; ');
      if (hasComments)
        cells.push({ text: at === 0 && comments === '' ? 'comment' : comments, place: `${place}!${cellName(row[0]!.at)} (comment)` });
      return cells;
    }),
  };
}

/** A lone column belongs to the table beside it: labels that are merged over two columns leave one empty. */
function withNeighbours(spans: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const joined: (readonly number[])[] = [];
  for (const span of spans) {
    const before = joined.at(-1);
    if (before !== undefined && (before.length === 1 || span.length === 1)) joined[joined.length - 1] = [...before, ...span];
    else joined.push(span);
  }
  return joined;
}

/** Neighbouring numbers together, in order. */
function spansOf(numbers: readonly number[]): readonly (readonly number[])[] {
  const spans: number[][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    if (spans.at(-1)?.at(-1) === number - 1) spans.at(-1)!.push(number);
    else spans.push([number]);
  }
  return spans;
}
