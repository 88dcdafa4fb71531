import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { checkFigures } from '../check/check-figures.ts';
import { cell, type MadeSheet, madeWorkbook, row } from '../workbook/workbook.harness.ts';
import { readSheet } from './read-sheet.ts';

/** Rows from the top left: a text, a number, or `=formula` without a saved value. */
function rowsOf(table: ReadonlyArray<readonly (string | number)[]>, firstRow = 1): string {
  return table
    .map((cells, at) =>
      row(
        firstRow + at,
        ...cells.flatMap((value, column) => {
          if (value === '') return [];
          const place = `${String.fromCharCode(65 + column)}${firstRow + at}`;
          return [typeof value === 'string' && value.startsWith('=') ? cell(place, undefined, value.slice(1)) : cell(place, value)];
        }),
      ),
    )
    .join('');
}

function read(sheets: readonly MadeSheet[], names: Readonly<Record<string, string>> = {}, formats: readonly string[] = []) {
  const rows = readSheet(madeWorkbook(sheets, names, formats), 'plan.xlsx');
  if ('unreadable' in rows) throw new Error(rows.unreadable);
  return rows;
}

const valuesOf = (...given: Parameters<typeof read>) =>
  Object.fromEntries(
    read(...given).figures.map(({ label, group, value }) => [group === '' ? label : `${label} ${group}`, Number(value.toPrecision(9))]),
  );

test('the source document’s table as a workbook: two contradictions, at their cells', () => {
  const rows = rowsOf([
    ['Metric', 'Value', 'Notes'],
    ['Daily active users', '~2 B', 'WhatsApp scale'],
    ['Messages/day', '~100 B', '~50 per DAU'],
    ['Peak send/s', '~5 M', '10× daily mean'],
    ['Concurrent connections', '~1 B', 'online users'],
    ['Connections per gateway', '~500 K', 'tuned Linux box'],
    ['Gateway count', '~2 K', '1 B / 500 K'],
    ['Storage growth', '~50 TB/day', '200 B/msg compressed'],
  ]);
  const { findings } = checkFigures(read([{ name: 'Capacity', rows }]).figures);
  expect(findings.map(({ diagnosis }) => diagnosis!.suspect.claim.figure.place)).toEqual([
    'plan.xlsx:Capacity!B4',
    'plan.xlsx:Capacity!B8',
  ]);
});

test('live formulas over sheets and names, without one saved value', () => {
  const inputs = rowsOf([
    ['DAU', 500e6],
    ['Messages per user per day', 40],
    ['Peak factor', 3],
  ]);
  const plan = rowsOf([
    ['Messages per day', "=Inputs!B1*'Inputs'!B2"],
    ['Average messages per second', '=B1/SecondsPerDay'],
    ['Peak messages per second', '=ROUND(B2*Peak,-3)'],
    ['Lost', '=#REF!*2'],
    ['Circle', '=B6'],
    ['Back', '=B5'],
    ['Deep', `=${'('.repeat(4_000)}1${')'.repeat(4_000)}`],
  ]);
  const rows = read(
    [
      { name: 'Inputs', rows: inputs },
      { name: 'Plan', rows: plan },
    ],
    { Peak: 'Inputs!$B$3', SecondsPerDay: '24*60*60' },
  );
  expect(Object.fromEntries(rows.figures.map(({ label, value }) => [label, Math.round(value * 1_000) / 1_000]))).toMatchObject({
    'Messages per day': 20e9,
    'Average messages per second': Math.round((20e9 / 86_400) * 1_000) / 1_000,
    'Peak messages per second': 694_000,
  });
  expect(rows.unread.map(({ place }) => place)).toEqual(
    expect.arrayContaining(['plan.xlsx:Plan!B4', 'plan.xlsx:Plan!B5', 'plan.xlsx:Plan!B6']),
  );
  expect(checkFigures(rows.figures).findings).toEqual([]);
});

test('a header that is merged over its columns, a section merged over its rows', () => {
  const rows = rowsOf([
    ['Area', 'Metric', '2025', '', '2026', ''],
    ['', '', 'EU', 'US', 'EU', 'US'],
    ['Traffic', 'DAU', 100e6, 200e6, 150e6, 300e6],
    ['', 'Messages per user per day', 40, 40, 50, 50],
    ['', 'Messages per day', 4e9, 8e9, 7.5e9, 15e9],
  ]);
  const sheet = { name: 'Plan', rows, merged: ['C1:D1', 'E1:F1', 'A1:A2', 'B1:B2', 'A3:A5'] };
  expect(valuesOf([sheet])).toMatchObject({ 'DAU EU 2025': 100e6, 'DAU US 2026': 300e6, 'Messages per day EU 2026': 7.5e9 });
  const { figures } = read([sheet]);
  expect(figures.every(({ context }) => context.includes('Traffic'))).toBe(true);
  expect(checkFigures(figures).findings).toEqual([]);
});

