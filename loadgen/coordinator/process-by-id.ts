/** A process that somebody else started, with as much of a child's handle as it takes to end it and see it end. */
import { isRunning } from './running.ts';

/** What is needed of a process that was started, here or elsewhere. */
export interface Handle {
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | number | null;
  readonly exited: Promise<unknown>;
  kill(signal?: NodeJS.Signals): void;
}

const POLL_MS = 50;

export function processById(pid: number): Handle {
  return {
    get exitCode() {
      return isRunning(pid) ? null : 0;
    },
    signalCode: null,
    get exited() {
      return ended(pid);
    },
    kill: (signal = 'SIGTERM') => {
      if (isRunning(pid)) process.kill(pid, signal);
    },
  };
}

async function ended(pid: number): Promise<void> {
  while (isRunning(pid)) await Bun.sleep(POLL_MS);
}
