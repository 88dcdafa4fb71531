/**
 * The doctor's judgement: which limit of this machine binds first and at how many connections, the next ones in order, and what lifts
 * each from here. Pure; it opens nothing and changes nothing.
 */
import { type Fit, type FitRequest, judgeFit } from '../../capacity/fit.ts';
import { NO_LIMIT } from '../../capacity/host-limit.ts';
import { type BindingLimit, HOST_LIMITS, hostLimit } from '../../capacity/host-limits.ts';
import { type LimitReading, type LimitReadings, limitValues } from '../../services/runtime/host/limits.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import { type Remedy, remedyFor } from './remedy.ts';
import type { Surroundings } from './surroundings.ts';

export interface Diagnosis extends Fit {
  readonly surroundings: Surroundings;
  readonly readings: LimitReadings;
  /** One for each limit that stops or degrades, in the order in which they have to be applied. */
  readonly remedies: readonly Remedy[];
  /** Limits that can't be seen from here, with the reason. */
  readonly unseen: readonly { readonly name: string; readonly setting: string; readonly reason: string }[];
  /** Nothing that can be seen stops it. */
  readonly healthy: boolean;
}

export function diagnose(request: FitRequest, readings: LimitReadings, surroundings: Surroundings): Diagnosis {
  const fit = judgeFit(request, limitValues(readings));
  return {
    ...fit,
    surroundings,
    readings,
    remedies: remediesFor(fit, readings, surroundings),
    unseen: HOST_LIMITS.flatMap(({ name, setting }) => {
      const reading = readings[name];
      return reading !== undefined && isAbsent(reading) ? [{ name, setting, reason: reading.absent }] : [];
    }),
    healthy: fit.stopped.length === 0,
  };
}

/** Those that bind at some number of connections, the first in front. */
export function bindingOrder({ order }: Fit): readonly BindingLimit[] {
  return order.filter(({ connections, value }) => Number.isFinite(connections) && value !== NO_LIMIT);
}

function remediesFor(fit: Fit, readings: LimitReadings, surroundings: Surroundings): readonly Remedy[] {
  const problems = [...fit.stopped, ...fit.degraded].map(({ limit }) => limit);
  // A wider range of source ports takes in ports that are listened on: they are reserved first.
  const reserving = hostLimit('reservedPorts')!;
  const widens = problems.some(({ name }) => name === 'localPorts') && fit.shape.ports.length > 0;
  const limits = widens || problems.includes(reserving) ? [reserving, ...problems.filter((limit) => limit !== reserving)] : problems;
  return limits.flatMap((limit) => {
    const reading = readings[limit.name];
    if (reading === undefined || isAbsent(reading)) return [];
    return [remedyFor(limit, limit.needed(fit.connections, fit.shape), fit.shape, reading as LimitReading, surroundings)];
  });
}
