/**
 * Whether a run can succeed on this machine, before a single socket is opened. Reads the machine's limits and holds them
 * against the table in capacity; opens and changes nothing. Every verb that loads a box asks here first.
 */
import { availableParallelism } from 'node:os';
import { type Fit, type FitRequest, judgeFit } from '../../capacity/fit.ts';
import type { LimitValues } from '../../capacity/host-limits.ts';
import { UNSAFE_POD_SYSCTLS } from '../../capacity/host-limits-machine.ts';
import { type LimitReadings, limitValues, readHostLimits } from '../../services/runtime/host/limits.ts';

export interface Preflight extends Fit {
  readonly readings: LimitReadings;
  readonly values: LimitValues;
}

export type PreflightRequest = Omit<FitRequest, 'cores'>;

export function preflight(request: PreflightRequest): Preflight {
  return judgePreflight({ ...request, cores: availableParallelism() }, readHostLimits(UNSAFE_POD_SYSCTLS));
}

/** The same from readings that are handed in. */
export function judgePreflight(request: FitRequest, readings: LimitReadings): Preflight {
  const values = limitValues(readings);
  return { ...judgeFit(request, values), readings, values };
}

/** Why the run can't succeed and what lifts that, one line each; empty when it can. */
export function refusalLines(found: Preflight): readonly string[] {
  return found.stopped.flatMap((binding) => {
    const needed = binding.limit.needed(found.connections, found.shape);
    return [
      `${binding.limit.setting} = ${count(binding.value)} stops at ${count(binding.connections)} of ${count(found.connections)} connections, which need ${count(needed)}:`,
      ...binding.limit.lift(needed, found.shape).map((command) => `    ${command}`),
    ];
  });
}

/** The same in one line; undefined when it can. */
export function refusalOf(found: Preflight): string | undefined {
  return found.stopped.length === 0 ? undefined : refusalLines(found).join(' ').replace(/\s+/g, ' ');
}

export function count(value: number): string {
  return Number.isFinite(value) ? Math.floor(value).toLocaleString('en-GB') : '–';
}
