import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { checkFigures } from '../check/check-figures.ts';
import { CLEAN_SHEETS } from '../check/clean-sheets.harness.ts';
import { rowsOfText } from '../check/plain-rows.ts';
import { FIGURES_LIMIT, readSheet } from './read-sheet.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function figuresOf(text: string | Uint8Array, name = 'sheet.md') {
  const read = readSheet(typeof text === 'string' ? bytesOf(text) : text, name);
  if ('unreadable' in read) throw new Error(read.unreadable);
  return read.figures;
}

const valuesOf = (text: string | Uint8Array, name?: string) =>
  Object.fromEntries(figuresOf(text, name).map(({ label, value }) => [label, Number(value.toPrecision(6))]));

const SOURCE = {
  'Daily active users': 2e9,
  'Messages/day': 100e9,
  'Peak send/s': 5e6,
  'Concurrent connections': 1e9,
  'Connections per gateway': 500e3,
  'Gateway count': 2e3,
  'Storage growth': Number((50e12 / 86_400).toPrecision(6)),
};

const GLUED = `Capacity Estimation

MetricValueNotes
Daily active users~2 BWhatsApp scale
Messages/day~100 B~50 per DAU
Peak send/s~5 M10× daily mean
Concurrent connections~1 Bonline users
Connections per gateway~500 Ktuned Linux box
Gateway count~2 K1 B / 500 K
Storage growth~50 TB/day200 B/msg compressed
`;

test('the source document’s table is read from its pasted text, with and without its tildes', () => {
  expect(valuesOf(GLUED, 'paste.txt')).toEqual(SOURCE);
  expect(valuesOf(GLUED.replaceAll('~', ''), 'paste.txt')).toEqual(SOURCE);
});

test('the notes of pasted text stay with their rows', () => {
  const notes = Object.fromEntries(figuresOf(GLUED, 'paste.txt').map(({ label, notes }) => [label, notes.join(' ')]));
  expect(notes['Peak send/s']).toBe('10× daily mean');
  expect(notes['Gateway count']).toBe('1 B / 500 K');
  expect(notes['Storage growth']).toBe('200 B/msg compressed');
});

test.each([
  [
    'columns held apart by blanks',
    'Metric               Value    Notes\nDaily active users   2 B      world\nMessages/day         100 B    50 per DAU\n',
  ],
  ['columns held apart by tabs', 'Metric\tValue\nDaily active users\t2 B\nMessages/day\t100 B\n'],
  [
    'a drawn frame',
    '+------+------+\n| Metric | Value |\n+------+------+\n| Daily active users | 2 B |\n| Messages/day | 100 B |\n+------+------+\n',
  ],
  [
    'a frame of lines',
    '┌──────┬────┐\n│ Metric │ Value │\n├──────┼────┤\n│ Daily active users │ 2 B │\n│ Messages/day │ 100 B │\n└──────┴────┘\n',
  ],
  ['bullets with the name first', '- Daily active users: 2 B\n- Messages/day: 100 B\n'],
  ['bullets with the number first', '- 2 B Daily active users\n- 100 B Messages/day\n'],
  ['bullets that are sentences', '• Daily active users are about 2 B\n• Messages/day is 100 B\n'],
])('%s are rows', (_, text) => {
  expect(valuesOf(text, 'sheet.txt')).toMatchObject({ 'Daily active users': 2e9, 'Messages/day': 100e9 });
});

const utf16 = (text: string, mark: boolean) =>
  new Uint8Array([
    ...(mark ? [0xff, 0xfe] : []),
    ...[...text].flatMap((letter) => [letter.charCodeAt(0) & 255, letter.charCodeAt(0) >> 8]),
  ]);

test('a text in UTF-16, with its mark and without, and in an 8-bit code page is read', () => {
  const csv = 'Metric;Value\nDaily active users;2 B\nMessages/day;100 B\n';
  for (const bytes of [utf16(csv, true), utf16(csv, false)])
    expect(valuesOf(bytes, 'a.csv')).toEqual({ 'Daily active users': 2e9, 'Messages/day': 100e9 });
  const western = new Uint8Array([...bytesOf('Gr'), 0xf6, 0xdf, ...bytesOf('e der Nachricht;200 Byte\nNachrichten pro Tag;3,5 Mio.\n')]);
  expect(valuesOf(western, 'a.csv')).toEqual({ 'Größe der Nachricht': 200, 'Nachrichten pro Tag': 3.5e6 });
});

