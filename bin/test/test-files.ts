/** Which test files there are and which of them a run takes. `*.slow.test.ts` need minutes or the machine for themselves. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NOT_OURS = new Set(['node_modules', 'runs', '.parley', '.git']);

export interface TestFiles {
  readonly quick: readonly string[];
  readonly slow: readonly string[];
}

/** Paths relative to the root, sorted. With words, only paths that contain one of them. */
export function findTestFiles(root: string, words: readonly string[]): TestFiles {
  const paths = filesBelow(root, '').filter(
    (path) => path.endsWith('.test.ts') && (words.length === 0 || words.some((word) => path.includes(word))),
  );
  paths.sort();
  return { quick: paths.filter((path) => !isSlow(path)), slow: paths.filter(isSlow) };
}

export function isSlow(path: string): boolean {
  return path.endsWith('.slow.test.ts');
}

function filesBelow(root: string, folder: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) paths.push(...filesBelow(root, path));
    else if (entry.isFile()) paths.push(path);
  }
  return paths;
}
