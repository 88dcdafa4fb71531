import { expect, test } from 'bun:test';
import { PLANTED_BUGS } from './planted-bugs.harness.ts';
import { editedFiles } from './planted-tree.harness.ts';

test('every planted bug fits the sources as they are, and no two have one name', () => {
  for (const bug of PLANTED_BUGS) expect(editedFiles(bug.edits).size).toBeGreaterThan(0);
  expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length);
});
