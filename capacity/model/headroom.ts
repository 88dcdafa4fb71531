/**
 * How many machines a load asks for, by queueing and by what is out of service: the peak itself, a zone lost, an upgrade under
 * way, a storm of reconnects. Each case is planned by itself (an upgrade halts when a zone is lost); the largest sets the
 * size and is named. Utilisation is what keeps the wait within its objective, not a flat share.
 */

/** Processor work of one part in one cell. */
export interface CoreLoad {
  /** Processors that are busy in the mean of the peak. */
  readonly cores: number;
  /** Processors that a storm keeps busy besides; 0 where a storm is not felt. */
  readonly stormCores: number;
  readonly coresPerMachine: number;
  /** What an event that waits has before it: an operation, or the pause of a turn or a collector where that is longer. */
  readonly serviceSeconds: number;
  /** p99 of waiting that is allowed. */
  readonly latencySeconds: number;
  /** The busiest second over the mean of the peak. */
  readonly burst: number;
  readonly zones: number;
  /** Share of the machines that is out at once in an upgrade. */
  readonly upgradeShare: number;
  /** True where a lost machine's work is taken over by a replica that has no work yet: a lost zone asks for no more. */
  readonly replicated: boolean;
}

export type HeadroomCase = 'peak' | 'zone lost' | 'upgrade' | 'storm';

export interface Headroom {
  /** Before rounding. */
  readonly machines: number;
  readonly binding: HeadroomCase;
  readonly cases: Readonly<Record<HeadroomCase, number>>;
  /** Highest share of a machine's processors at which waiting keeps to its objective. */
  readonly utilisationMost: number;
}

/** A storm is not an ordinary second: waiting may be longer, but what is offered must be done. */
export const STORM_UTILISATION = 0.95;

export function headroomOf(load: CoreLoad): Headroom {
  const utilisationMost = utilisationFor(load.serviceSeconds, load.coresPerMachine, load.latencySeconds);
  const peak = (load.cores * load.burst) / (load.coresPerMachine * utilisationMost);
  const cases = {
    peak,
    'zone lost': load.replicated ? peak : peak * lostZoneFactor(load.zones),
    upgrade: load.replicated ? peak : peak / (1 - load.upgradeShare),
    storm: load.stormCores === 0 ? 0 : (load.cores + load.stormCores) / (load.coresPerMachine * STORM_UTILISATION),
  };
  const binding = largestCase(cases);
  return { machines: cases[binding], binding, cases, utilisationMost };
}

/** What each machine has more when one zone of so many is lost; with a single zone its loss is not survived. */
export function lostZoneFactor(zones: number): number {
  return zones > 1 ? zones / (zones - 1) : 1;
}

export function largestCase(cases: Readonly<Record<HeadroomCase, number>>): HeadroomCase {
  let largest: HeadroomCase = 'peak';
  for (const name of ['zone lost', 'upgrade', 'storm'] as const) if (cases[name] > cases[largest]) largest = name;
  return largest;
}

/**
 * p99 of the time that an event waits for one of `servers`. The share that waits is Sakasegawa's approximation of Erlang's C,
 * utilisation ^ (√(2 (servers + 1)) − 1), exact for one server; those wait exponentially, service ÷ (servers (1 − utilisation)).
 */
export function waitP99Seconds(utilisation: number, serviceSeconds: number, servers: number): number {
  if (utilisation >= 1) return Number.POSITIVE_INFINITY;
  const waiting = utilisation ** (Math.sqrt(2 * (servers + 1)) - 1);
  return waiting <= 0.01 ? 0 : (serviceSeconds / (servers * (1 - utilisation))) * Math.log(100 * waiting);
}

/** The highest utilisation at which p99 of waiting is within `latencySeconds`; waiting only grows with it, so halving finds it. */
export function utilisationFor(serviceSeconds: number, servers: number, latencySeconds: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 24; step++) {
    const middle = (low + high) / 2;
    if (waitP99Seconds(middle, serviceSeconds, servers) <= latencySeconds) low = middle;
    else high = middle;
  }
  return Math.max(low, 1e-6);
}
