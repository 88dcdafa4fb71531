/**
 * Figures from a sheet that is text: Markdown tables, CSV or TSV, and lines such as "- Peak sends: ~5 M/s (10x mean)". One number a row and
 * column; columns of several numbers (years, regions) become groups. Workbooks are for the reader of workbooks.
 */

import type { PriceList } from '../../model/prices.ts';
import { statedResult } from '../read/stated-result.ts';
import { columnKinds, isUnitTitle, labelUnder } from './column-titles.ts';
import { conceptsIn, normalised } from './concepts.ts';
import type { Figure } from './figure.ts';
import { columnsOf } from './table-columns.ts';
import { type NumberHint, readNumber } from './written-number.ts';

export interface Unread {
  readonly place: string;
  readonly text: string;
  readonly why: string;
}

export interface ReadRows {
  readonly figures: readonly Figure[];
  readonly unread: readonly Unread[];
  /** Of a workbook of this project: what its costs are made of. */
  readonly prices?: PriceList;
}

export interface Cell {
  readonly text: string;
  readonly place: string;
  readonly formula?: string;
}

export interface Table {
  readonly heading: string;
  readonly rows: readonly (readonly Cell[])[];
}

const ERROR_CELL = /^#(REF|DIV\/0|VALUE|NAME|N\/A|NUM|NULL)[!?]?/i;

export function rowsOfText(text: string, fileName: string): ReadRows {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  const tables = /\.(csv|tsv|tab)$/i.test(fileName) ? [delimitedTable(lines, fileName)] : markdownTables(lines, fileName);
  return rowsOfTables(tables);
}

/** `semicolons`: the columns were parted by them, as where commas are decimal. */
export function rowsOfTables(tables: readonly Table[], semicolons = false): ReadRows {
  const decimalComma = hasDecimalComma(tables, semicolons);
  const figures: Figure[] = [];
  const unread: Unread[] = [];
  const read = tables.map((table, at) => {
    const own: Figure[] = [];
    readTable(table, at, decimalComma, own, unread);
    return own;
  });
  figures.push(...byScenario(tables, read).flat());
  return { figures, unread };
}

const SCENARIO =
  /(19|20)\d\d|scenario|region|phase|current|today|target|optimis|pessimis|case|\b(eu|us|apac|emea)\b|szenario|heute|ziel|région|escenario|cenário|сценари|регион|シナリオ|場合|方案|场景|地区|시나리오/iu;

/** Tables that give the same rows other values are regions or years, not slips: their numbers stay apart. */
function byScenario(tables: readonly Table[], read: readonly (readonly Figure[])[]): readonly (readonly Figure[])[] {
  const apart = new Set<number>();
  const valuesOf = (at: number) => new Map(read[at]!.map((figure) => [figure.id ?? normalised(figure.label), figure.value] as const));
  for (const left of read.keys())
    for (const right of read.keys()) {
      if (left >= right) continue;
      const others = valuesOf(right);
      const repeated = [...valuesOf(left)].filter(([label]) => others.has(label));
      const different = repeated.filter(([label, value]) => Math.abs(others.get(label)! / value - 1) > 1e-6).length;
      const named =
        SCENARIO.test(tables[left]!.heading) && SCENARIO.test(tables[right]!.heading) && tables[left]!.heading !== tables[right]!.heading;
      if (different > 0 && (named || (repeated.length >= 2 && different * 2 > repeated.length))) apart.add(left).add(right);
    }
  return read.map((figures, at) =>
    apart.has(at)
      ? figures.map((figure) => ({
          ...figure,
          group: `${tables[at]!.heading} ${at + 1}${figure.group === '' ? '' : ` ${figure.group}`}`.trim(),
        }))
      : figures,
  );
}

