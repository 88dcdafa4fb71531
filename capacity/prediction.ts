/**
 * What the model, fitted on one run, says of another size: memory by the slopes of the bill and the base of each process,
 * processors by the cost of each operation. And how right it was, once the other size has been measured.
 */
import { type BoxShape, DEFAULT_COSTS, DEFAULT_SHAPE, processesFor } from './box-shape.ts';
import { cpuBill, knownCosts } from './cpu-bill.ts';
import type { LimitValues } from './host-limits.ts';
import { addressesFor } from './host-limits-ports.ts';
import { type Estimate, type MemoryBill, memoryBill } from './memory-bill.ts';
import { type MemorySeries, memorySeries, type Side, totalBytes } from './memory-series.ts';
import { around, fitLine, type Interval, predictAt, type Unfit } from './regression.ts';
import { type ByRole, type RunRecord, SERVER_ROLES } from './run-record.ts';

export interface MemoryPrediction {
  /** The box alone. */
  readonly server: Interval;
  /** All that runs on the machine of the run. */
  readonly whole: Interval;
  readonly bill: MemoryBill;
}

export interface CpuPrediction {
  /** Processors of the box, embedded backends included. */
  readonly cores: number;
  /** Standard error; unknown when each cost was measured once. */
  readonly error?: number;
  readonly heartbeatsPerSecond: number;
}

/** `processes`: how many of each role the other size has; roles left out keep the number they had. */
export function predictMemory(record: RunRecord, connections: number, processes: ByRole<number>): MemoryPrediction | Unfit {
  const bill = memoryBill(record);
  if ('unfit' in bill) return bill;
  const series = memorySeries(record);
  if ('unfit' in series) return series;
  const server = predicted(series, connections, processes, 'server');
  const whole = predicted(series, connections, processes, undefined);
  if ('unfit' in server) return server;
  return 'unfit' in whole ? whole : { server, whole, bill };
}

/** Kernel memory of a machine that holds nothing is no part of it; the base of each process is. */
function predicted(series: MemorySeries, connections: number, processes: ByRole<number>, side: Side | undefined): Interval | Unfit {
  const line = fitLine(pointsOf(series, totalBytes(series, side)));
  if ('unfit' in line) return line;
  let base = 0;
  for (const item of series.items) {
    if (item.role === undefined || (side !== undefined && item.side !== side)) continue;
    const own = fitLine(pointsOf(series, item.bytes));
    if ('unfit' in own) return own;
    const had = series.processes[item.role]!;
    base += (Math.max(0, own.intercept) / had) * (processes[item.role] ?? had);
  }
  const interval = predictAt(line, connections);
  return around(base + line.slope * connections, interval.high - interval.mid);
}

function pointsOf(series: MemorySeries, bytes: readonly number[]) {
  return series.connections.map((x, at) => ({ x, y: bytes[at]! })).filter((point) => point.x > 0);
}

/** Costs at higher rates are lower (more is done in each wake-up), so a prediction from a slower run errs to the high side. */
export function predictCpu(record: RunRecord, connections: number, sendsPerSecond: number): CpuPrediction | Unfit {
  const bill = cpuBill(record);
  const costs = knownCosts(bill);
  const heartbeatsPerSecond = record.settings.heartbeatSeconds > 0 ? connections / record.settings.heartbeatSeconds : 0;
  const parts: { readonly perSecond: number; readonly cost: 'heartbeat' | 'message' }[] = [
    { perSecond: heartbeatsPerSecond, cost: 'heartbeat' },
    { perSecond: sendsPerSecond, cost: 'message' },
  ];
  let us = SERVER_ROLES.reduce((sum, role) => sum + (bill.idle?.[role]?.userUs ?? 0) + (bill.idle?.[role]?.systemUs ?? 0), 0);
  let variance = 0;
  let errorKnown = true;
  for (const { perSecond, cost } of parts) {
    if (perSecond === 0) continue;
    const known = costs[cost];
    if (known === undefined) return { unfit: `the run did not measure the CPU of a ${cost}` };
    us += perSecond * (known.gatewayUs + known.embeddedUs);
    if (known.boxError === undefined) errorKnown = false;
    else variance += (perSecond * known.boxError) ** 2;
  }
  return { cores: us / 1e6, ...(errorKnown ? { error: Math.sqrt(variance) / 1e6 } : {}), heartbeatsPerSecond };
}

