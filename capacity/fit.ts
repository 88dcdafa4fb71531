/**
 * Fits a box, and the load engine beside it, to the limits of a machine: as many edges, workers and addresses as a number
 * of connections asks for, and the most connections that the machine bears when all of these may grow.
 */
import { type BoxShape, DEFAULT_SHAPE, processesFor } from './box-shape.ts';
import { NO_LIMIT } from './host-limit.ts';
import { type BindingLimit, bindingLimits, degradedBy, type LimitValues, stoppedBy } from './host-limits.ts';
import { addressesFor } from './host-limits-ports.ts';

/** What is fixed stays; edges, workers and addresses that are left out are chosen. */
export interface FitRequest {
  readonly connections: number;
  /** The load engine runs on the same machine. */
  readonly bothEnds: boolean;
  readonly cores: number;
  readonly edges?: number | undefined;
  readonly workers?: number | undefined;
  readonly destinationAddresses?: number | undefined;
  readonly ports?: readonly number[];
  readonly tls?: boolean;
  readonly connectionsPerSecond?: number;
  readonly sendsPerSecond?: number;
  readonly heartbeatSeconds?: number;
}

/** The loopback range has more, but no machine has the memory for them. */
const MOST_CONNECTIONS = 100_000_000;
/** Without a known limit of files: the kernel's own default for the most that a process may have. */
const FILES_WHEN_UNKNOWN = 1_048_576;

export function fitShape(request: FitRequest, values: LimitValues): BoxShape {
  const { connections, cores, bothEnds } = request;
  const { spread, costs } = DEFAULT_SHAPE;
  const files = filesPerProcess(values);
  const chosen = (perProcess: number) => finite(processesFor(connections, files, perProcess, costs, Math.max(1, cores)));
  return {
    ...DEFAULT_SHAPE,
    cores,
    edges: request.edges ?? chosen(spread),
    workers: bothEnds ? (request.workers ?? chosen(1)) : 0,
    destinationAddresses: request.destinationAddresses ?? finite(addressesFor(connections, values.localPorts ?? 0)),
    ports: request.ports ?? DEFAULT_SHAPE.ports,
    tls: request.tls ?? DEFAULT_SHAPE.tls,
    connectionsPerSecond: request.connectionsPerSecond ?? DEFAULT_SHAPE.connectionsPerSecond,
    sendsPerSecond: request.sendsPerSecond ?? DEFAULT_SHAPE.sendsPerSecond,
    heartbeatSeconds: request.heartbeatSeconds ?? DEFAULT_SHAPE.heartbeatSeconds,
  };
}

export interface Fit {
  readonly connections: number;
  /** Edges, workers and addresses: as asked for, or as many as the machine's limits ask for. */
  readonly shape: BoxShape;
  /** Every limit that is known, the first to bind in front. */
  readonly order: readonly BindingLimit[];
  /** Those that make it impossible; empty when it fits. */
  readonly stopped: readonly BindingLimit[];
  /** Those that leave something to be wished. */
  readonly degraded: readonly BindingLimit[];
  /** What this machine would bear, with more edges, workers and addresses where these were not fixed. */
  readonly most: Most;
}

/** Whether a machine with these values bears what is asked for. */
export function judgeFit(request: FitRequest, values: LimitValues): Fit {
  const { connections } = request;
  const shape = fitShape(request, values);
  return {
    connections,
    shape,
    order: bindingLimits(values, shape),
    stopped: stoppedBy(connections, values, shape),
    degraded: degradedBy(connections, values, shape),
    most: mostConnections(request, values),
  };
}

export interface Most {
  readonly connections: number;
  /** What stops the next one. Left out when nothing that is known does. */
  readonly limit?: BindingLimit;
}

/** By bisection: a larger number never fits where a smaller one does not. */
export function mostConnections(request: FitRequest, values: LimitValues): Most {
  const stopAt = (connections: number) => stoppedBy(connections, values, fitShape({ ...request, connections }, values))[0];
  if (stopAt(MOST_CONNECTIONS) === undefined) return { connections: MOST_CONNECTIONS };
  let fits = 0;
  let fails = MOST_CONNECTIONS;
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2);
    if (stopAt(middle) === undefined) fits = middle;
    else fails = middle;
  }
  return { connections: fits, limit: stopAt(fails)! };
}

/** The tightest of those that a process of the box meets. */
function filesPerProcess(values: LimitValues): number {
  const known = [values.processFiles, values.nrOpen].filter((value): value is number => value !== undefined && value !== NO_LIMIT);
  return known.length === 0 ? FILES_WHEN_UNKNOWN : Math.min(...known);
}

/** A limit that leaves no room for a single connection: one process, and the limit's own row says why it can't be. */
function finite(count: number): number {
  return Number.isFinite(count) ? count : 1;
}
