/**
 * The limits of a host as one table, and which of them binds first. Everything that names a limit reads it from here: the
 * check before a run, the doctor, the stacks, the documents. Reading the values from a machine is `services/runtime/host`.
 */
import type { BoxShape } from './box-shape.ts';
import { type HostLimit, NO_LIMIT } from './host-limit.ts';
import { fileLimits } from './host-limits-files.ts';
import { machineLimits } from './host-limits-machine.ts';
import { networkLimits } from './host-limits-network.ts';
import { portLimits } from './host-limits-ports.ts';
import { connectionTableLimits } from './host-limits-tables.ts';

export type LimitValues = Readonly<Record<string, number>>;

export const HOST_LIMITS: readonly HostLimit[] = [
  ...fileLimits,
  ...portLimits,
  ...networkLimits,
  ...connectionTableLimits,
  ...machineLimits,
];

export function hostLimit(name: string): HostLimit | undefined {
  return HOST_LIMITS.find((limit) => limit.name === name);
}

export interface BindingLimit {
  readonly limit: HostLimit;
  readonly value: number;
  /** Connections at which it binds; `Infinity` when it does not. */
  readonly connections: number;
}

/** Every limit whose value is known, the one that binds first in front; of two that bind together, the one that stops. */
export function bindingLimits(values: LimitValues, shape: BoxShape): readonly BindingLimit[] {
  return HOST_LIMITS.flatMap((limit) => {
    const value = values[limit.name];
    if (value === undefined) return [];
    return [{ limit, value, connections: value === NO_LIMIT ? Number.POSITIVE_INFINITY : limit.holds(value, shape) }];
  }).toSorted((left, right) => compare(left.connections, right.connections) || rank(left) - rank(right));
}

/** The limits that stop `connections` from being held, first to bind first. Empty when they fit. */
export function stoppedBy(connections: number, values: LimitValues, shape: BoxShape): readonly BindingLimit[] {
  return bindingLimits(values, shape).filter((binding) => binding.limit.effect === 'stops' && binding.connections < connections);
}

/** Below (or, where smaller is safer, above) what `connections` ask for, though they can be held. */
export function degradedBy(connections: number, values: LimitValues, shape: BoxShape): readonly BindingLimit[] {
  return bindingLimits(values, shape).filter(({ limit, value, connections: binds }) => {
    if (limit.effect !== 'degrades' || (value === NO_LIMIT && limit.safer === 'larger')) return false;
    const needed = limit.needed(connections, shape);
    return binds < connections || (limit.safer === 'larger' ? value < needed : value > needed);
  });
}

function rank(binding: BindingLimit): number {
  return binding.limit.effect === 'stops' ? 0 : 1;
}

function compare(left: number, right: number): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
