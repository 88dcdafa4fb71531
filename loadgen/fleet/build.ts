/**
 * What coordinator and workers must have in common: the version, the runtime, and the sources that a run hangs on, since two
 * trees of one version may say different things. Results of two builds are never mixed.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Build {
  readonly parley: string;
  readonly bun: string;
  /** Of the sources that are not tests, twelve hexadecimal digits. */
  readonly sources: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['capacity', 'loadgen', 'services/protocol', 'services/runtime'];
const SOURCE = /(?<!\.(test|harness|contract|arbitrary))\.ts$/;

export function ownBuild(root = ROOT): Build {
  const hash = createHash('sha256');
  for (const folder of FOLDERS)
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (SOURCE.test(file)) hash.update(`${folder}/${file}\0`).update(readFileSync(join(root, folder, file)));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { parley: version, bun: process.versions.bun ?? 'none', sources: hash.digest('hex').slice(0, 12) };
}

/** What differs, in words; undefined when nothing does. */
export function differenceOf(coordinator: Build, worker: Build | undefined): string | undefined {
  const names: ReadonlyArray<readonly [keyof Build, string]> = [
    ['parley', 'parley'],
    ['bun', 'Bun'],
    ['sources', 'sources'],
  ];
  for (const [key, name] of names)
    if (coordinator[key] !== worker?.[key])
      return `it has ${name} ${worker?.[key] ?? 'unknown'}, the coordinator ${name} ${coordinator[key]}`;
  return undefined;
}
