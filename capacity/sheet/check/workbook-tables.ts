/**
 * The tables of a workbook's sheets: blocks of cells between empty rows and columns. A lone text above a block is its heading; a block
 * that begins with numbers and stands below one as wide goes on with it. Comments of cells become a column of notes.
 */
import { cellName } from '../workbook/cell-address.ts';
import type { Workbook, WorkbookCell } from '../workbook/read-workbook.ts';
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
  const tables = shown.flatMap((sheet) => blocksOf(sheet.cells, sheet.name).map((block) => tableOf(block, `${fileName}:${sheet.name}`)));
  const unread = failed.map(({ sheet, at, formula, why }) => ({
    place: `${fileName}:${sheet}!${cellName(at)}`,
    text: `=${formula}`,
    why,
  }));
  return { tables, unread };
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
    for (const columns of spansOf([...new Set(inSpan.map(({ at }) => at.column))])) {
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

/** Neighbouring numbers together, in order. */
function spansOf(numbers: readonly number[]): readonly (readonly number[])[] {
  const spans: number[][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    if (spans.at(-1)?.at(-1) === number - 1) spans.at(-1)!.push(number);
    else spans.push([number]);
  }
  return spans;
}
