/**
 * A Redis that speaks TLS, which the wheel's Valkey does not: the one on the PATH, or Debian's, unpacked beside the other
 * servers without being installed. Where neither can be had it says so; nothing falls back to an open port.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { BackendError } from '../runtime/backend-error.ts';
import { locate } from '../runtime/tools.ts';

/** The server stands in redis-tools; the other two are libraries that few machines have. */
const DEBIAN_PACKAGES = ['redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2'];

/** Its program, whether it is there or not. */
export function redisWithTls(directory: string): string {
  return locate('redis') ?? join(unpackedIn(directory), 'redis-server');
}

/** Not while another fetches into the same directory. */
export async function fetchRedisWithTls(directory: string, say: (line: string) => void): Promise<void> {
  if (locate('redis') !== undefined || existsSync(unpackedIn(directory))) return;
  say('fetching redis from Debian (the wheel’s Valkey has no TLS)');
  await unpack(unpackedIn(directory));
}

function unpackedIn(directory: string): string {
  return join(directory, 'redis-debian');
}

async function unpack(folder: string): Promise<void> {
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const run = $({ cwd: work, quiet: true, nothrow: true });
  let ending = await run`apt-get download -q ${DEBIAN_PACKAGES}`;
  if (ending.exitCode !== 0 && process.getuid?.() === 0) {
    // A bare machine has no lists of packages yet.
    await run`apt-get update -q`;
    ending = await run`apt-get download -q ${DEBIAN_PACKAGES}`;
  }
  const archives = readdirSync(work).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) {
    if (ending.exitCode === 0) ending = await run`dpkg -x ${archive} .`;
    rmSync(join(work, archive));
  }
  if (ending.exitCode !== 0 || archives.length < DEBIAN_PACKAGES.length) {
    const why = ending.stderr.trim().split('\n')[0] ?? '';
    throw new BackendError(
      'missing',
      `a Redis with TLS is not on the PATH, and Debian's could not be fetched (${why}): apt-get install redis-server, or leave out --secure`,
      false,
    );
  }
  const libraries = join('usr', 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  writeFileSync(
    join(work, 'redis-server'),
    `#!/bin/sh\nhere="$(dirname "$0")"\nLD_LIBRARY_PATH="$here/${libraries}" exec "$here/usr/bin/redis-server" "$@"\n`,
    { mode: 0o755 },
  );
  renameSync(work, folder);
}
