/**
 * Writes kernel settings and reads them back. Each result says what was there before, so that it can be undone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { sysctlCommand } from '../../capacity/host-limit.ts';
import { plain, sysctlPath } from '../hosts/network-namespace.ts';
import type { Remedy } from './remedy.ts';

export interface Applied {
  readonly setting: string;
  readonly before: string;
  readonly after: string;
  /** What was asked for is what is read. */
  readonly stuck: boolean;
  /** Why not. */
  readonly problem?: string;
  readonly undo: string;
}

/** In the order given. A write that fails leaves the others to be tried. */
export function applyRemedies(remedies: readonly Remedy[]): readonly Applied[] {
  return remedies.flatMap(({ writes }) => writes.map(({ name, value }) => write(name, value)));
}

function write(name: string, value: string): Applied {
  const path = sysctlPath(name);
  const before = plain(readFileSync(path, 'utf8'));
  let problem: string | undefined;
  try {
    writeFileSync(path, `${value}\n`);
  } catch (failure) {
    problem = (failure as Error & { code?: string }).code ?? String(failure);
  }
  const after = plain(readFileSync(path, 'utf8'));
  const stuck = after === plain(value);
  const why = stuck ? {} : { problem: problem ?? `the kernel made it ${after}` };
  return { setting: name, before, after, stuck, ...why, undo: sysctlCommand({ name, value: before }) };
}
