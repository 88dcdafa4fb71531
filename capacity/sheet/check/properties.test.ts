/** What must hold for any sheet: one that is computed is clean, whatever its numbers, its units and the order of its rows. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { checkFigures } from './check-figures.ts';
import { rowsOfText } from './plain-rows.ts';
import { digitsOf, spreadOf } from './rounding.ts';

const inputs = fc.record({
  users: fc.integer({ min: 100_000, max: 3_000_000_000 }),
  each: fc.integer({ min: 5, max: 120 }),
  peak: fc.integer({ min: 2, max: 12 }),
  online: fc.integer({ min: 5, max: 60 }),
  perGateway: fc.integer({ min: 20, max: 1_000 }).map((thousands) => thousands * 1_000),
  body: fc.integer({ min: 50, max: 2_000 }),
  replicas: fc.integer({ min: 2, max: 5 }),
  days: fc.integer({ min: 7, max: 3_650 }),
});
type Inputs = typeof inputs extends fc.Arbitrary<infer T> ? T : never;

const rounded = (value: number, digits: number) => String(Number(value.toPrecision(digits)));

function rowsOf(of: Inputs, digits: number): string[][] {
  const perDay = of.users * of.each;
  const connections = (of.users * of.online) / 100;
  const grown = perDay * of.body;
  return [
    ['Daily active users', rounded(of.users, digits)],
    ['Messages per user per day', String(of.each)],
    ['Messages per day', rounded(perDay, digits)],
    ['Average messages per second', rounded(perDay / 86_400, digits)],
    ['Peak factor', String(of.peak)],
    ['Peak messages per second', rounded((perDay / 86_400) * of.peak, digits)],
    ['Online share', `${of.online} %`],
    ['Concurrent connections', rounded(connections, digits)],
    ['Connections per gateway', String(of.perGateway)],
    ['Gateways', String(Math.ceil(connections / of.perGateway))],
    ['Message size', `${of.body} bytes`],
    ['Logical storage per day', `${rounded(grown, digits)} bytes`],
    ['Replication factor', String(of.replicas)],
    ['Replicated storage per day', `${rounded(grown * of.replicas, digits)} bytes`],
    ['Retention', `${of.days} days`],
    ['Total replicated storage', `${rounded(grown * of.replicas * of.days, digits)} bytes`],
  ];
}

const sheet = (rows: readonly (readonly string[])[]) =>
  `| Metric | Value |\n|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`;
const findings = (text: string) => checkFigures(rowsOfText(text, 'sheet.md').figures).findings;

test('a sheet that is computed has no contradiction, rounded to two digits or to six', () => {
  fc.assert(
    fc.property(inputs, fc.integer({ min: 2, max: 6 }), (of, digits) => {
      expect(findings(sheet(rowsOf(of, digits)))).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('the order of the rows changes nothing', () => {
  fc.assert(
    fc.property(
      inputs.chain((of) => fc.tuple(fc.constant(of), fc.shuffledSubarray(rowsOf(of, 4), { minLength: 16 }))),
      ([, rows]) => {
        expect(findings(sheet(rows))).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

test('a rate may be written per second, minute, hour or day: the findings are the same', () => {
  const times = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
  fc.assert(
    fc.property(inputs, fc.constantFrom(...Object.keys(times)), fc.constantFrom(1, 60), (of, time, slip) => {
      const perSecond = ((of.users * of.each) / 86_400) * slip;
      const text = sheet([
        ['DAU', String(of.users)],
        ['Messages per user per day', String(of.each)],
        [`Average messages per ${time}`, rounded(perSecond * times[time as keyof typeof times], 5)],
      ]);
      expect(findings(text).length).toBe(slip === 1 ? 0 : 1);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('logical bytes with a replication factor and bytes as measured on disk agree; replicas counted twice do not', () => {
  fc.assert(
    fc.property(inputs, (of) => {
      const rows = (times: number) => [
        ...rowsOf(of, 5).filter(([label]) => !/Total|Replicated/.test(label!)),
        ['Replicated storage per day', `${rounded(of.users * of.each * of.body * of.replicas ** times, 5)} bytes`],
      ];
      expect(findings(sheet(rows(1)))).toEqual([]);
      expect(findings(sheet(rows(2))).length).toBe(1);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('what is written lies within its own rounding, and its inputs within it', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), fc.integer({ min: 1, max: 8 }), fc.boolean(), (value, digits, rough) => {
      const written = Number(value.toPrecision(digits));
      const spread = spreadOf(written, digitsOf(written), rough);
      expect(spread.low).toBeLessThanOrEqual(spread.inputLow);
      expect(spread.inputHigh).toBeLessThanOrEqual(spread.high);
      // What was rounded to it is in it.
      expect(value).toBeGreaterThanOrEqual(spread.low * (1 - 1e-9));
      expect(value).toBeLessThanOrEqual(spread.high * (1 + 1e-9));
    }),
  );
}, 60_000);
