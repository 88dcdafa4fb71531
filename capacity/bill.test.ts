import { describe, expect, test } from 'bun:test';
import { type CpuCost, cpuBill, knownCosts } from './cpu-bill.ts';
import { type MemoryBill, memoryBill } from './memory-bill.ts';
import { comparePrediction, predictCpu, predictMemory } from './prediction.ts';
import type { Unfit } from './regression.ts';
import type { RunRecord } from './run-record.ts';
import { SYNTHETIC, TRUE_COSTS, trueBytes } from './synthetic-costs.ts';
import { syntheticRun } from './synthetic-run.ts';

const SMALL = { connections: 60_000, sizes: [0, 20_000, 40_000, 60_000], edges: 4, workers: 3, seed: 3 };

function bill(record: RunRecord, plain?: RunRecord): MemoryBill {
  return fitted(memoryBill(record, plain));
}

function fitted<T extends object>(value: T | Unfit): T {
  if ('unfit' in value) throw new Error(value.unfit);
  return value;
}

function itemBytes(of: MemoryBill, side: string, name: string): number {
  return of.items.find((item) => item.side === side && item.name === name)!.bytesPerConnection.mid;
}

describe('the memory bill', () => {
  test('finds the bytes a connection was made of, whole and by item, within its own error', () => {
    const found = bill(syntheticRun());
    const truth = trueBytes(SYNTHETIC);
    expect(Math.abs(found.server.mid - truth.server)).toBeLessThan(4 * found.server.error + 1);
    expect(Math.abs(found.whole.mid - truth.whole)).toBeLessThan(4 * found.whole.error + 1);
    expect(itemBytes(found, 'server', 'edges')).toBeCloseTo(TRUE_COSTS.edge, -1);
    expect(itemBytes(found, 'server', 'relay')).toBeCloseTo(TRUE_COSTS.relay, -1);
    expect(itemBytes(found, 'client', 'workers')).toBeCloseTo(TRUE_COSTS.worker, -1);
  });

  test('kernel memory is halved between the ends on one machine, and says so', () => {
    const found = bill(syntheticRun());
    expect(itemBytes(found, 'server', 'kernel sockets (slab)')).toBe(itemBytes(found, 'client', 'kernel sockets (slab)'));
    expect(found.notes.join()).toContain('halved');
  });

  test('with the clients elsewhere all kernel memory is the box’s, and there is no client side', () => {
    const found = bill(syntheticRun({ bothEnds: false }));
    expect(itemBytes(found, 'server', 'kernel sockets (slab)')).toBeCloseTo(3_649, -1);
    expect(found.client).toBeUndefined();
    expect(found.notes.join()).not.toContain('halved');
  });

  test('the two sides add up to the whole', () => {
    const found = bill(syntheticRun());
    expect(found.server.mid + found.client!.mid).toBeCloseTo(found.whole.mid, 6);
  });

  test('the base of a process is measured without connections and is in no slope', () => {
    const found = bill(syntheticRun());
    const edge = found.base.find((base) => base.role === 'edge')!;
    expect(edge.from).toBe('measured');
    expect(edge.bytesPerProcess / TRUE_COSTS.processBytes).toBeCloseTo(1, 1);
    const without = bill(syntheticRun({ sizes: [100_000, 300_000, 500_000] })).base.find((base) => base.role === 'edge')!;
    expect(without.from).toBe('fitted');
  });

  test('two sizes say why there is no bill', () => {
    const record = syntheticRun({ sizes: [0, 100_000, 500_000] });
    expect(memoryBill(record)).toEqual({ unfit: '2 different sizes measured, 3 are the least for a slope with its error' });
    expect(memoryBill({ ...record, checkpoints: [] })).toEqual({ unfit: 'the run has no checkpoint of memory' });
  });

  test('a number of processes that changed between checkpoints is refused', () => {
    const record = syntheticRun();
    const [first, ...rest] = record.checkpoints;
    const fewer = { ...first!, roles: { ...first!.roles, edge: { ...first!.roles.edge!, processes: 29 } } };
    expect(memoryBill({ ...record, checkpoints: [fewer, ...rest] })).toEqual({
      unfit: 'the number of edges is not the same at all checkpoints',
    });
  });

  test('without slab caches all slab is one item, and says so', () => {
    const record = syntheticRun();
    const checkpoints = record.checkpoints.map(({ slabBytes: _, ...rest }) => rest);
    const found = bill({ ...record, checkpoints });
    expect(itemBytes(found, 'server', 'kernel slab')).toBeCloseTo(3_649, -1);
    expect(found.notes.join()).toContain('not root');
  });

  test('MemAvailable is held against the sum, and a gap is named', () => {
    const record = syntheticRun();
    expect(bill(record).notes.join()).not.toContain('MemAvailable');
    const checkpoints = record.checkpoints.map((point) => ({
      ...point,
      memAvailableBytes: point.memAvailableBytes - point.connections * 2_000,
    }));
    expect(bill({ ...record, checkpoints }).notes.join()).toContain('21 % more than the items add up to');
  });

  test('sockets of others that come and go between checkpoints are named', () => {
    const record = syntheticRun();
    const counted = (foreign: (at: number) => number) => ({
      ...record,
      checkpoints: record.checkpoints.map((point, at) => ({ ...point, tcpSockets: 2 * point.connections + foreign(at) })),
    });
    expect(bill(counted(() => 40_000)).notes.join()).not.toContain('sockets');
    expect(bill(counted((at) => at * 5_000)).notes.join()).toContain('others opened or closed 25,000 sockets');
  });

  test('caches of files and processes, which others fill too, are in no item', () => {
    const record = syntheticRun();
    const checkpoints = record.checkpoints.map((point, at) => {
      const files = { ext4_inode_cache: at * 90_000_000, buffer_head: at * 20_000_000, tw_sock_TCP: at * 10_000_000 };
      return { ...point, slabBytes: { ...point.slabBytes, ...files }, slabTotalBytes: point.slabTotalBytes + at * 120_000_000 };
    });
    expect(bill({ ...record, checkpoints }).server.mid).toBeCloseTo(bill(record).server.mid, 3);
  });

  test('TLS is told apart only with a plain run beside it', () => {
    const tls = syntheticRun({ tls: true });
    expect(bill(tls).items.some((item) => item.name.startsWith('TLS'))).toBe(false);
    expect(bill(tls).notes.join()).toContain('a plain run is needed');
    const split = bill(tls, syntheticRun({ seed: 11 }));
    expect(itemBytes(split, 'server', 'TLS in edges') / TRUE_COSTS.edgeTls).toBeCloseTo(1, 2);
    expect(itemBytes(split, 'server', 'edges') / TRUE_COSTS.edge).toBeCloseTo(1, 1);
    expect(bill(tls, tls).notes.join()).toContain('used TLS');
  });
});

