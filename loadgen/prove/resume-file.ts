/** What a proof needs beside its run's point of resumption: which faults it had shot. */
import { type ResumePoint, readResumePoint, writeResumePoint } from '../coordinator/resume-point.ts';
import type { Fault } from './faults.ts';
import type { Shot } from './shots.ts';

export interface ResumeFile extends ResumePoint {
  readonly shots: ReadonlyArray<Omit<Shot, 'fault'> & { readonly fault: string }>;
}

export function writeResumeFile(folder: string, point: ResumePoint, shots: readonly Shot[]): void {
  const content: ResumeFile = { ...point, shots: shots.map((shot) => ({ ...shot, fault: shot.fault.name })) };
  writeResumePoint(folder, content);
}

export function readResumeFile(folder: string): ResumeFile {
  return readResumePoint<ResumeFile>(folder);
}

/** Its shots, with the faults by their names. */
export function shotsOf(file: ResumeFile, faults: readonly Fault[]): Shot[] {
  return file.shots.map((shot) => ({ ...shot, fault: faults.find(({ name }) => name === shot.fault)! }));
}
