/**
 * What each long run is given by its command, and how a run is named: `<time>-<name>`, a folder of that name under `runs/`, which
 * gets all that it leaves.
 */
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RunProgress } from '../coordinator/progress.ts';

export interface Frame {
  readonly id: string;
  /** Arguments of the run, from the verb on. */
  readonly command: readonly string[];
  /** Made, and kept. */
  readonly folder: string;
  readonly progress: RunProgress;
  /** Aborts at Ctrl-C: the run ends cleanly and its record says that it is partial. */
  readonly signal: AbortSignal;
}

/** Names of runs sort by time. */
export function runId(name: string, at = new Date()): string {
  return `${at.toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z')}-${name}`;
}

/** Makes the folder of a new run; or gives that of one which is gone on with. */
export function runFolder(name: string, resumes?: string): { readonly id: string; readonly folder: string } {
  const folder = resumes ?? join('runs', runId(name));
  mkdirSync(folder, { recursive: true });
  return { id: basename(folder), folder };
}
