/**
 * A CSV as the one sheet of a workbook, its formulas evaluated: an export "with formulas" has `=B2*B3` where others have the number. What
 * people typed as text ("500 M") counts as its number in a formula.
 */
import { readNumber } from '../check/written-number.ts';
import { cellName } from '../workbook/cell-address.ts';
import { type Cells, evaluate, type Result } from '../workbook/evaluate.ts';
import type { Workbook, WorkbookCell } from '../workbook/read-workbook.ts';
import { delimitedCells } from './delimited-cells.ts';
import { plainNotation } from './plain-notation.ts';

export function delimitedSheet(text: string): Workbook {
  const { separator, cells } = delimitedCells(text);
  const plain = cells.map((cell) => ({ ...cell, text: plainNotation(cell.text) }));
  const byPlace = new Map(plain.map((cell) => [cellName(cell.at), cell.text]));
  const known = new Map<string, Result>();
  const underWay = new Set<string>();
  const sheet: Cells = {
    named: () => undefined,
    valueAt: (_, at) => {
      const place = cellName(at);
      const written = byPlace.get(place);
      if (written === undefined) return undefined;
      if (!isFormula(written)) return valueOfText(written, separator === ';');
      if (known.has(place)) return known.get(place);
      if (underWay.has(place)) return { failed: `${place} refers to itself` };
      underWay.add(place);
      const result = evaluate(written.slice(1), '', sheet, underWay.size);
      underWay.delete(place);
      known.set(place, result);
      return result;
    },
  };
  const failed: Array<Workbook['failed'][number]> = [];
  const shown = plain.flatMap(({ at, text: written }): WorkbookCell[] => {
    if (!isFormula(written)) return [{ at, text: written, formula: undefined, comment: undefined }];
    const value = sheet.valueAt('', at);
    if (typeof value === 'object') {
      failed.push({ sheet: '', at, formula: written.slice(1), why: value.failed });
      return [];
    }
    return value === undefined ? [] : [{ at, text: String(value), formula: written.slice(1), comment: undefined }];
  });
  return { sheets: [{ name: '', isHidden: false, cells: shown }], failed };
}

/** "= 4 TB" is a result that someone wrote, "=B2*3" a formula. */
function isFormula(text: string): boolean {
  return /^=\s*[-+(\p{L}$\d#]/u.test(text) && /[A-Z]\$?\d|[-+*/^(]/.test(text);
}

function valueOfText(text: string, decimalComma: boolean): number | string {
  const number = readNumber(text, { bytes: false, decimalComma });
  return number === undefined || number.length < text.length ? text : number.plain;
}
