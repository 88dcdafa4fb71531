/**
 * A workbook (.xlsx) as sheets of cells, each with what people see in it. A formula whose value was not saved is evaluated. Bytes
 * in, values out; charts, pivots, macros and links to other files are left alone. Encrypted and old binary files are named.
 */
import { openArchive, type Parts } from './archive.ts';
import { type CellAt, cellName, parseCellName } from './cell-address.ts';
import { type Cells, evaluate, type Result, type Value } from './evaluate.ts';
import { formatOf, shownNumber } from './number-format.ts';
import { movedFormula } from './shared-formula.ts';
import { childNamed, childrenNamed, parseXml, textOf, type XmlElement } from './xml.ts';

export interface WorkbookCell {
  readonly at: CellAt;
  readonly text: string;
  readonly formula: string | undefined;
  readonly comment: string | undefined;
}

export interface WorkbookSheet {
  readonly name: string;
  /** Its owner does not show it. */
  readonly isHidden: boolean;
  readonly cells: readonly WorkbookCell[];
  /** Ranges of cells that are shown as one, first and last. */
  readonly merged?: readonly (readonly [CellAt, CellAt])[];
}

export interface Workbook {
  readonly sheets: readonly WorkbookSheet[];
  /** Cells whose formula could not be evaluated, with the reason. */
  readonly failed: readonly { readonly sheet: string; readonly at: CellAt; readonly formula: string; readonly why: string }[];
}

interface Stored {
  readonly at: CellAt;
  readonly value: Value;
  readonly formula: string | undefined;
  readonly format: string;
  readonly isError: boolean;
}

