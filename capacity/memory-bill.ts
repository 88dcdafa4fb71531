/**
 * What a connection costs in bytes, itemised, as the slope over the checkpoints of one run, and what a process costs that
 * holds none. The sum of a side is fitted as a sum, so that its error is its own and not a pile of the items' errors.
 *
 * The checkpoint at 0 connections gives the base and is not in the fit: the first connections make each process's heap and
 * buffers, and no later connection pays for that again.
 */
import { type MemorySeries, memorySeries, type Side, totalBytes } from './memory-series.ts';
import { text } from './quantity-text.ts';
import { fitLine, type Line, type Unfit } from './regression.ts';
import type { Role, RunRecord } from './run-record.ts';

export interface Estimate {
  readonly mid: number;
  /** Standard error. */
  readonly error: number;
}

export interface BillItem {
  readonly name: string;
  readonly side: Side;
  readonly kernel: boolean;
  readonly bytesPerConnection: Estimate;
}

export interface ProcessBase {
  readonly role: Role;
  readonly processes: number;
  /** Proportional share of one process without connections. */
  readonly bytesPerProcess: number;
  /** `measured` at 0 connections, or the fitted line's value there. */
  readonly from: 'measured' | 'fitted';
}

export interface MemoryBill {
  /** Sizes that were fitted, in connections. */
  readonly sizes: readonly number[];
  readonly items: readonly BillItem[];
  readonly server: Estimate;
  /** Left out when the clients were on another machine. */
  readonly client?: Estimate;
  /** Everything that this machine spent on a connection. */
  readonly whole: Estimate;
  /** Fall of MemAvailable per connection: the same quantity by another instrument. */
  readonly available: Estimate;
  /** Slab caches of sockets, both ends together where both are here. */
  readonly slabCaches: readonly { readonly name: string; readonly bytesPerConnection: Estimate }[];
  readonly base: readonly ProcessBase[];
  /** Fitted lines of the sums: bytes against connections. */
  readonly line: Line;
  readonly serverLine: Line;
  readonly notes: readonly string[];
}

/** The two instruments may differ by that share before the bill says so. */
const AGREEMENT_SHARE = 0.1;

/** Sockets of others that may come and go, as a share of the connections. */
const FOREIGN_SOCKETS_SHARE = 0.02;

/** `plain`: the same run without TLS. With it, a TLS run's edges and workers are split into what TLS adds and the rest. */
export function memoryBill(record: RunRecord, plain?: RunRecord): MemoryBill | Unfit {
  const series = memorySeries(record);
  if ('unfit' in series) return series;
  const line = fitted(series, totalBytes(series));
  if ('unfit' in line) return line;
  const serverLine = fitted(series, totalBytes(series, 'server'));
  if ('unfit' in serverLine) return serverLine;
  const estimateOf = (bytes: readonly number[]) => estimate(fitted(series, bytes) as Line);
  const items = series.items.map(({ name, side, kernel, bytes }) => ({ name, side, kernel, bytesPerConnection: estimateOf(bytes) }));
  const hasClient = items.some((item) => item.side === 'client');
  const whole = estimate(line);
  const available = estimateOf(series.availableBytes.map((bytes) => -bytes));
  const tls = splitTls(record, items, plain);
  return {
    sizes: series.connections.filter((count) => count > 0),
    items: tls.items,
    server: estimate(serverLine),
    ...(hasClient ? { client: estimateOf(totalBytes(series, 'client')) } : {}),
    whole,
    available,
    slabCaches: Object.entries(series.slabCaches).map(([name, bytes]) => ({ name, bytesPerConnection: estimateOf(bytes) })),
    base: processBases(series),
    line,
    serverLine,
    notes: [...notesOf(series, whole, available), ...tls.notes],
  };
}

/** Memory of the run against connections, base excluded from the fit. */
function fitted(series: MemorySeries, bytes: readonly number[]): Line | Unfit {
  return fitLine(series.connections.map((x, at) => ({ x, y: bytes[at]! })).filter((point) => point.x > 0));
}

function estimate(line: Line): Estimate {
  return { mid: line.slope, error: line.slopeError };
}

export function processBases(series: MemorySeries): readonly ProcessBase[] {
  const zero = series.connections.indexOf(0);
  return series.items.flatMap((item) => {
    if (item.role === undefined) return [];
    const processes = series.processes[item.role]!;
    const line = fitted(series, item.bytes);
    const from = zero >= 0 ? 'measured' : 'fitted';
    const bytes = zero >= 0 ? item.bytes[zero]! : 'unfit' in line ? undefined : line.intercept;
    return bytes === undefined ? [] : [{ role: item.role, processes, bytesPerProcess: bytes / processes, from } as const];
  });
}

function notesOf(series: MemorySeries, whole: Estimate, available: Estimate): readonly string[] {
  const notes: string[] = [];
  if (series.kernelHalved) notes.push('both ends were on this machine: kernel memory is halved between them');
  if (Object.keys(series.slabCaches).length === 0) notes.push('slab caches could not be read (not root): all slab is one item');
  const foreign = Math.max(...series.othersSockets) - Math.min(...series.othersSockets);
  if (foreign > Math.max(...series.connections) * FOREIGN_SOCKETS_SHARE) {
    notes.push(`others opened or closed ${text(foreign)} sockets between the checkpoints: kernel memory is not this run’s alone`);
  }
  const gap = available.mid / whole.mid - 1;
  if (Math.abs(gap) > AGREEMENT_SHARE) {
    notes.push(
      `MemAvailable fell by ${Math.round(available.mid)} B a connection, ${Math.abs(Math.round(gap * 100))} % ${gap > 0 ? 'more' : 'less'} than the items add up to`,
    );
  }
  return notes;
}

/** What TLS adds is a difference of two runs; one run can't tell its bytes from those of the session. */
function splitTls(
  record: RunRecord,
  items: readonly BillItem[],
  plain: RunRecord | undefined,
): { readonly items: readonly BillItem[]; readonly notes: readonly string[] } {
  if (!record.settings.tls) return { items, notes: [] };
  if (plain === undefined) return { items, notes: ['TLS is within edges and workers: a plain run is needed to tell it apart'] };
  const without = plain.settings.tls ? { unfit: 'the run named as plain used TLS' } : memoryBill(plain);
  if ('unfit' in without) return { items, notes: [`TLS is within edges and workers: ${without.unfit}`] };
  const split = items.flatMap((item): readonly BillItem[] => {
    const base = without.items.find((one) => one.name === item.name && one.side === item.side);
    if (base === undefined || (item.name !== 'edges' && item.name !== 'workers')) return [item];
    const error = Math.hypot(item.bytesPerConnection.error, base.bytesPerConnection.error);
    const added = { mid: item.bytesPerConnection.mid - base.bytesPerConnection.mid, error };
    return [
      { ...item, bytesPerConnection: base.bytesPerConnection },
      { name: `TLS in ${item.name}`, side: item.side, kernel: false, bytesPerConnection: added },
    ];
  });
  return { items: split, notes: [`TLS is the difference to the plain run ${plain.id}`] };
}