describe('the CPU bill', () => {
  test('finds the cost of each operation, with the heartbeats beside it taken off', () => {
    const costs = knownCosts(cpuBill(syntheticRun()));
    expect(costs.handshake!.gatewayUs).toBeCloseTo(TRUE_COSTS.handshakeUs.edge + TRUE_COSTS.handshakeUs.relay, 6);
    expect(costs.heartbeat!.gatewayUs).toBeCloseTo(TRUE_COSTS.heartbeatUs.edge, 6);
    expect(costs.message!.gatewayUs).toBeCloseTo(TRUE_COSTS.messageUs.edge + TRUE_COSTS.messageUs.relay, 6);
    expect(costs.message!.embeddedUs).toBeCloseTo(TRUE_COSTS.messageUs.embedded, 6);
    expect(costs.message!.deliveriesEach).toBe(2);
    expect(costs.message!.clientUs).toBeCloseTo(TRUE_COSTS.messageUs.worker, 6);
    expect(costs.message!.softirqUs).toBeCloseTo(TRUE_COSTS.softirqUs.message, 6);
  });

  test('heartbeats that cost more than the message beside them are named', () => {
    expect(cpuBill(syntheticRun()).notes.join()).toContain('a run with fewer connections tells it better');
    expect(cpuBill(syntheticRun(SMALL)).notes.join()).not.toContain('tells it better');
  });

  test('what the processes use without a connection is taken off, and comes back in a prediction', () => {
    const record = syntheticRun(SMALL);
    const role = (userUs: number) => ({ processes: 1, userUs, systemUs: 0 });
    const idle = { ...record.cpuWindows[0]!, name: 'idle' as const, startMs: 0, wallMs: 2_000, roles: { relay: role(20_000) } };
    const busier = record.cpuWindows.map((window) => ({
      ...window,
      roles: { ...window.roles, relay: { ...window.roles.relay!, userUs: window.roles.relay!.userUs + window.wallMs * 10 } },
    }));
    const with10MsASecond = { ...record, cpuWindows: [idle, ...busier] };
    const plain = knownCosts(cpuBill(record));
    const found = knownCosts(cpuBill(with10MsASecond));
    for (const operation of ['handshake', 'heartbeat', 'message'] as const) {
      expect(found[operation]!.gatewayUs).toBeCloseTo(plain[operation]!.gatewayUs, 6);
    }
    const cores = (of: RunRecord) => fitted(predictCpu(of, 500_000, 2_500)).cores;
    expect(cores(with10MsASecond) - cores(record)).toBeCloseTo(0.01, 6);
    expect(cpuBill(with10MsASecond).notes.join()).toContain('10.0 ms a second');
  });

  test('user and system time, the kernel’s share, stand apart for each role', () => {
    const { edge } = knownCosts(cpuBill(syntheticRun())).message!.roles;
    expect(edge!.userUs / edge!.systemUs).toBeCloseTo(0.4 / 0.6, 6);
  });

  test('without a window of heartbeats alone nothing is taken off, and that is said', () => {
    const record = syntheticRun();
    const cpuWindows = record.cpuWindows.filter((window) => window.name !== 'heartbeat');
    const found = cpuBill({ ...record, cpuWindows });
    expect(knownCosts(found).message!.gatewayUs).toBeGreaterThan(TRUE_COSTS.messageUs.edge + TRUE_COSTS.messageUs.relay);
    expect(found.notes.join()).toContain('not taken off');
  });

  test('what was not measured has a reason instead of a number', () => {
    const found = cpuBill(syntheticRun({ sendsPerSecond: 0 }));
    expect(found.costs.find((cost) => cost.operation === 'message')).toEqual({
      operation: 'message',
      missing: 'the run has no chat window',
    });
    const tiny = { ...syntheticRun(), cpuWindows: syntheticRun({ connections: 100, sizes: [] }).cpuWindows };
    expect(cpuBill(tiny).costs[0]).toHaveProperty('missing');
  });

  test('a message that heartbeats explain wholly is not negative, it is missing', () => {
    const record = syntheticRun();
    const cpuWindows = record.cpuWindows.map((window) =>
      window.name === 'heartbeat' ? { ...window, operations: { ...window.operations, heartbeats: 1_000 } } : window,
    );
    expect(cpuBill({ ...record, cpuWindows }).costs[2]).toHaveProperty('missing');
  });

  test('whether softirq may be added is said, by what the kernel does', () => {
    const record = syntheticRun();
    const apart = { ...record, host: { ...record.host, interruptTimeApart: true } };
    expect(cpuBill(record).notes.join()).toContain('not to be added');
    expect(cpuBill(apart).notes.join()).toContain('add it');
  });

  test('the error of a cost comes from several windows of its kind, and is left out for one', () => {
    const costs = knownCosts(cpuBill(syntheticRun()));
    expect((costs.message as CpuCost).boxError).toBeCloseTo(0, 6);
    expect(costs.handshake).not.toHaveProperty('boxError');
  });
});

