import { expect, test } from 'bun:test';
import { checkFigures } from './check-figures.ts';
import { rowsOfText } from './plain-rows.ts';

const ROWS = [
  ['Monthly cost gateways (USD)', '100,000', '200,000', '50,000', '350,000'],
  ['Monthly cost Kafka (USD)', '10,000', '20,000', '5,000', '35,000'],
  ['Monthly cost Cassandra (USD)', '40,000', '60,000', '30,000', '130,000'],
  ['Gateway nodes', '12', '24', '6', '42'],
];

function findingsOf(rows: readonly (readonly string[])[], title = 'Total') {
  const lines = [['Row', 'EU', 'US', 'APAC', title], ['---', '---', '---', '---', '---'], ...rows];
  const text = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return checkFigures(rowsOfText(text, 'sheet.md').figures).findings.map(({ diagnosis }) => diagnosis?.suspect.claim.figure.place);
}

function changed(row: number, column: number, text: string): string[][] {
  return ROWS.map((cells, at) => cells.map((cell, place) => (at === row && place === column ? text : cell)));
}

test('a column of totals that its rows keep to is no finding', () => {
  expect(findingsOf(ROWS)).toEqual([]);
});

test.each(['Total', 'Summe', '合计'])('the one row that does not keep to the column "%s" is found at its total', (title) => {
  expect(findingsOf(changed(2, 4, '180,000'), title)).toEqual(['sheet.md:5:5']);
});

test('where two rows of four do not keep to it, the column is something else and nothing is said', () => {
  const other = changed(2, 4, '180,000').map((cells, at) => (at === 0 ? [...cells.slice(0, 4), '900,000'] : cells));
  expect(findingsOf(other)).toEqual([]);
});

test('a row of which a part is missing is not judged', () => {
  expect(findingsOf(changed(2, 1, 'n/a').map((cells, at) => (at === 2 ? [...cells.slice(0, 4), '130,000'] : cells)))).toEqual([]);
});

test('a total of something is a quantity of its own', () => {
  expect(findingsOf(changed(2, 4, '180,000'), 'Total connections')).toEqual([]);
});
