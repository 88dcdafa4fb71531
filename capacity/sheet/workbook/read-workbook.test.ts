import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { cellName, parseCellName } from './cell-address.ts';
import { evaluate, type Result } from './evaluate.ts';
import { shownNumber } from './number-format.ts';
import { isOldOrEncrypted, readWorkbook, type Workbook } from './read-workbook.ts';
import { movedFormula } from './shared-formula.ts';
import { cell, madeWorkbook, row } from './workbook.harness.ts';

function read(bytes: Uint8Array): Workbook {
  const book = readWorkbook(bytes);
  if ('unreadable' in book) throw new Error(book.unreadable);
  return book;
}

function texts(bytes: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    read(bytes).sheets.flatMap(({ name, cells }) => cells.map(({ at, text }) => [`${name}!${cellName(at)}`, text])),
  );
}

const nothing = { valueAt: (): Result => undefined, named: () => undefined };
const valueOfFormula = (formula: string) => evaluate(formula, 'S', nothing);

test('cells of every kind come back as they are seen, with formula and comment', () => {
  const rows = row(1, cell('A1', 'Messages/day'), cell('B1', 1e11), cell('C1', 0.35, undefined, 1), cell('D1', 50, undefined, 2));
  const bytes = madeWorkbook([{ name: 'My sheet', rows, comments: { B1: '50 per user' } }], {}, ['0.0%', '0" TB/day"']);
  expect(texts(bytes)).toEqual({
    'My sheet!A1': 'Messages/day',
    'My sheet!B1': '100000000000',
    'My sheet!C1': '35%',
    'My sheet!D1': '50 TB/day',
  });
  expect(read(bytes).sheets[0]!.cells[1]!.comment).toBe('50 per user');
});

test('a formula whose value was not saved is evaluated over cells, other sheets, ranges and names', () => {
  const inputs = row(1, cell('A1', 2e9), cell('B1', 50)) + row(2, cell('A2', 1), cell('B2', 2)) + row(3, cell('A3', 'x'), cell('B3', 4));
  const rows =
    row(1, cell('A1', undefined, "Inputs!A1*'Inputs'!B1/86400"), cell('B1', undefined, 'ROUND(A1/1000000,2)*peak')) +
    row(2, cell('A2', undefined, 'SUM(Inputs!A1:B3)-Inputs!A1'), cell('B2', undefined, 'IF(B1>=10,"large",1/0)'));
  const bytes = madeWorkbook(
    [
      { name: 'Inputs', rows: inputs },
      { name: 'Plan', rows },
    ],
    { peak: '10' },
  );
  expect(texts(bytes)).toMatchObject({ 'Plan!A1': '115740740740741e-8', 'Plan!B1': '116e-1', 'Plan!A2': '57', 'Plan!B2': 'large' });
});

test('a value that was saved is taken as it is, also where the formula is not known', () => {
  expect(texts(madeWorkbook([{ name: 'S', rows: row(1, cell('A1', 7, 'WEBSERVICE("x")')) }]))).toEqual({ 'S!A1': '7' });
});

test('formulas that share one text move with their cells', () => {
  const rows =
    row(1, cell('A1', 1), '<c r="B1"><f t="shared" ref="B1:B2" si="0">A1*$A$1+10</f></c>') +
    row(2, cell('A2', 5), '<c r="B2"><f t="shared" si="0"/></c>');
  expect(texts(madeWorkbook([{ name: 'S', rows }]))).toMatchObject({ 'S!B1': '11', 'S!B2': '15' });
  expect(movedFormula('SUM(A$1:$B2)&"A1"&LOG10(C3)', 1, 1)).toBe('SUM(B$1:$B3)&"A1"&LOG10(D4)');
});

