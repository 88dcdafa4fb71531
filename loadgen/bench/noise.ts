/**
 * Whether others disturbed a run while a figure was taken. Time that waited for a processor (PSI) is shown but is not a
 * bound: with both ends on one machine the run itself makes most of it. What others used, and what the hypervisor took, is.
 */
import { processors, secondsBetween } from '../../capacity/held.ts';
import type { Phase, RunRecord } from '../../capacity/run-record.ts';

export const NOISE_BOUNDS = {
  /** Of all processors, used by processes that are not of the run. */
  othersShare: 0.05,
  /** Of all processors, taken by the hypervisor. */
  stealShare: 0.02,
} as const;

export interface Noise {
  readonly othersShare: number;
  readonly stealShare: number;
  /** Share of the time in which something runnable waited; left out where the kernel does not say. */
  readonly pressureShare?: number;
  /** Over which bound; left out when the run was quiet. */
  readonly over?: string;
}

export function noiseOf(record: RunRecord, phases: readonly Phase[]): Noise {
  const samples = record.samples.filter((sample) => phases.includes(sample.phase));
  const seconds = secondsBetween(samples);
  const { othersShare } = processors(record, samples);
  const windows = record.cpuWindows;
  const wallUs = windows.reduce((sum, window) => sum + window.wallMs, 0) * 1_000;
  const stealUs = windows.reduce((sum, window) => sum + window.machine.stealUs, 0);
  const stealShare = wallUs === 0 ? 0 : stealUs / (wallUs * record.host.cores);
  const pressureFirst = samples[0]?.cpuPressureUs;
  const pressureLast = samples.at(-1)?.cpuPressureUs;
  const known = pressureFirst !== undefined && pressureLast !== undefined && seconds > 0;
  const over = overBound(othersShare, stealShare);
  return {
    othersShare,
    stealShare,
    ...(known ? { pressureShare: (pressureLast - pressureFirst) / (seconds * 1_000_000) } : {}),
    ...(over === undefined ? {} : { over }),
  };
}

function overBound(othersShare: number, stealShare: number): string | undefined {
  if (othersShare > NOISE_BOUNDS.othersShare)
    return `others used ${percent(othersShare)} of the processors, at most ${percent(NOISE_BOUNDS.othersShare)}`;
  if (stealShare > NOISE_BOUNDS.stealShare)
    return `the hypervisor took ${percent(stealShare)} of the processors, at most ${percent(NOISE_BOUNDS.stealShare)}`;
  return undefined;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
