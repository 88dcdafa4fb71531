/** A program out of one of Debian's packages, unpacked into the cache without being installed. One on the PATH is taken first. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { $ } from 'zx';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { cacheDirectory } from './programs.ts';

export interface DebianProgram {
  readonly package: string;
  /** In the package: `usr/bin/promtool`. */
  readonly file: string;
}

/** Its path; fetched where neither the PATH nor the cache has it. */
export async function debianProgram(wanted: DebianProgram, say: (line: string) => void, cache = cacheDirectory()): Promise<string> {
  return Bun.which(basename(wanted.file)) ?? join(await debianFolder(wanted, say, cache), wanted.file);
}

/** The package's files, from the cache or fetched into it. `file`: one that must be in it. */
export async function debianFolder(wanted: DebianProgram, say: (line: string) => void, cache = cacheDirectory()): Promise<string> {
  const folder = join(cache, 'debian', wanted.package);
  if (!existsSync(join(folder, wanted.file))) await unpack(wanted, folder, say);
  return folder;
}

async function unpack({ package: name, file }: DebianProgram, folder: string, say: (line: string) => void): Promise<void> {
  say(`fetching ${name} from Debian`);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const run = $({ cwd: work, quiet: true, nothrow: true });
    let ending = await run`apt-get download -q ${name}`;
    if (ending.exitCode !== 0 && process.getuid?.() === 0) {
      // A bare machine has no lists of packages yet.
      await run`apt-get update -q`;
      ending = await run`apt-get download -q ${name}`;
    }
    const archive = readdirSync(work).find((entry) => entry.endsWith('.deb'));
    if (archive !== undefined) ending = await run`dpkg -x ${archive} .`;
    if (archive === undefined || !existsSync(join(work, file))) {
      const why = ending.stderr.trim().split('\n')[0] ?? '';
      throw new BackendError('notFetched', `Debian's ${name} could not be fetched (${why}): apt-get install ${name}`, true);
    }
    rmSync(join(work, archive));
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
