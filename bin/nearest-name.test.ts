import { describe, expect, test } from 'bun:test';
import { nearestName } from './nearest-name.ts';

const NAMES = ['start', 'check', 'gateway', 'hold', 'chat', 'report', 'bench', 'test'];

describe('the nearest name', () => {
  test.each([
    ['strat', 'start'],
    ['gatway', 'gateway'],
    ['tets', 'test'],
    ['chekc', 'check'],
    ['rep', 'report'],
  ])('of %s is %s', (word, name) => {
    expect(nearestName(word, NAMES)).toBe(name);
  });

  test('is undefined for a word unlike all of them', () => {
    expect(nearestName('kubernetes', NAMES)).toBeUndefined();
  });
});
