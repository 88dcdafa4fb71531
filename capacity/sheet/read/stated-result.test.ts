import { expect, test } from 'bun:test';
import { statedResult } from './stated-result.ts';

test.each([
  ['20 B × 200 B = 4 TB', '4 TB (20 B × 200 B)'],
  ['20B / 86400 × 5 ≈ 1.16M', '1.16M (20B / 86400 × 5)'],
  ['3 × average ≈ 700 K msg/s', '700 K msg/s (3 × average)'],
  ['100e9 / (86400) => 1.16M/s', '1.16M/s (100e9 / 86400)'],
  ['4 TB = 20 B × 200 B', '4 TB (20 B × 200 B)'],
  ['1 B / 500 K', '2000 (1 B / 500 K)'],
  ['2 B * 50', '100000000000 (2 B * 50)'],
])('%s is its result', (text, result) => {
  expect(statedResult(text)).toBe(result);
});

test.each([
  '~50 TB/day',
  '10× daily mean',
  '200 B/msg',
  '5 M/s',
  '3-5 K',
  '24x7',
  '1.16M (peak)',
  '5,000 / day',
  '99.9 %',
  '2024-10-05',
  'n/a',
  '10 Gbit/s',
  '3 x',
  '4 nodes + spare',
])('%s is no calculation', (text) => {
  expect(statedResult(text)).toBe(text);
});

test('a calculation with units and without a result is no number', () => {
  expect(statedResult('20 B × 200 bytes')).toBeUndefined();
});
