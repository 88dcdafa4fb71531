/** The process behind a port of this machine, by the kernel's tables: for its processor time. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENS = '0A';

/** Undefined where it is on another machine, or may not be seen. */
export function processListeningOn(port: number): number | undefined {
  const sockets = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTENS && Number.parseInt(local!.split(':')[1]!, 16) === port) sockets.add(`socket:[${inode}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const file of readdirSync(`/proc/${pid}/fd`)) if (sockets.has(readlinkSync(`/proc/${pid}/fd/${file}`))) return Number(pid);
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  return undefined;
}

/** Options of a Java process, without its class path. */
export function javaOptions(pid: number): string {
  return read(`/proc/${pid}/cmdline`)
    .split('\0')
    .filter((word) => /^-X/.test(word))
    .join(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