describe('prediction', () => {
  test('a run of 60,000 predicts the memory of one of 500,000 with other numbers of processes within 1 %', () => {
    const check = fitted(comparePrediction(syntheticRun(SMALL), syntheticRun()));
    expect(check.connections).toBe(500_000);
    expect(Math.abs(check.errorShare)).toBeLessThan(0.01);
    expect(check.measuredBytes).toBeGreaterThan(check.predictedBytes.low);
    expect(check.measuredBytes).toBeLessThan(check.predictedBytes.high);
    expect(Math.abs(check.available!.errorShare)).toBeLessThan(0.01);
  });

  test('a run that used 20 % more than it was predicted is seen', () => {
    const large = syntheticRun();
    const checkpoints = large.checkpoints.map((point) => ({
      ...point,
      roles: { ...point.roles, edge: { ...point.roles.edge!, pssBytes: point.roles.edge!.pssBytes + point.connections * 2_150 } },
    }));
    expect(fitted(comparePrediction(syntheticRun(SMALL), { ...large, checkpoints })).errorShare).toBeCloseTo(0.2, 1);
  });

  test('says why there is none', () => {
    expect(comparePrediction(syntheticRun({ ...SMALL, sizes: [0, 60_000] }), syntheticRun())).toHaveProperty('unfit');
    expect(comparePrediction(syntheticRun(SMALL), syntheticRun({ sizes: [100_000, 200_000, 500_000] }))).toHaveProperty('unfit');
  });

  test('memory and processors never fall when connections grow', () => {
    const record = syntheticRun(SMALL);
    let before = { memory: 0, cores: 0 };
    for (const connections of [10_000, 60_000, 100_000, 500_000, 1_000_000]) {
      const memory = fitted(predictMemory(record, connections, { edge: 4 })).server.mid;
      const { cores } = fitted(predictCpu(record, connections, 2_500));
      expect(memory).toBeGreaterThan(before.memory);
      expect(cores).toBeGreaterThan(before.cores);
      before = { memory, cores };
    }
  });

  test('processors: heartbeats and messages, each at its measured cost', () => {
    const cpu = fitted(predictCpu(syntheticRun(SMALL), 500_000, 2_500));
    expect(cpu.cores).toBeCloseTo((500_000 / 30) * 12e-6 + 2_500 * 95e-6, 3);
    expect(cpu.error).toBeLessThan(0.001);
  });
});
