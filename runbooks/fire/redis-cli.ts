/** Debian's redis-cli for a runbook's block, unpacked without being installed, with the libraries that few machines have. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianFolder } from '../../infra/verify/debian-program.ts';

const LIBRARIES = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/** Writes FOLDER/redis-cli. */
export async function putRedisCli(folder: string): Promise<void> {
  const unpacked = (name: string, file: string) => debianFolder({ package: name, file }, console.error);
  const program = join(await unpacked('redis-tools', 'usr/bin/redis-cli'), 'usr/bin/redis-cli');
  const compression = join(await unpacked('liblzf1', `${LIBRARIES}/liblzf.so.1`), LIBRARIES);
  const allocator = join(await unpacked('libjemalloc2', `${LIBRARIES}/libjemalloc.so.2`), LIBRARIES);
  const script = `#!/bin/sh\nLD_LIBRARY_PATH="${compression}:${allocator}" exec ${program} "$@"\n`;
  writeFileSync(join(folder, 'redis-cli'), script, { mode: 0o755 });
}
