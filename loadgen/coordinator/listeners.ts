/** Which process listens on a port of this machine: from the kernel's table of sockets and the files of each process. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/**
 * Process ids by port; a port that nobody listens on, or whose process is another user's, is left out. `without`: names of
 * processes that are not looked at, such as those that hold a hundred thousand connections.
 */
export function listenersOf(ports: readonly number[], without: ReadonlySet<string> = new Set()): ReadonlyMap<number, number> {
  const portOfInode = new Map<string, number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of linesOf(table)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const port = Number.parseInt(local?.slice(local.lastIndexOf(':') + 1) ?? '', 16);
      if (state === LISTEN && inode !== undefined && ports.includes(port)) portOfInode.set(`socket:[${inode}]`, port);
    }
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (found.size === ports.length) break;
    const pid = Number(name);
    if (!Number.isInteger(pid) || without.has(nameOf(pid))) continue;
    for (const link of filesOf(pid)) {
      const port = portOfInode.get(link);
      if (port !== undefined) found.set(port, pid);
    }
  }
  return found;
}

function linesOf(table: string): string[] {
  try {
    return readFileSync(table, 'utf8').split('\n').slice(1);
  } catch {
    // A kernel without this family.
    return [];
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function filesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((file) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${file}`)];
      } catch {
        return [];
      }
    });
  } catch {
    // Ended meanwhile, or another user's.
    return [];
  }
}