/** 1,5 or 1.234.567 say so; else 11.600 does, when no dot of the sheet is a decimal one and no comma groups digits. */
function hasDecimalComma(tables: readonly Table[], semicolons: boolean): boolean {
  const texts = tables.flatMap((table) => table.rows.flatMap((row) => row.map((cell) => cell.text)));
  const some = (pattern: RegExp) => texts.some((text) => pattern.test(text));
  if (some(/(?<!\d[.,]?)\b\d{1,3},\d{1,2}(?!\d)/) || some(/\d\.\d{3}\.\d{3}/)) return true;
  return (
    some(semicolons ? /(?<![\d.,])\d{1,3}\.\d{3}(?![\d.,])/ : /(?<![\d.,])\d{1,3}\.\d{2}0(?![\d.,])/) &&
    !some(/\d\.(\d{1,2}|\d{4,})(?!\d)/) &&
    !some(/\d,\d{3}(?!\d)/)
  );
}

function readTable(table: Table, number: number, decimalComma: boolean, figures: Figure[], unread: Unread[]): void {
  const upright = isWide(table) ? transposed(table) : table;
  const [first] = upright.rows;
  if (first === undefined) return;
  const columns = columnsOf(upright.rows, (text, label) => numberIn(text, label, decimalComma));
  const { hasHeader, label: labelAt, id: idAt, unit: unitAt, values: valueAt, low, high } = columns;
  const rows = hasHeader ? upright.rows.slice(1) : upright.rows;
  const header = hasHeader ? first : undefined;
  const kinds = columnKinds(valueAt.map((at) => columns.titles[at]!));
  for (const [line, row] of rows.entries()) {
    const label = (row[labelAt]?.text ?? '').trim();
    if (label === '') continue;
    const unit = unitAt < 0 ? '' : unitSaid(row[unitAt]?.text.trim() ?? '');
    const isNoted = (at: number) => ![labelAt, low, high, unitAt, idAt, ...valueAt].includes(at) && at > labelAt;
    const notes = row.flatMap((cell, at) => (isNoted(at) && cell.text.trim() !== '' ? [cell.text.trim()] : []));
    const section = row.slice(0, labelAt).flatMap((cell, at) => (at === idAt ? [] : [cell.text.trim()]));
    const id = idAt < 0 ? '' : (row[idAt]?.text.trim() ?? '');
    for (const [place, at] of valueAt.entries()) {
      const cell = row[at];
      if (cell === undefined || cell.text.trim() === '') continue;
      const title = header?.[at]?.text.trim() ?? '';
      const group = valueAt.length > 1 && kinds[place] === 'group' ? title || String(at) : '';
      const unitOfHeader = isUnitTitle(title) ? title : (/[([]([^)\]]+)[)\]]/.exec(title)?.[1] ?? '');
      const figure = figureOf(
        labelUnder(kinds[place]!, label, title),
        cell,
        unit === '' ? unitOfHeader : unit,
        notes,
        [...section, table.heading].join(' ').trim(),
        group,
        decimalComma,
      );
      const bounds =
        low === undefined || high === undefined || at !== valueAt[0]
          ? []
          : [low, high].map((end) => figureOf(label, row[end] ?? cell, unit, [], '', '', decimalComma)?.value);
      const [least, most] = bounds;
      const within = figure !== undefined && least !== undefined && most !== undefined && least <= figure.value && figure.value <= most;
      if (figure !== undefined)
        figures.push({
          ...figure,
          ...(within ? { low: Math.min(least, figure.low), high: Math.max(most, figure.high), bounds: [least, most] } : {}),
          ...(id === '' ? {} : { id }),
          table: number,
          line,
          column: at,
          ...(kinds[place] === 'qualifier' || kinds[place] === 'attribute' ? { name: label } : {}),
          ...(kinds[place] === 'attribute' ? { isAttribute: true as const } : {}),
        });
      else if (/\d/.test(cell.text) || ERROR_CELL.test(cell.text))
        unread.push({
          place: cell.place,
          text: cell.text.trim(),
          why: ERROR_CELL.test(cell.text) ? 'the cell holds an error' : 'not read as a number',
        });
    }
  }
}

