/**
 * The one way from a file's bytes to the figures of a sheet: what kind of file it is by what is in it (its name only breaks ties), its text
 * in one notation, its tables, its rows. Bounded; what can't be read is told in words that follow the file's name, never thrown.
 */
import { ownPrices } from '../check/own-prices.ts';
import { type Cell, type ReadRows, rowsOfTables, rowsOfText, type Table } from '../check/plain-rows.ts';
import { tablesOfWorkbook } from '../check/workbook-tables.ts';
import { isOldOrEncrypted, isWorkbook, readWorkbook } from '../workbook/read-workbook.ts';
import { decodeText } from './decode-text.ts';
import { delimitedSheet } from './delimited-sheet.ts';
import { plainNotation } from './plain-notation.ts';
import { proseRows } from './prose.ts';
import { spreadText } from './spread-text.ts';

export interface Unreadable {
  /** Follows the file's name: "is empty". */
  readonly unreadable: string;
}

/** Larger ones are exports of data, not a capacity sheet. */
const FILE_BYTES_LIMIT = 32 * 1024 * 1024;
const TEXT_LIMIT = 4 * 1024 * 1024;
const LONGEST_CELL = 4_000;
const LONGEST_LINE = 20_000;
/** Rows that are held against each other; the work grows with a power of them, and no sheet of a capacity has so many. */
export const FIGURES_LIMIT = 600;

export function readSheet(bytes: Uint8Array, fileName: string): ReadRows | Unreadable {
  const read = rowsOf(bytes, fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1));
  if ('unreadable' in read) return read;
  if (read.figures.length > FIGURES_LIMIT) return withinLimit(read);
  if (read.figures.length > 0) return read;
  const [first] = read.unread;
  return {
    unreadable: `has no row with a label and a number${first === undefined ? '' : `; ${first.place} "${first.text}": ${first.why}`}`,
  };
}

function withinLimit({ figures, unread, ...more }: ReadRows): ReadRows {
  const { place, text } = figures[FIGURES_LIMIT]!;
  const why = `from here on ${figures.length - FIGURES_LIMIT} figures are not checked: a sheet has at most ${FIGURES_LIMIT}; keep the tables of the capacity sheet only`;
  return { figures: figures.slice(0, FIGURES_LIMIT), unread: [...unread, { place, text, why }], ...more };
}

function rowsOf(bytes: Uint8Array, name: string): ReadRows | Unreadable {
  if (bytes.length === 0) return { unreadable: 'is empty' };
  if (bytes.length > FILE_BYTES_LIMIT)
    return { unreadable: `is larger than ${FILE_BYTES_LIMIT / 1024 / 1024} MiB: keep the tables of the capacity sheet only` };
  if (isOldOrEncrypted(bytes)) return { unreadable: 'is a workbook with a password, or an old .xls: save it without a password as .xlsx' };
  if (isWorkbook(bytes)) return rowsOfWorkbook(bytes, name);
  const other = otherFormat(bytes);
  if (other !== undefined) return { unreadable: `is ${other}: save or copy its table as .xlsx, .csv or .md` };
  return rowsOfPlain(bytes, name);
}

function rowsOfWorkbook(bytes: Uint8Array, name: string): ReadRows | Unreadable {
  const book = readWorkbook(bytes);
  if ('unreadable' in book) return book;
  const { tables, unread } = tablesOfWorkbook(book, name);
  const rows = rowsOfTables(tables.map(inPlainNotation));
  const prices = ownPrices(book);
  return { figures: rows.figures, unread: [...unread, ...rows.unread], ...(prices === undefined ? {} : { prices }) };
}

function inPlainNotation({ heading, rows }: Table): Table {
  const plain = (cell: Cell): Cell => ({ ...cell, text: plainNotation(cell.text.slice(0, LONGEST_CELL)) });
  return { heading, rows: rows.map((row) => row.map(plain)) };
}

function rowsOfPlain(bytes: Uint8Array, name: string): ReadRows | Unreadable {
  const text = decodeText(bytes);
  if (typeof text !== 'string') return text;
  if (text.trim() === '') return { unreadable: 'is empty' };
  if (text.length > TEXT_LIMIT)
    return { unreadable: `has more than ${TEXT_LIMIT / 1024 / 1024} million characters: keep the tables of the capacity sheet only` };
  const unixText = text.replace(/\r\n?/g, '\n');
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (/^(csv|tsv|tab)$/.test(extension)) return rowsOfDelimited(unixText, name);
  const lines = unixText.split('\n').map((line) => plainNotation(line.slice(0, LONGEST_LINE)));
  const rows = rowsOfText(spreadText(lines).join('\n'), name);
  return rows.figures.length > 1 ? rows : ofProse(lines, name, rows);
}

function ofProse(lines: readonly string[], name: string, other: ReadRows): ReadRows {
  const said = proseRows(lines).map(({ line, label, value }) =>
    [label, value].map((text): Cell => ({ text, place: `${name}:${line + 1}` })),
  );
  const rows = rowsOfTables([{ heading: '', rows: said }]);
  return rows.figures.length > other.figures.length ? { figures: rows.figures, unread: [...other.unread, ...rows.unread] } : other;
}

function rowsOfDelimited(text: string, name: string): ReadRows {
  const { tables, unread } = tablesOfWorkbook(delimitedSheet(text), name);
  // The only sheet has no name.
  const placed = <Placed extends { readonly place: string }>(one: Placed): Placed => ({
    ...one,
    place: one.place.replace(`${name}:!`, `${name}:`),
  });
  const [first = ''] = text.split('\n');
  const semicolons = first.split(';').length > first.split(',').length;
  const rows = rowsOfTables(
    tables.map((table) => ({ ...table, rows: table.rows.map((row) => row.map(placed)) })),
    semicolons,
  );
  return { figures: rows.figures, unread: [...unread.map(placed), ...rows.unread] };
}

/** What people take for a sheet by its name. */
function otherFormat(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 512));
  if (start.startsWith('%PDF-')) return 'a PDF';
  if (start.startsWith('{\\rtf')) return 'a document of a word processor';
  if (/^\x89PNG|^\xff\xd8\xff|^GIF8/.test(start)) return 'a picture';
  if (start.startsWith('\x1f\x8b')) return 'packed with gzip';
  if (/^\s*(?:<!doctype html|<html|<\?xml)/i.test(start)) return 'a page or document in HTML or XML';
  return undefined;
}
