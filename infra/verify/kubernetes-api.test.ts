import { expect, test } from 'bun:test';
import { warningsOf } from './kubernetes-api.ts';

test('several warnings in one header are told apart, quotes in them kept', () => {
  expect(warningsOf('299 - "policy/v1beta1 is deprecated, use policy/v1", 299 - "field \\"a\\" is old"')).toEqual([
    'policy/v1beta1 is deprecated, use policy/v1',
    'field "a" is old',
  ]);
  expect(warningsOf(null)).toEqual([]);
});