test.each([
  ['A1+1', 'S!A1 refers to itself'],
  ['1/0', 'a division by zero'],
  ['#REF!*2', 'holds an error'],
  ['VLOOKUP(1,C1:D2,2)', 'VLOOKUP is not known here'],
  ['Nowhere!A1', 'there is no sheet Nowhere'],
  ['nosuchname*2', 'there is no name nosuchname'],
  ['"abc"*2', 'where a number belongs'],
])('a formula that has no value is told with its cell and reason: %s', (formula, reason) => {
  const { failed, sheets } = read(madeWorkbook([{ name: 'S', rows: row(1, cell('A1', undefined, formula), cell('B1', 3)) }]));
  expect(failed).toHaveLength(1);
  expect([failed[0]!.sheet, cellName(failed[0]!.at)]).toEqual(['S', 'A1']);
  expect(failed[0]!.why).toContain(reason);
  expect(sheets[0]!.cells.map(({ text }) => text)).toEqual(['3']);
});

test.each<[string, Result]>([
  ['2+3*4^2/8-1', 7],
  ['-2^2', 4],
  ['50%*10', 5],
  ['(1+2)*3', 9],
  ['MAX(1;2,3)-MIN(4,5)', -1],
  ['ROUNDUP(2.1,0)+ROUNDDOWN(-2.9,0)+ROUND(1234,-2)', 1201],
  ['CEILING(7,5)+FLOOR(7,5)+INT(-1.5)+MOD(-1,3)', 15],
  ['IFERROR(1/0,9)', 9],
  ['IF(FALSE,1/0,2)', 2],
  ['AND(1<2,"a"<"b",1<>2)', true],
  ['"a"&1', 'a1'],
  ['POWER(10,3)*SQRT(16)', 4_000],
])('%s is %p', (formula, value) => {
  expect(valueOfFormula(formula)).toEqual(value);
});

test('numbers keep their digits and show no sign that a locale could read another way', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-12, max: 1e20 }), (value) => {
      const text = shownNumber(value, '');
      expect(text).toMatch(/^\d+(e-?\d+)?$/);
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(value * 1e-14);
    }),
  );
  expect(shownNumber(5_000_000, '#,##0.0,,"M"')).toBe('5 M');
  expect(shownNumber(1_234.5, '[$$-409]#,##0.00')).toBe('$12345e-1');
});

test('names of cells are read back', () => {
  fc.assert(
    fc.property(fc.nat(1_048_575), fc.nat(16_383), (line, column) => {
      expect(parseCellName(cellName({ row: line, column }))).toEqual({ row: line, column });
    }),
  );
});

test('what is no workbook, is encrypted, or unpacks to more than can be is said so', () => {
  const told = (bytes: Uint8Array) => (readWorkbook(bytes) as { unreadable?: string }).unreadable;
  expect(told(zipSync({ 'word/document.xml': new Uint8Array(3) }))).toContain('no .xlsx workbook');
  expect(told(new Uint8Array([0x50, 0x4b, 3, 4, 9, 9]))).toContain('damaged zip');
  expect(told(zipSync({ 'xl/workbook.xml': new Uint8Array(65 * 1024 * 1024) }))).toContain('unpacks to more');
  expect(told(zipSync({ 'xl/workbook.xml': new TextEncoder().encode('<!DOCTYPE a [<!ENTITY b "c">]><workbook/>') }))).toContain('no .xlsx');
  expect(isOldOrEncrypted(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1))).toBe(true);
});

test('no bytes and no formula make it throw', () => {
  const good = madeWorkbook([{ name: 'S', rows: row(1, cell('A1', undefined, '1+2'), cell('B1', 'x')) }], { n: 'S!A1' }, ['0%']);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const bytes = good.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      readWorkbook(bytes);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom('1', 'A1', 'A1:B2', '+', '*', '(', ')', ',', '%', '^', 'SUM', 'IF', 'IFERROR', '"', '!', "'", 'x', '>=', ' '),
      ),
      (words) => {
        evaluate(words.join(''), 'S', nothing);
        movedFormula(words.join(''), 1, 1);
      },
    ),
    { numRuns: 500 },
  );
});
