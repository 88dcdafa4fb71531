/**
 * A directory belongs to one process at a time. The lock is a file with the process's id and start time, so that one who was
 * killed leaves nothing behind that holds, and an id that was given out again holds nothing either.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { BackendError } from './backend-error.ts';

const LOOK_MS = 200;

export function lockDirectory(path: string): { release(): void } {
  const own = ownerOf(process.pid)!;
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readFileSync(path, 'utf8');
    if (attempt > 0 || holder === ownerOf(Number(holder.split(' ')[0]))) {
      throw new BackendError('inUse', `${path} is held by process ${holder.split(' ')[0]}`, true);
    }
    rmSync(path, { force: true });
  }
}

/** Waits while another has it; after `waitMs` it rejects as lockDirectory throws. */
export async function lockWhenFree(path: string, waitMs: number): Promise<{ release(): void }> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    try {
      return lockDirectory(path);
    } catch (error) {
      if (!(error instanceof BackendError) || performance.now() > untilMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Id and start time in clock ticks since boot (field 22 of /proc/pid/stat, counted after the name); undefined when gone. */
export function ownerOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
