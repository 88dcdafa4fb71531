/**
 * A seed that the sources decide. A test that drew its seeds from the clock would pass on a commit today and fail on it
 * tomorrow, so that a red run says nothing of the change that it is red on; with this one a commit has one answer, and each
 * change of the sources brings other schedules. Seeds nobody has seen are what `npm run simulate` is for.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const SEEDS = 1_000_000_000;

/** Of all files of TypeScript below a directory: their names and contents. */
export function seedOfSources(directory: string): number {
  const hash = createHash('sha256');
  for (const file of sourcesOf(directory)) {
    hash.update(relative(directory, file));
    hash.update('\0');
    hash.update(readFileSync(file));
    hash.update('\0');
  }
  return hash.digest().readUInt32LE(0) % SEEDS;
}

function sourcesOf(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
