/**
 * What a proof needs to go on after its own process was killed: written when its load begins and after each fault. The box
 * and what it stands on outlive it, the ledgers say what was done; a box that has ended meanwhile can't be gone on with.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { RunPlan } from '../coordinator/plan.ts';
import type { Fault } from './faults.ts';
import type { Shot } from './shots.ts';

export interface ResumeFile {
  /** Arguments of the proof, from the verb on. */
  readonly command: readonly string[];
  readonly boxCommand: readonly string[];
  readonly plan: RunPlan;
  readonly chatStartMs: number;
  readonly shots: ReadonlyArray<Omit<Shot, 'fault'> & { readonly fault: string }>;
}

const NAME = 'resume.json';

export function writeResumeFile(folder: string, file: Omit<ResumeFile, 'shots'>, shots: readonly Shot[]): void {
  const path = join(folder, NAME);
  const content: ResumeFile = { ...file, shots: shots.map((shot) => ({ ...shot, fault: shot.fault.name })) };
  writeFileSync(`${path}.new`, JSON.stringify(content));
  renameSync(`${path}.new`, path);
}

export function readResumeFile(folder: string): ResumeFile {
  const path = join(folder, NAME);
  if (!existsSync(path)) throw new BackendError('nothingToResume', `${path} does not exist: no load had begun there`, false);
  return JSON.parse(readFileSync(path, 'utf8')) as ResumeFile;
}

/** Its shots, with the faults by their names. */
export function shotsOf(file: ResumeFile, faults: readonly Fault[]): Shot[] {
  return file.shots.map((shot) => ({ ...shot, fault: faults.find(({ name }) => name === shot.fault)! }));
}