/** "1", "-" and "n/a" in a column of units say that there is none. */
function unitSaid(unit: string): string {
  return /^(1|[-–—]|n\/?a|none|ratio|#)$/i.test(unit) ? '' : unit;
}

function figureOf(
  label: string,
  cell: Cell,
  unit: string,
  notes: readonly string[],
  heading: string,
  group: string,
  decimalComma: boolean,
): Figure | undefined {
  const inLabel = /\(([^()]*)\)\s*$/.exec(label)?.[1] ?? '';
  const text = statedResult(cell.text);
  if (text === undefined) return undefined;
  const bare = readNumber(text, hintOf(label, decimalComma));
  if (bare === undefined) return undefined;
  let number = bare;
  let unitText = bare.unitText;
  if (!bare.hasUnit) {
    // The unit of the column, of the row, or in the label's parentheses.
    const said = unit !== '' ? unit : isUnit(inLabel) ? inLabel : '';
    if (said !== '') {
      const written = `${text.slice(0, text.length - text.trimStart().length + bare.length)} ${said}`;
      const together = readNumber(written, { bytes: hintOf(label, decimalComma).bytes || saysBytes(said, label), decimalComma });
      if (together !== undefined && together.length >= written.trim().length - 1) number = together;
      unitText = number.unitText === '' ? said : number.unitText;
    }
  }
  const rest = text.slice(bare.length).trim();
  return {
    ...number,
    place: cell.place,
    row: cell.place,
    label: /\d/.test(inLabel) ? label.slice(0, label.lastIndexOf('(')).trim() : label,
    context: heading,
    text: unit !== '' && !bare.hasUnit ? `${shownText(cell.text)} ${unit}` : shownText(cell.text),
    unitText,
    notes: [...notes, ...(rest === '' ? [] : [rest]), ...(/\d/.test(inLabel) ? [inLabel] : [])],
    fromNote: false,
    group,
    ...(cell.formula === undefined ? {} : { formula: cell.formula }),
  };
}

/** A computed cell has all its digits: people are shown six. */
function shownText(text: string): string {
  return text.trim().replace(/\d+e-?\d+/g, (number) => String(Number(Number(number).toPrecision(6))));
}

/** A column of units says "B" for bytes; in a row of users or of messages a day it says billions. */
function saysBytes(unit: string, label: string): boolean {
  if (!/^b(ytes?)?(\/|\s|$)/i.test(unit)) return false;
  const concepts = new Set(conceptsIn(label).concepts.map((one) => one.concept));
  const isRate = concepts.has('per') && (concepts.has('day') || concepts.has('second') || concepts.has('month'));
  return !(
    unit === 'B' &&
    !concepts.has('byte') &&
    (concepts.has('user') || concepts.has('connection') || (concepts.has('message') && isRate))
  );
}

function isUnit(text: string): boolean {
  if (text === '' || /\d/.test(text)) return false;
  const read = readNumber(`1 ${text}`, { bytes: true, decimalComma: false });
  return read?.hasUnit === true && read.length >= `1 ${text}`.length - 1;
}

function hintOf(label: string, decimalComma: boolean): NumberHint {
  const concepts = new Set(conceptsIn(label).concepts.map((one) => one.concept));
  const bytes =
    concepts.has('size') || concepts.has('byte') || concepts.has('memory') || (concepts.has('memoryOrStorage') && concepts.has('per'));
  return { bytes, decimalComma };
}

function numberIn(text: string, label: string, decimalComma: boolean): number | undefined {
  const number = readNumber(text, hintOf(label, decimalComma));
  if (number === undefined) return undefined;
  // A sentence that begins with a number, and a sum, are notes.
  const rest = text.slice(number.length).trim();
  return rest.length > 25 || (!/^[([（]/.test(rest) && /\d|^[×x*÷/=:+]|^of\b/.test(rest)) ? undefined : number.value;
}

/** Labels across the top and one or two rows of numbers below. */
function isWide(table: Table): boolean {
  const [first, ...others] = table.rows;
  if (first === undefined || first.length < 4 || others.length === 0 || others.length > 3) return false;
  // "Traffic | per day | peak": what the rows' names go on with.
  const kinds = columnKinds(first.slice(1).map(({ text }) => normalised(text)));
  if (kinds.every((kind) => kind === 'qualifier' || kind === 'count' || kind === 'unit')) return false;
  const known = first.filter((cell) => conceptsIn(cell.text).concepts.length > 0).length;
  const numbers = others[0]!.filter((cell) => numberIn(cell.text, '', false) !== undefined).length;
  return known >= first.length * 0.6 && numbers >= first.length * 0.5;
}

function transposed(table: Table): Table {
  const width = Math.max(...table.rows.map((row) => row.length));
  return {
    heading: table.heading,
    rows: Array.from({ length: width }, (_, at) => table.rows.map((row) => row[at] ?? { text: '', place: '' })),
  };
}

function markdownTables(lines: readonly string[], fileName: string): readonly Table[] {
  const tables: Table[] = [];
  let heading = '';
  let rows: Cell[][] = [];
  let prose: Cell[][] = [];
  const close = () => {
    if (rows.length > 0) tables.push({ heading, rows });
    if (prose.length > 0) tables.push({ heading, rows: prose });
    rows = [];
    prose = [];
  };
  for (const [at, line] of lines.entries()) {
    const place = (column: number) => `${fileName}:${at + 1}${column > 0 ? `:${column + 1}` : ''}`;
    if (/^\s*#{1,6}\s/.test(line)) {
      close();
      heading = line.replace(/^\s*#+\s*/, '').trim();
    } else if (line.includes('|') && /\|.*\||^\s*\|/.test(line)) {
      if (prose.length > 0) close();
      if (/^\s*\|?[\s:|-]+\|?\s*$/.test(line)) continue;
      const cells = line
        .trim()
        .replace(/^\|/, '')
        .replace(/\|$/, '')
        .split(/(?<!\\)\|/);
      rows.push(cells.map((cell, column) => ({ text: plain(cell), place: place(column) })));
    } else {
      if (rows.length > 0) close();
      const [label, value, ...notes] = saidIn(plain(line)) ?? [];
      if (label !== undefined && value !== undefined) prose.push([label, value, ...notes].map((text) => ({ text, place: place(0) })));
    }
  }
  close();
  return tables;
}

/** "- Peak sends: ~5 M/s (10x mean)"; "Gateway count~2 K1 B / 500 K", a table whose cells were pasted together. */
function saidIn(line: string): readonly string[] | undefined {
  const said = /^\s*(?:[-*•+]|\d+[.)])?\s*([^:=：]{3,60}?)\s*(?::\s|=|：|\s[–—]\s)\s*(.*\d.*)$/u.exec(line);
  if (said !== null) return readNumber(said[2]!, hintOf(said[1]!, false)) === undefined ? undefined : [said[1]!, said[2]!];
  const glued = /^([^~\d|:=.]{3,50})(~\d[\d.,]*\s?(?:[KMGTPE]B(?:\/(?:day|month|year|s))?|[KMBT])?)(.*)$/u.exec(line);
  return glued === null ? undefined : [glued[1]!, glued[2]!, glued[3]!];
}

function plain(cell: string): string {
  return cell
    .replace(/\*\*|__|`/g, '')
    .replace(/^\s*\*(.*)\*\s*$/, '$1')
    .replaceAll('\\|', '|')
    .trim();
}

function delimitedTable(lines: readonly string[], fileName: string): Table {
  const text = lines.join('\n');
  const first = lines.find((line) => line.trim() !== '') ?? '';
  const separator = [';', '\t', ','].map((one) => [one, first.split(one).length] as const).sort((a, b) => b[1] - a[1])[0]![0];
  const rows: Cell[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let start = 1;
  const endRow = () => {
    row.push(cell);
    if (row.some((one) => one.trim() !== ''))
      rows.push(row.map((one, at) => ({ text: one.trim(), place: `${fileName}:${String.fromCharCode(65 + (at % 26))}${start}` })));
    row = [];
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (quoted) {
      if (letter === '"' && text[at + 1] === '"') {
        cell += '"';
        at++;
      } else if (letter === '"') quoted = false;
      else cell += letter;
      if (letter === '\n') line++;
    } else if (letter === '"' && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (letter === separator) {
      row.push(cell);
      cell = '';
    } else if (letter === '\n') {
      endRow();
      line++;
      start = line;
    } else cell += letter;
  }
  endRow();
  return { heading: '', rows };
}
