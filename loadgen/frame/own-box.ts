/** A box for the time of one run: started for it, or taken over from a run whose process was killed, and gone when it ends; its log is kept. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Box, keepBoxLog } from '../coordinator/box.ts';

export interface OwnBox {
  /** Of the run; the box has `box` in it. */
  readonly folder: string;
  /** Starts it; without `--state-dir`. */
  readonly command: readonly string[];
  /** It runs there already, started by that command. */
  readonly adopts?: boolean;
  /** It goes on after the run. */
  readonly keeps?: boolean;
  readonly stopLimitMs?: number;
  readonly say?: (text: string) => void;
}

const STOP_LIMIT_MS = 30_000;

/** Where a box that runs in the folder says what it is. */
export function boxFile(folder: string): string {
  return join(folder, 'box', 'box.json');
}

/** Throws BackendError when the box does not start, or is not there any more. */
export async function onOwnBox<Result>(own: OwnBox, body: (box: Box) => Promise<Result>): Promise<Result> {
  const { folder, command, adopts = false, keeps = false, stopLimitMs = STOP_LIMIT_MS, say } = own;
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const box = adopts ? Box.adopt(command, stateDir, stopLimitMs) : await Box.start(command, stateDir, stopLimitMs);
  try {
    return await body(box);
  } finally {
    if (!keeps) {
      if (!(await box.stop())) say?.('the box did not stop in time and was cut');
      keepBoxLog(stateDir, folder);
      rmSync(stateDir, { recursive: true, force: true });
    }
  }
}