test.each<[Uint8Array, string, RegExp]>([
  [new Uint8Array(), 'a.xlsx', /^is empty$/],
  [bytesOf(' \n\t'), 'a.csv', /^is empty$/],
  [new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), 'a.xlsx', /password/],
  [bytesOf('%PDF-1.7 …'), 'a.xlsx', /PDF/],
  [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]), 'a.xlsx', /picture/],
  [bytesOf('<!doctype html><p>1'), 'a.xls', /HTML/],
  [new Uint8Array([1, 2, 0, 3, 0, 0, 9]), 'a.csv', /neither text nor a workbook/],
  [bytesOf('PK\u0003\u0004 cut short'), 'a.xlsx', /damaged/],
  [bytesOf('Nothing to count here.\n'), 'a.md', /no row with a label and a number/],
])('what is no sheet is told what to do: %#', (bytes, name, message) => {
  const read = readSheet(bytes, name);
  expect('unreadable' in read ? read.unreadable : '').toMatch(message);
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom('a.xlsx', 'a.csv', 'a.md', 'a.txt'), (bytes, name) => {
      readSheet(bytes, name);
      readSheet(new Uint8Array([0x50, 0x4b, 3, 4, ...bytes]), name);
    }),
    { numRuns: 150 },
  );
});

test('no text makes it throw', () => {
  const word = fc.constantFrom(
    '~',
    '5',
    ' ',
    'M',
    'B',
    '/day',
    '|',
    '\n',
    '- ',
    ': ',
    '10^9',
    '%',
    '#',
    '(',
    ')',
    ';',
    ',',
    '"',
    '=',
    'Messages',
    '億',
    '×',
    '²',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), fc.constantFrom('a.csv', 'a.md', 'a.txt'), (words, name) => {
      readSheet(bytesOf(words.join('')), name);
    }),
    { numRuns: 300 },
  );
});

test.each(Object.entries(CLEAN_SHEETS))('%s: a clean sheet gives the same rows from its bytes, and no finding', (name, text) => {
  const file = /semicolons|commas/.test(name) ? 'sheet.csv' : 'sheet.md';
  const figures = figuresOf(text.trimStart(), file);
  const direct = rowsOfText(text.trimStart(), file).figures;
  expect(figures.map(({ label, value }) => `${label} ${value.toPrecision(9)}`)).toEqual(
    direct.map(({ label, value }) => `${label} ${value.toPrecision(9)}`),
  );
  expect(checkFigures(figures).findings).toEqual([]);
});

test('formulas of a CSV are evaluated, over what was typed as text too', () => {
  const csv = 'metric,value\nDAU,500 M\nMessages per user,40\nMessages/day,=B2*B3\nCircle,=B5+1\nLost,=#REF!*2\n';
  const read = readSheet(bytesOf(csv), 'a.csv');
  expect('unreadable' in read ? [] : read.figures.map(({ value, place }) => [place, value])).toEqual([
    ['a.csv:B2', 500e6],
    ['a.csv:B3', 40],
    ['a.csv:B4', 20e9],
  ]);
  expect('unreadable' in read ? [] : read.unread.map(({ place, why }) => [place, why])).toEqual([
    ['a.csv:B5', 'B5 refers to itself'],
    ['a.csv:B6', expect.stringContaining('error')],
  ]);
});

test('several tables of a CSV, one below the other, each with its heading', () => {
  const csv =
    'Traffic,,\nMetric,Value,Unit\nDAU,500,M\nMessages/day,20,B\n,,\nStorage,,\nMetric,Value,Unit\nMessage size,200,bytes\nStorage per day,4,TB\n';
  expect(valuesOf(csv, 'a.csv')).toMatchObject({ DAU: 500e6, 'Messages/day': 20e9, 'Message size': 200 });
});

test('sentences are rows where a text has nothing else', () => {
  const prose =
    'We have 500 million daily active users. Each user sends 40 messages per day, which makes 20 billion messages per day.\n' +
    'The average message size is 200 bytes, so we store 4 TB per day.\nAt peak we see 1.16 million messages per second.\n';
  expect(valuesOf(prose, 'plan.txt')).toEqual({
    'daily active users': 500e6,
    'messages per user per day': 40,
    'messages per day': 20e9,
    'average message size': 200,
    'storage per day': Number((4e12 / 86_400).toPrecision(6)),
    'peak messages per second': 1.16e6,
  });
  expect(checkFigures(figuresOf(prose, 'plan.txt')).findings).toEqual([]);
});

test('of a sheet with more figures than can be held against each other the first are, and the rest is said not to be', () => {
  const lines = Array.from({ length: FIGURES_LIMIT + 5 }, (_, at) => `row of name ${String.fromCharCode(97 + (at % 26))},${at + 1}`);
  const read = readSheet(bytesOf(['Metric,Value', ...lines].join('\n')), 'a.csv');
  if ('unreadable' in read) throw new Error(read.unreadable);
  expect(read.figures).toHaveLength(FIGURES_LIMIT);
  expect(read.unread).toEqual([
    { place: `a.csv:B${FIGURES_LIMIT + 2}`, text: String(FIGURES_LIMIT + 1), why: expect.stringContaining('5 figures are not checked') },
  ]);
});