/** The box of a run grown to a number of connections, on the limits of its machine and at the costs that it measured. */
export function grownShape(record: RunRecord, connections: number, values: LimitValues): BoxShape {
  const { settings, host } = record;
  const bill = memoryBill(record);
  const files = values.processFiles ?? 0;
  const processes = (had: number, spread: number) =>
    files > 0 ? Math.max(had, processesFor(connections, files, spread, DEFAULT_COSTS, had)) : had;
  const ports = values.localPorts ?? 0;
  return {
    ...DEFAULT_SHAPE,
    edges: processes(settings.edges, DEFAULT_SHAPE.spread),
    workers: settings.bothEnds ? processes(settings.workers, 1) : 0,
    destinationAddresses: Math.max(settings.destinationAddresses, ports > 0 ? addressesFor(connections, ports) : 1),
    cores: host.cores,
    tls: false, // What TLS costs is within the measured bytes.
    connectionsPerSecond: settings.connectionsPerSecond,
    sendsPerSecond: settings.sendsPerSecond,
    heartbeatSeconds: Math.max(1, settings.heartbeatSeconds),
    costs: 'unfit' in bill ? DEFAULT_COSTS : { ...DEFAULT_COSTS, ...measuredCosts(bill) },
  };
}

function measuredCosts(bill: MemoryBill) {
  const sum = (side: Side, kernel: boolean) =>
    bill.items
      .filter((item) => item.side === side && item.kernel === kernel)
      .reduce((total, item) => total + item.bytesPerConnection.mid, 0);
  const bases = bill.base.map((base) => base.bytesPerProcess * base.processes);
  const processes = bill.base.reduce((total, base) => total + base.processes, 0);
  return {
    kernelBytesPerEnd: Math.max(0, sum('server', true)),
    serverBytes: Math.max(0, sum('server', false)),
    clientBytes: Math.max(0, sum('client', false)),
    ...(processes > 0 ? { processBytes: bases.reduce((total, bytes) => total + bytes, 0) / processes } : {}),
  };
}

export interface PredictionCheck {
  readonly connections: number;
  readonly predictedBytes: Interval;
  readonly measuredBytes: number;
  /** Measured against predicted: 0.03 says that 3 % more was used. */
  readonly errorShare: number;
  /** The same by the fall of MemAvailable, where both runs have a checkpoint without connections. */
  readonly available?: { readonly predictedBytes: number; readonly measuredBytes: number; readonly errorShare: number };
  readonly perConnection: { readonly predicted: Estimate; readonly measured?: Estimate };
}

/** Memory of the large run's largest checkpoint, as the small run predicts it. */
export function comparePrediction(small: RunRecord, large: RunRecord): PredictionCheck | Unfit {
  const series = memorySeries(large);
  if ('unfit' in series) return { unfit: `${large.id}: ${series.unfit}` };
  const at = series.connections.indexOf(Math.max(...series.connections));
  const connections = series.connections[at]!;
  const zero = series.connections.indexOf(0);
  if (zero < 0) return { unfit: `${large.id}: no checkpoint without connections, so the kernel’s own memory can’t be taken off` };
  const prediction = predictMemory(small, connections, series.processes);
  if ('unfit' in prediction) return { unfit: `${small.id}: ${prediction.unfit}` };
  const measuredBytes = series.items.reduce((sum, item) => sum + item.bytes[at]! - (item.kernel ? item.bytes[zero]! : 0), 0);
  const largeBill = memoryBill(large);
  const measuredFall = series.availableBytes[zero]! - series.availableBytes[at]!;
  const predictedFall = prediction.bill.available.mid * connections;
  return {
    connections,
    predictedBytes: prediction.whole,
    measuredBytes,
    errorShare: measuredBytes / prediction.whole.mid - 1,
    available: { predictedBytes: predictedFall, measuredBytes: measuredFall, errorShare: measuredFall / predictedFall - 1 },
    perConnection: { predicted: prediction.bill.whole, ...('unfit' in largeBill ? {} : { measured: largeBill.whole }) },
  };
}
