import { expect, test } from 'bun:test';
import { readWorkbook, type Workbook } from '../workbook/read-workbook.ts';
import { cell, madeWorkbook, row } from '../workbook/workbook.harness.ts';
import { checkFigures } from './check-figures.ts';
import { rowsOfTables } from './plain-rows.ts';
import { tablesOfWorkbook } from './workbook-tables.ts';

function checked(bytes: Uint8Array) {
  const { tables, unread } = tablesOfWorkbook(readWorkbook(bytes) as Workbook, 'sheet.xlsx');
  const rows = rowsOfTables(tables);
  const { findings } = checkFigures(rows.figures, {});
  return { tables, unread: [...unread, ...rows.unread], figures: rows.figures, findings };
}

const SOURCE: readonly (readonly [label: string, value: number | string, note: string])[] = [
  ['Daily active users', '~2 B', 'WhatsApp scale'],
  ['Messages/day', '~100 B', '~50 per DAU'],
  ['Peak send/s', '~5 M', '10× daily mean'],
  ['Concurrent connections', '~1 B', 'online users'],
  ['Connections per gateway', '~500 K', 'tuned Linux box'],
  ['Gateway count', '~2 K', '1 B / 500 K'],
  ['Storage growth', '~50 TB/day', '200 B/msg compressed'],
];

test('the source document’s table as a workbook has its two contradictions, each with its cell', () => {
  const rows = row(1, cell('A1', 'Capacity Estimation')) + row(3, cell('B3', 'Metric'), cell('C3', 'Value'), cell('D3', 'Notes'));
  const body = SOURCE.map(([label, value, note], at) =>
    row(at + 4, cell(`B${at + 4}`, label), cell(`C${at + 4}`, value), cell(`D${at + 4}`, note)),
  );
  const { findings, unread } = checked(madeWorkbook([{ name: 'Estimate', rows: rows + body.join('') }]));
  expect(unread).toEqual([]);
  const texts = findings.map((finding) => JSON.stringify(finding));
  expect(texts).toHaveLength(2);
  expect(texts.some((text) => text.includes('sheet.xlsx:Estimate!C6'))).toBe(true);
  expect(texts.some((text) => text.includes('sheet.xlsx:Estimate!C10'))).toBe(true);
});

test('live formulas over a sheet of inputs, units in a column of their own, comments: a clean workbook has no finding', () => {
  const inputs =
    row(1, cell('A1', 'Input'), cell('B1', 'Value'), cell('C1', 'Unit')) +
    row(2, cell('A2', 'Daily active users'), cell('B2', 2e9), cell('C2', 'users')) +
    row(3, cell('A3', 'Messages per user per day'), cell('B3', 50), cell('C3', 'messages')) +
    row(4, cell('A4', 'Peak factor'), cell('B4', 4.32), cell('C4', '×')) +
    row(5, cell('A5', 'Bytes per message'), cell('B5', 200), cell('C5', 'B'));
  const derived =
    row(1, cell('A1', 'Derived'), cell('B1', 'Value'), cell('C1', 'Unit')) +
    row(2, cell('A2', 'Messages per day'), cell('B2', undefined, 'Inputs!B2*Inputs!B3'), cell('C2', 'messages/day')) +
    row(3, cell('A3', 'Mean sends'), cell('B3', undefined, 'B2/86400'), cell('C3', 'messages/s')) +
    row(4, cell('A4', 'Peak sends'), cell('B4', undefined, 'B3*Inputs!B4'), cell('C4', 'messages/s')) +
    row(5, cell('A5', 'Storage per day'), cell('B5', undefined, 'B2*Inputs!B5/10^12'), cell('C5', 'TB/day'));
  const sheets = (rows: string) => [
    { name: 'Inputs', rows: inputs, comments: { B2: 'of the annual report' } },
    { name: 'Derived', rows },
  ];
  const clean = checked(madeWorkbook(sheets(derived)));
  expect(clean.unread).toEqual([]);
  expect(clean.figures).toHaveLength(8);
  expect(clean.findings).toEqual([]);
  // A thousand too much, as by a factor of another unit.
  expect(checked(madeWorkbook(sheets(derived.replace('10^12', '10^9')))).findings).toHaveLength(1);
});

test('two tables side by side and one below an empty row are tables of their own, a lone text is their heading', () => {
  const rows =
    row(1, cell('A1', 'Edge'), cell('E1', 'Store')) +
    row(2, cell('A2', 'Gateways'), cell('B2', 2000), cell('E2', 'Nodes'), cell('F2', 300)) +
    row(3, cell('A3', 'Cores'), cell('B3', 16), cell('E3', 'Cores'), cell('F3', 32)) +
    row(5, cell('A5', 'Memory'), cell('B5', 64));
  const { tables } = checked(madeWorkbook([{ name: 'S', rows }]));
  expect(tables.map(({ heading, rows: all }) => [heading, all.map((one) => one.map(({ text }) => text).join('|'))])).toEqual([
    ['Edge', ['Gateways|2000', 'Cores|16', 'Memory|64']],
    ['Store', ['Nodes|300', 'Cores|32']],
  ]);
});

test('a cell with an error is told, and everything else is still read', () => {
  const rows =
    row(1, cell('A1', 'Messages/day'), cell('B1', 1e11)) +
    row(2, cell('A2', 'Peak send/s'), '<c r="B2" t="e"><f>B1*#REF!</f><v>#REF!</v></c>') +
    row(3, cell('A3', 'Gateways'), cell('B3', undefined, 'B2/2'));
  const { unread, figures } = checked(madeWorkbook([{ name: 'S', rows }]));
  expect(figures.map(({ label }) => label)).toEqual(['Messages/day']);
  expect(unread.map(({ place }) => place).sort()).toEqual(['sheet.xlsx:S!B2', 'sheet.xlsx:S!B3']);
});

test('without a header the column behind the figures is notes, also where they begin with numbers', () => {
  const rows = SOURCE.map(([label, value, note], at) =>
    row(at + 1, cell(`A${at + 1}`, label), cell(`B${at + 1}`, value), cell(`C${at + 1}`, note)),
  );
  expect(checked(madeWorkbook([{ name: 'S', rows: rows.join('') }])).findings).toHaveLength(2);
});
