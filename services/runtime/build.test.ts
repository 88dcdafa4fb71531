/** Two trees of one version are two builds, and a box says all that its processes were started from. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildsOfBox, buildOf } from './build.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-build-'));
  for (const folder of ['capacity', 'services/edge']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "version": "1.2.3" }');
  writeFileSync(join(root, 'services/edge/main.ts'), 'one');
});
afterAll(() => rmSync(root, { recursive: true }));

test('a source that changed is another build, a test that changed is not', () => {
  const before = buildOf(['services'], root);
  expect(before).toMatchObject({ parley: '1.2.3', sources: expect.stringMatching(/^[0-9a-f]{12}$/) });
  writeFileSync(join(root, 'services/edge/main.test.ts'), 'a test');
  expect(buildOf(['services'], root)).toEqual(before);
  writeFileSync(join(root, 'services/edge/other.ts'), 'two');
  expect(buildOf(['services'], root).sources).not.toBe(before.sources);
});

test('a box whose files are replaced says so from the next process that it starts, and goes on to when they are put back', () => {
  const builds = new BuildsOfBox(root);
  builds.look();
  const [first, ...none] = builds.said.sources;
  expect(none).toEqual([]);
  writeFileSync(join(root, 'services/edge/main.ts'), 'another');
  expect(builds.said.sources).toEqual([first!]);
  builds.look();
  const both = builds.said.sources;
  expect(both).toHaveLength(2);
  writeFileSync(join(root, 'services/edge/main.ts'), 'one');
  builds.look();
  expect(builds.said.sources).toEqual(both);
});
