import { describe, expect, test } from 'bun:test';
import { CELL_STACKS } from '../cell-stacks.ts';
import { ENVIRONMENTS, pinned, sampleCell } from '../sources.harness.ts';
import { findings, RULES, subjectOf } from './check.ts';
import { findingText } from './finding.ts';

describe('the policy', () => {
  for (const name of ENVIRONMENTS) {
    test(`finds nothing in the stacks of ${name}`, () => {
      const { cell, environment: open } = sampleCell(name);
      const environment = pinned(open);
      const objects = CELL_STACKS.flatMap(({ contents }) => contents(cell, environment).objects);
      expect(findings(subjectOf(objects, cell, environment)).map(findingText)).toEqual([]);
    });
  }

  test('every rule has a name of its own and says what goes wrong without it', () => {
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
    for (const { why } of RULES) expect(why.length).toBeGreaterThan(40);
  });
});
