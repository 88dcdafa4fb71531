/**
 * Whether a run can succeed on this machine, before a single socket is opened. Reads the machine's limits and holds them
 * against the table in capacity; opens and changes nothing. Every verb that loads a box asks here first.
 */
import { availableParallelism } from 'node:os';
import type { BoxShape } from '../../capacity/box-shape.ts';
import { type FitRequest, fitShape, type Most, mostConnections } from '../../capacity/fit.ts';
import { type BindingLimit, bindingLimits, degradedBy, type LimitValues, stoppedBy } from '../../capacity/host-limits.ts';
import { UNSAFE_POD_SYSCTLS } from '../../capacity/host-limits-machine.ts';
import { type LimitReadings, limitValues, readHostLimits } from '../../services/runtime/host/limits.ts';

export interface Preflight {
  readonly connections: number;
  /** Edges, workers and addresses of the run: as asked for, or as many as the machine's limits ask for. */
  readonly shape: BoxShape;
  readonly readings: LimitReadings;
  readonly values: LimitValues;
  /** Every limit that is known, the first to bind in front. */
  readonly order: readonly BindingLimit[];
  /** Those that make the run impossible; empty when it fits. */
  readonly stopped: readonly BindingLimit[];
  /** Those that leave something to be wished. */
  readonly degraded: readonly BindingLimit[];
  /** What this machine would bear, with more edges, workers and addresses where these were not fixed. */
  readonly most: Most;
}

export type PreflightRequest = Omit<FitRequest, 'cores'>;

export function preflight(request: PreflightRequest): Preflight {
  return judgePreflight({ ...request, cores: availableParallelism() }, readHostLimits(UNSAFE_POD_SYSCTLS));
}

/** The same from readings that are handed in. */
export function judgePreflight(request: FitRequest, readings: LimitReadings): Preflight {
  const values = limitValues(readings);
  const shape = fitShape(request, values);
  return {
    connections: request.connections,
    shape,
    readings,
    values,
    order: bindingLimits(values, shape),
    stopped: stoppedBy(request.connections, values, shape),
    degraded: degradedBy(request.connections, values, shape),
    most: mostConnections(request, values),
  };
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

export function count(value: number): string {
  return Number.isFinite(value) ? Math.floor(value).toLocaleString('en-GB') : '–';
}
