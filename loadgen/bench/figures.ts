/**
 * What a row reads from the record of a run: one number, or why there is none. Ours and peers' runs leave the same kind of
 * record, so a figure means the same for both. Bytes and microseconds.
 */
import { type CpuBill, cpuBill, knownCosts } from '../../capacity/cpu-bill.ts';
import { heldConnections } from '../../capacity/held.ts';
import { percentileUs } from '../../capacity/histogram.ts';
import { type MemoryBill, memoryBill } from '../../capacity/memory-bill.ts';
import type { Unfit } from '../../capacity/regression.ts';
import { type LatencyName, type Role, type RunRecord, SERVER_ROLES } from '../../capacity/run-record.ts';
import { warmRun } from '../../capacity/warm-windows.ts';
import type { BenchRecord } from './run-outcome.ts';

export interface Missing {
  readonly missing: string;
}

export type Figure = (record: BenchRecord) => number | Missing;

export const FIGURES = {
  serverBytes: fromMemory((bill) => bill.server.mid),
  kernelBytes: fromMemory((bill) => itemsSum(bill, (item) => item.side === 'server' && item.kernel)),
  edgeBytes: fromMemory((bill) => itemsSum(bill, (item) => item.name === 'edges')),
  relayBytes: fromMemory((bill) => itemsSum(bill, (item) => item.name === 'relay')),
  embeddedBytes: fromMemory((bill) => itemsSum(bill, (item) => item.name === 'embedded backends')),
  bothEndsBytes: fromMemory((bill) => bill.whole.mid),
  availableBytes: fromMemory((bill) => bill.available.mid),
  generatorBytes: fromMemory((bill) => itemsSum(bill, (item) => item.name === 'workers')),
  generatorPerGb: per(
    1e9,
    fromMemory((bill) => itemsSum(bill, (item) => item.name === 'workers')),
  ),
  generatorPerCore: per(
    1e6,
    fromCpu('handshake', (cost) => cost.clientUs),
  ),
  handshakeUs: fromCpu('handshake', (cost) => cost.gatewayUs + cost.embeddedUs),
  handshakeEdgeUs: fromCpu('handshake', (cost) => roleUs(cost, 'edge')),
  handshakeRelayUs: fromCpu('handshake', (cost) => roleUs(cost, 'relay')),
  handshakeEmbeddedUs: fromCpu('handshake', (cost) => cost.embeddedUs),
  handshakeSoftirqUs: fromCpu('handshake', (cost) => cost.softirqUs),
  generatorUs: fromCpu('handshake', (cost) => cost.clientUs),
  messageUs: fromCpu('message', (cost) => cost.gatewayUs),
  messageEdgeUs: fromCpu('message', (cost) => roleUs(cost, 'edge')),
  messageRelayUs: fromCpu('message', (cost) => roleUs(cost, 'relay')),
  messageEmbeddedUs: fromCpu('message', (cost) => cost.embeddedUs),
  messageSoftirqUs: fromCpu('message', (cost) => cost.softirqUs),
  heldConnections: (record: RunRecord) => heldConnections(record).connections,
  latenessUs: (record: RunRecord) => (record.ledger.due === 0 ? { missing: 'nothing was due in the run' } : record.generator.latenessP99Us),
  acceptedP50Us: fromLatency('accepted', 0.5),
  acceptedP99Us: fromLatency('accepted', 0.99),
  acceptedP999Us: fromLatency('accepted', 0.999),
  deliveredP50Us: fromLatency('delivered', 0.5),
  deliveredP99Us: fromLatency('delivered', 0.99),
  deliveredP999Us: fromLatency('delivered', 0.999),
  acceptedMessages: ({ ledger }: RunRecord) => ledger.accepted,
  brokenPromises: ({ ledger }: RunRecord) => ledger.lost + ledger.duplicated + ledger.outOfOrder + ledger.unknown + ledger.unsent,
  realUs: fromCpu('message', (cost) => SERVER_ROLES.reduce((sum, role) => sum + roleUs(cost, role), 0)),
  dispatchUs: fromCpu('message', (cost) => roleUs(cost, 'dispatch')),
  kafkaUs: fromCpu('message', (cost) => roleUs(cost, 'kafka')),
  cassandraUs: fromCpu('message', (cost) => roleUs(cost, 'cassandra')),
  redisUs: fromCpu('message', (cost) => roleUs(cost, 'redis')),
  catchUpUs: fromMeasured('catchUpUs'),
  behindUs: fromMeasured('behindUs'),
  sentPerSecond: ({ measured, ledger, settings }: BenchRecord) =>
    measured?.sentPerSecond ??
    (settings.chatSeconds === 0 ? { missing: 'nothing was due in the run' } : (ledger.due - ledger.unsent) / settings.chatSeconds),
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;

function fromMemory(read: (bill: MemoryBill) => number): Figure {
  return (record) => {
    const bill: MemoryBill | Unfit = memoryBill(record);
    if ('unfit' in bill) return { missing: bill.unfit };
    const bytes = read(bill);
    return bytes >= 0 ? bytes : { missing: 'memory moved for other reasons by more than the connections took' };
  };
}

/** How many go into so much, where one takes what the figure says. */
function per(whole: number, figure: Figure): Figure {
  return (record) => {
    const each = figure(record);
    if (typeof each !== 'number') return each;
    return each > 0 ? whole / each : { missing: 'it took nothing that could be measured' };
  };
}

function fromLatency(name: LatencyName, quantile: number): Figure {
  return (record) => {
    const histogram = record.latencies.find((one) => one.name === name);
    const us = histogram === undefined ? undefined : percentileUs(histogram, quantile);
    return us ?? { missing: `nothing was ${name}` };
  };
}

function fromMeasured(name: string): Figure {
  return ({ measured }) => measured?.[name] ?? { missing: 'the run did not come to it' };
}

function itemsSum(bill: MemoryBill, wanted: (item: MemoryBill['items'][number]) => boolean): number {
  return bill.items.filter(wanted).reduce((sum, item) => sum + item.bytesPerConnection.mid, 0);
}

type Cost = NonNullable<ReturnType<typeof knownCosts>['handshake']>;

function fromCpu(operation: 'handshake' | 'message', read: (cost: Cost) => number): Figure {
  return (record) => {
    const bill: CpuBill = cpuBill(warmRun(record));
    const cost = knownCosts(bill)[operation];
    if (cost !== undefined) return read(cost);
    const none = bill.costs.find((one) => one.operation === operation);
    return { missing: none !== undefined && 'missing' in none ? none.missing : `no ${operation} in the run` };
  };
}

function roleUs(cost: Cost, role: Role): number {
  const used = cost.roles[role];
  return used === undefined ? 0 : used.userUs + used.systemUs;
}
