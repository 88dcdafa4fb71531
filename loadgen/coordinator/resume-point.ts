/**
 * What a run needs to go on after its own process was killed: written when its load begins and after each step. The box and
 * what it stands on outlive it, the ledgers say what was done; a box that has ended meanwhile can't be gone on with.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { Builds } from './builds.ts';
import type { RunPlan } from './plan.ts';

export interface ResumePoint {
  /** Arguments of the run, from the verb on. */
  readonly command: readonly string[];
  readonly boxCommand: readonly string[];
  readonly plan: RunPlan;
  readonly chatStartMs: number;
  /** Left out by a version that did not say. */
  readonly builds?: Builds;
}

const NAME = 'resume.json';

/** As a whole or not at all. */
export function writeResumePoint<T extends ResumePoint>(folder: string, point: T): void {
  const path = join(folder, NAME);
  writeFileSync(`${path}.new`, JSON.stringify(point));
  renameSync(`${path}.new`, path);
}

export function readResumePoint<T extends ResumePoint>(folder: string): T {
  const path = join(folder, NAME);
  if (!existsSync(path)) throw new BackendError('nothingToResume', `${path} does not exist: no load had begun there`, false);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** The run has come to its end: it can't be gone on with. */
export function removeResumePoint(folder: string): void {
  rmSync(join(folder, NAME), { force: true });
}