test('labels that are merged over two columns, and a title over all', () => {
  const rows = rowsOf([
    ['Capacity plan', '', ''],
    ['Metric', '', 'Value'],
    ['DAU', '', '500 M'],
    ['Messages/day', '', '20 B'],
  ]);
  expect(valuesOf([{ name: 'Plan', rows, merged: ['A1:C1', 'A2:B2', 'A3:B3', 'A4:B4'] }])).toEqual({ DAU: 500e6, 'Messages/day': 20e9 });
});

test('labels across the top and the numbers below', () => {
  const rows = rowsOf([
    ['DAU', 'Messages per user per day', 'Messages per day', 'Message size', 'Storage per day'],
    ['500 M', '40', '20 B', '200 bytes', '4 TB'],
  ]);
  expect(valuesOf([{ name: 'Plan', rows }])).toMatchObject({ DAU: 500e6, 'Messages per day': 20e9, 'Message size': 200 });
});

test('two tables beside each other, and one below, each with its columns', () => {
  const rows = rowsOf([
    ['Metric', 'Value', '', 'Item', 'Count'],
    ['DAU', 500e6, '', 'Gateways', 600],
    ['Messages per day', 20e9, '', 'Brokers', 30],
    [''],
    ['Name', 'Value', 'Unit'],
    ['Message size', 200, 'bytes'],
    ['Storage per day', 4, 'TB'],
  ]);
  const values = valuesOf([{ name: 'Plan', rows }]);
  expect(values).toMatchObject({ DAU: 500e6, Gateways: 600, Brokers: 30, 'Message size': 200 });
});

test('what a format shows: millions cut, units and currencies in it, percentages', () => {
  const rows = [
    row(1, cell('A1', 'DAU'), cell('B1', 500e6, undefined, 1)),
    row(2, cell('A2', 'Message size'), cell('B2', 200, undefined, 2)),
    row(3, cell('A3', 'Share online'), cell('B3', 0.3, undefined, 3)),
    row(4, cell('A4', 'Cost per month'), cell('B4', 12_000, undefined, 4)),
  ].join('');
  const { figures } = read([{ name: 'Plan', rows }], {}, ['0.0,,"M"', '0" bytes"', '0%', '[$$-409]#,##0']);
  expect(figures.map(({ value, measure }) => [value, measure.bytes, measure.dollars])).toEqual([
    [500e6, 0, 0],
    [200, 1, 0],
    [0.3, 0, 0],
    [12_000, 0, 1],
  ]);
});

test('numbers typed as text in the writing of a country', () => {
  const rows = rowsOf([
    ['Kennzahl', 'Wert'],
    ['Nutzer pro Tag', '500.000.000'],
    ['Nachrichten pro Tag', '20 Mrd.'],
    ['Nachrichten pro Sekunde', '231.500'],
    ['Spitzenfaktor', '2,5'],
  ]);
  expect(valuesOf([{ name: 'Plan', rows }])).toEqual({
    'Nutzer pro Tag': 500e6,
    'Nachrichten pro Tag': 20e9,
    'Nachrichten pro Sekunde': 231_500,
    Spitzenfaktor: 2.5,
  });
});

test('a comment on a cell is a note of its row', () => {
  const rows = rowsOf([
    ['Metric', 'Value'],
    ['Messages/day', '100 B'],
    ['Peak sends/s', '5 M'],
  ]);
  const { figures } = read([{ name: 'Plan', rows, comments: { B3: '10× daily mean' } }]);
  expect(figures.find(({ label }) => label === 'Peak sends/s')!.notes.join()).toContain('10× daily mean');
});

test('a zip that unpacks to gigabytes is refused before it is unpacked', () => {
  const bomb = zipSync({ 'xl/workbook.xml': new Uint8Array(80 * 1024 * 1024), '[Content_Types].xml': new Uint8Array(1) });
  const rows = readSheet(bomb, 'bomb.xlsx');
  expect('unreadable' in rows ? rows.unreadable : '').toContain('unpacks to more than');
});

test('a workbook with any byte changed is read or refused, never thrown', () => {
  const whole = madeWorkbook([
    {
      name: 'Plan',
      rows: rowsOf([
        ['DAU', '500 M'],
        ['Messages/day', '=B1*40'],
      ]),
      comments: { A1: 'x' },
    },
  ]);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at] = value;
      readSheet(bytes, 'a.xlsx');
    }),
    { numRuns: 150 },
  );
});
