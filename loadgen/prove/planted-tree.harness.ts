/** A copy of the project's sources with edits in it, in a folder of its own, from which a box can be started. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Edit } from './planted-bugs.harness.ts';

const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const COPIED = ['services', 'capacity', 'loadgen', 'bin', 'parley.ts', 'package.json', 'tsconfig.json'];

export interface PlantedTree {
  gatewayCommand(flags: readonly string[]): string[];
  remove(): void;
}

export function plantedTree(edits: readonly Edit[]): PlantedTree {
  const folder = mkdtempSync(join(tmpdir(), 'parley-planted-'));
  for (const name of COPIED) if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  try {
    for (const [file, source] of editedFiles(edits)) writeFileSync(join(folder, file), source);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    gatewayCommand: (flags) => [process.execPath, join(folder, 'parley.ts'), 'gateway', ...flags],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The files that the edits touch, as they are with them. Throws when one does not fit. */
export function editedFiles(edits: readonly Edit[]): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const source = sources.get(file) ?? readFileSync(join(ROOT, file), 'utf8');
    const times = source.split(find).length - 1;
    if (times !== 1) throw new Error(`${file}: what is to be replaced stands there ${times} times: ${find}`);
    sources.set(
      file,
      source.replace(find, () => replace),
    );
  }
  return sources;
}
