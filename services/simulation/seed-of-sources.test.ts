import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedOfSources } from './seed-of-sources.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-seed-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the same sources give the same seed; a changed, new or renamed one gives another, other files do not', () => {
  mkdirSync(join(root, 'inner'));
  writeFileSync(join(root, 'a.ts'), 'one');
  writeFileSync(join(root, 'inner', 'b.ts'), 'two');
  const seeds = [seedOfSources(root)];
  expect(seedOfSources(root)).toBe(seeds[0]!);
  writeFileSync(join(root, 'notes.md'), 'three');
  expect(seedOfSources(root)).toBe(seeds[0]!);
  writeFileSync(join(root, 'inner', 'b.ts'), 'four');
  seeds.push(seedOfSources(root));
  writeFileSync(join(root, 'c.ts'), '');
  seeds.push(seedOfSources(root));
  renameSync(join(root, 'c.ts'), join(root, 'd.ts'));
  seeds.push(seedOfSources(root));
  expect(new Set(seeds).size).toBe(4);
});
