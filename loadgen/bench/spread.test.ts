import { expect, test } from 'bun:test';
import { spreadOf } from './spread.ts';

test('a spread is the median with the least and the most', () => {
  expect(spreadOf([5, 1, 9])).toEqual({ median: 5, least: 1, most: 9, repeats: 3 });
});

test('of an even number the median lies between the two in the middle', () => {
  expect(spreadOf([4, 1, 2, 100])).toEqual({ median: 3, least: 1, most: 100, repeats: 4 });
});

test('one repeat is its own median, and none is nothing', () => {
  expect(spreadOf([7])).toEqual({ median: 7, least: 7, most: 7, repeats: 1 });
  expect(spreadOf([])).toBeUndefined();
});

test('the values handed in stay in their order', () => {
  const values = [3, 1, 2];
  spreadOf(values);
  expect(values).toEqual([3, 1, 2]);
});