const CELLS_LIMIT = 200_000;
const NEEDED =
  /^(xl\/(workbook|styles|sharedStrings)\.xml|xl\/_rels\/workbook\.xml\.rels|xl\/(worksheets|comments)[^"]*\.(xml|rels)|xl\/comments\d*\.xml|\[Content_Types\]\.xml)$/i;
const OLE = [0xd0, 0xcf, 0x11, 0xe0];

export function isOldOrEncrypted(bytes: Uint8Array): boolean {
  return OLE.every((byte, at) => bytes[at] === byte);
}

export function isWorkbook(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

export function readWorkbook(bytes: Uint8Array): Workbook | { readonly unreadable: string } {
  const parts = openArchive(bytes, (name) => NEEDED.test(name));
  if ('unreadable' in parts) return parts;
  const book = xmlOf(parts, 'xl/workbook.xml');
  if (book === undefined) return { unreadable: 'is a zip but no .xlsx workbook: save it as .xlsx or .csv' };
  const targets = targetsOf(xmlOf(parts, 'xl/_rels/workbook.xml.rels'));
  const strings = childrenNamed(xmlOf(parts, 'xl/sharedStrings.xml'), 'si').map((item) => textOf(item, ['rPh']));
  const formats = formatsOf(xmlOf(parts, 'xl/styles.xml'));
  const sheets = new Map<
    string,
    {
      readonly cells: Map<string, Stored>;
      readonly comments: ReadonlyMap<string, string>;
      readonly isHidden: boolean;
      readonly merged: Merged;
    }
  >();
  let count = 0;
  for (const { attributes } of childrenNamed(childNamed(book, 'sheets'), 'sheet')) {
    const path = targets.get(attributes['r:id'] ?? attributes.id ?? '');
    const root = path === undefined ? undefined : xmlOf(parts, path);
    if (path === undefined || root === undefined) continue;
    const cells = cellsOf(root, strings, formats);
    count += cells.size;
    if (count > CELLS_LIMIT) return { unreadable: `has more than ${CELLS_LIMIT} cells: keep the tables of the capacity sheet only` };
    sheets.set(attributes.name ?? '', {
      cells,
      comments: commentsOf(parts, path),
      merged: mergedIn(root),
      isHidden: /^(hidden|veryHidden)$/.test(attributes.state ?? ''),
    });
  }
  const names = new Map(
    childrenNamed(childNamed(book, 'definedNames'), 'definedName').map((one) => [
      (one.attributes.name ?? '').toLowerCase(),
      textOf(one).trim(),
    ]),
  );
  return evaluated(sheets, names);
}

type Merged = readonly (readonly [CellAt, CellAt])[];
type StoredSheets = ReadonlyMap<
  string,
  {
    readonly cells: ReadonlyMap<string, Stored>;
    readonly comments: ReadonlyMap<string, string>;
    readonly isHidden: boolean;
    readonly merged: Merged;
  }
>;

function evaluated(sheets: StoredSheets, names: ReadonlyMap<string, string>): Workbook {
  const known = new Map<string, Result>();
  const underWay = new Set<string>();
  const byName = new Map([...sheets.keys()].map((name) => [name.toLowerCase(), name]));
  const cells: Cells = {
    named: (name) => names.get(name.toLowerCase()),
    valueAt: (given, at) => {
      const sheet = byName.get(given.toLowerCase());
      if (sheet === undefined) return { failed: `there is no sheet ${given}` };
      const place = cellName(at);
      const stored = sheets.get(sheet)!.cells.get(place);
      if (stored === undefined) return undefined;
      if (stored.isError) return { failed: `${sheet}!${place} holds ${stored.value}` };
      if (stored.formula === undefined || stored.value !== undefined) return stored.value;
      const key = `${sheet}!${place}`;
      if (known.has(key)) return known.get(key);
      if (underWay.has(key)) return { failed: `${key} refers to itself` };
      underWay.add(key);
      const result = evaluate(stored.formula, sheet, cells, underWay.size);
      underWay.delete(key);
      known.set(key, result);
      return result;
    },
  };
  const failed: Array<Workbook['failed'][number]> = [];
  const read = [...sheets].map(([name, sheet]): WorkbookSheet => {
    const shown = [...sheet.cells.values()].flatMap((stored): WorkbookCell[] => {
      const { at, formula, format, isError } = stored;
      const value = isError ? stored.value : cells.valueAt(name, at);
      if (typeof value === 'object') {
        if (formula !== undefined) failed.push({ sheet: name, at, formula, why: value.failed });
        return [];
      }
      const text = typeof value === 'number' ? shownNumber(value, format) : String(value ?? '');
      return text.trim() === '' ? [] : [{ at, text, formula, comment: sheet.comments.get(cellName(at)) }];
    });
    return { name, isHidden: sheet.isHidden, cells: shown, merged: sheet.merged };
  });
  return { sheets: read, failed };
}

function cellsOf(root: XmlElement, strings: readonly string[], formats: readonly string[]): Map<string, Stored> {
  const cells = new Map<string, Stored>();
  const shared = new Map<string, { readonly at: CellAt; readonly formula: string }>();
  for (const [rowIndex, row] of childrenNamed(childNamed(root, 'sheetData'), 'row').entries()) {
    for (const [columnIndex, cell] of childrenNamed(row, 'c').entries()) {
      const at = parseCellName(cell.attributes.r ?? '') ?? { row: Number(row.attributes.r ?? rowIndex + 1) - 1, column: columnIndex };
      const formula = formulaOf(childNamed(cell, 'f'), at, shared);
      const value = storedValue(cell, strings);
      if (value === undefined && formula === undefined) continue;
      cells.set(cellName(at), {
        at,
        value,
        formula,
        format: formats[Number(cell.attributes.s ?? 0)] ?? '',
        isError: cell.attributes.t === 'e',
      });
    }
  }
  return cells;
}

function mergedIn(root: XmlElement): Merged {
  return childrenNamed(childNamed(root, 'mergeCells'), 'mergeCell').flatMap(({ attributes: { ref = '' } }) => {
    const [from, to] = ref.split(':').map(parseCellName);
    return from === undefined || to === undefined ? [] : [[from, to] as const];
  });
}

function formulaOf(
  element: XmlElement | undefined,
  at: CellAt,
  shared: Map<string, { readonly at: CellAt; readonly formula: string }>,
): string | undefined {
  if (element === undefined) return undefined;
  const text = element.text.trim();
  const key = element.attributes.t === 'shared' ? (element.attributes.si ?? '') : undefined;
  if (key === undefined) return text === '' ? undefined : text;
  const first = shared.get(key);
  if (text !== '') {
    shared.set(key, { at, formula: text });
    return text;
  }
  return first === undefined ? undefined : movedFormula(first.formula, at.row - first.at.row, at.column - first.at.column);
}

function storedValue(cell: XmlElement, strings: readonly string[]): Value {
  const type = cell.attributes.t ?? 'n';
  if (type === 'inlineStr') return textOf(childNamed(cell, 'is'), ['rPh']);
  const written = childNamed(cell, 'v')?.text;
  if (written === undefined || written === '') return undefined;
  if (type === 's') return strings[Number(written)];
  if (type === 'b') return written === '1';
  if (type === 'n') return Number.isFinite(Number(written)) ? Number(written) : written;
  return written;
}

/** Each style's number format. */
function formatsOf(styles: XmlElement | undefined): string[] {
  const own = new Map(
    childrenNamed(childNamed(styles, 'numFmts'), 'numFmt').map(({ attributes }) => [
      Number(attributes.numFmtId),
      attributes.formatCode ?? '',
    ]),
  );
  return childrenNamed(childNamed(styles, 'cellXfs'), 'xf').map(({ attributes }) => formatOf(Number(attributes.numFmtId ?? 0), own));
}

function commentsOf(parts: Parts, sheetPath: string): ReadonlyMap<string, string> {
  const file = sheetPath.slice(sheetPath.lastIndexOf('/') + 1);
  const links = xmlOf(parts, `${sheetPath.slice(0, -file.length)}_rels/${file}.rels`);
  const comments = new Map<string, string>();
  for (const { attributes } of childrenNamed(links, 'Relationship')) {
    if (!/\/comments$/.test(attributes.Type ?? '')) continue;
    const name = (attributes.Target ?? '').replace(/^\/?(\.\.\/)*(xl\/)?/, 'xl/');
    for (const comment of childrenNamed(childNamed(xmlOf(parts, name), 'commentList'), 'comment'))
      comments.set(comment.attributes.ref ?? '', textOf(childNamed(comment, 'text')).trim());
  }
  return comments;
}

function targetsOf(links: XmlElement | undefined): ReadonlyMap<string, string> {
  return new Map(
    childrenNamed(links, 'Relationship').map(({ attributes: { Id = '', Target = '' } }) => [
      Id,
      Target.startsWith('/') ? Target.slice(1) : `xl/${Target.replace(/^\.\//, '')}`,
    ]),
  );
}

function xmlOf(parts: Parts, path: string): XmlElement | undefined {
  const bytes = parts.get(path) ?? [...parts].find(([name]) => name.toLowerCase() === path.toLowerCase())?.[1];
  return bytes === undefined ? undefined : parseXml(new TextDecoder().decode(bytes));
}
