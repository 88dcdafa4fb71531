import { expect, test } from 'bun:test';
import { PLANTED_BUGS } from './planted-bugs.harness.ts';
import { plantedTree } from './planted-tree.harness.ts';

test('every planted bug fits the sources as they are, and no two have one name', () => {
  for (const bug of PLANTED_BUGS) plantedTree(bug.edits).remove();
  expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length);
});
