import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type BoxShape, bytesPerConnection, DEFAULT_COSTS, DEFAULT_SHAPE, memoryFor, processesFor } from './box-shape.ts';
import { NO_LIMIT, sysctlCommand } from './host-limit.ts';
import { bindingLimits, degradedBy, HOST_LIMITS, hostLimit, type LimitValues, stoppedBy } from './host-limits.ts';
import { UNSAFE_POD_SYSCTLS } from './host-limits-machine.ts';
import { RUNTIME_BACKLOG } from './host-limits-network.ts';
import { portList, portsOfList } from './host-limits-ports.ts';

const shapes = fc.record({
  edges: fc.integer({ min: 1, max: 128 }),
  workers: fc.integer({ min: 0, max: 128 }),
  ports: fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 5 }),
  destinationAddresses: fc.integer({ min: 1, max: 200 }),
  cores: fc.integer({ min: 1, max: 64 }),
  tls: fc.boolean(),
  connectionsPerSecond: fc.integer({ min: 1, max: 30_000 }),
  sendsPerSecond: fc.integer({ min: 0, max: 20_000 }),
  heartbeatSeconds: fc.integer({ min: 1, max: 300 }),
  slowReaderShare: fc.constantFrom(0, 0.001, 0.01),
  spread: fc.constantFrom(1, 1.05, 1.15, 1.3),
  costs: fc.constant(DEFAULT_COSTS),
}) satisfies fc.Arbitrary<BoxShape>;
const connections = fc.integer({ min: 1, max: 3_000_000 });
const values = fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 2 ** 40 }));

/** A machine like the one the facts were measured on: 20,000 files a process, 24 GiB. */
const MEASURED: LimitValues = {
  processFiles: 20_000,
  nrOpen: 1_048_576,
  fileMax: 2_466_170,
  epollWatches: 5_491_511,
  localPorts: 28_232,
  acceptBacklog: 4_096,
  synBacklog: 2_048,
  tcpMemoryPages: 575_796,
  sendBufferBytes: 4_194_304,
  receiveBufferBytes: 33_554_432,
  orphans: 131_072,
  timeWaitBuckets: 131_072,
  migrateRequests: 0,
  packetBacklog: 1_000,
  tcpHashBuckets: 262_144,
  memoryAvailable: 24_000_000_000,
  cgroupMemory: NO_LIMIT,
  memoryMappings: 65_530,
  threads: 192_730,
  processIds: 32_768,
  userProcesses: 96_365,
};
const BOTH_ENDS: BoxShape = { ...DEFAULT_SHAPE, edges: 34, workers: 30, destinationAddresses: 30, cores: 2 };

describe('each limit of the table', () => {
  for (const limit of HOST_LIMITS) {
    test(`${limit.name}: the need never falls when connections grow`, () => {
      fc.assert(
        fc.property(shapes, connections, connections, (shape, left, right) => {
          const [few, many] = left < right ? [left, right] : [right, left];
          const difference = limit.needed(many, shape) - limit.needed(few, shape);
          expect(limit.safer === 'larger' ? difference : -difference).toBeGreaterThanOrEqual(0);
        }),
      );
    });

    test(`${limit.name}: a safer value never holds fewer connections, and what it holds is a whole number ≥ 0 or no limit`, () => {
      fc.assert(
        fc.property(shapes, values, values, (shape, left, right) => {
          const [worse, safer] = left < right === (limit.safer === 'larger') ? [left, right] : [right, left];
          const held = limit.holds(worse, shape);
          expect(held).toBeGreaterThanOrEqual(0);
          expect(Number.isInteger(held) || held === Number.POSITIVE_INFINITY).toBe(true);
          expect(limit.holds(safer, shape)).toBeGreaterThanOrEqual(held);
        }),
      );
    });

    test(`${limit.name}: the value that connections need holds them`, () => {
      fc.assert(
        fc.property(shapes, connections, (shape, count) => {
          const needed = limit.needed(count, shape);
          fc.pre(limit.name !== 'acceptBacklog' || needed <= RUNTIME_BACKLOG);
          expect(limit.holds(needed, shape)).toBeGreaterThanOrEqual(count);
        }),
      );
    });

    test(`${limit.name}: says why, what is seen, how to lift it and how to undo that`, () => {
      expect(limit.why.length).toBeGreaterThan(20);
      expect(limit.symptom.length).toBeGreaterThan(20);
      expect(limit.lift(1_000, DEFAULT_SHAPE).join()).not.toContain('undefined');
      expect(limit.lift(1_000, DEFAULT_SHAPE).length).toBeGreaterThan(0);
      if (limit.name !== 'memoryAvailable') expect(limit.undo('7 8').length).toBeGreaterThan(0);
    });
  }

  test('what a kernel setting’s commands write is what its rows for pods and nodes write', () => {
    for (const limit of HOST_LIMITS)
      for (const { name, value } of limit.sysctls(500, { ...DEFAULT_SHAPE, ports: [40_000] }))
        expect(limit.lift(500, { ...DEFAULT_SHAPE, ports: [40_000] }).join('\n')).toContain(sysctlCommand({ name, value }));
  });

  test('a list of ports is written as the kernel does, and read back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 500 })), (ports) => {
        expect(portsOfList(portList(ports))).toEqual(ports.toSorted((left, right) => left - right));
      }),
    );
    expect(portList([9_001, 8_080, 9_000, 9_000])).toBe('8080,9000-9001');
  });

  test('names are unique, and the list for the kubelet is that of the table', () => {
    expect(new Set(HOST_LIMITS.map((limit) => limit.name)).size).toBe(HOST_LIMITS.length);
    const unsafe = HOST_LIMITS.filter((limit) => limit.pod.kind === 'unsafe').map((limit) => limit.setting);
    expect(unsafe.toSorted()).toEqual([...UNSAFE_POD_SYSCTLS].toSorted());
  });
});

describe('which limit binds first', () => {
  test('ports, with the usual range and one address, at 10,940 connections', () => {
    const first = bindingLimits(MEASURED, { ...BOTH_ENDS, destinationAddresses: 1 })[0]!;
    expect(first.limit.name).toBe('localPorts');
    expect(first.connections).toBe(10_940);
  });

  test('a small range can be used up: 200 ports are 200 connections to each address', () => {
    const found = (localPorts: number) => hostLimit('localPorts')!.holds(localPorts, { ...BOTH_ENDS, destinationAddresses: 2 });
    expect(found(200)).toBe(400);
    expect(found(2_000)).toBe(4_000);
    expect(found(4_000)).toBe(4_000);
  });

  test('a port that is listened on and may be taken stops the box from the first connection', () => {
    const shape = { ...BOTH_ENDS, ports: [40_000, 40_002, 40_001, 9_100] };
    const limit = hostLimit('reservedPorts')!;
    expect(limit.holds(1, shape)).toBe(0);
    expect(limit.holds(0, shape)).toBe(Number.POSITIVE_INFINITY);
    expect(limit.lift(0, shape)).toEqual(['sysctl -w net.ipv4.ip_local_reserved_ports=9100,40000-40002']);
    expect(limit.undo('')).toEqual(['sysctl -w net.ipv4.ip_local_reserved_ports=']);
  });

  test('the wide range stops at 600,000 with 24 addresses and at 1,200,000 with 48, below what was measured to break', () => {
    const wide = { ...MEASURED, localPorts: 64_512 };
    const held = (destinationAddresses: number) =>
      bindingLimits(wide, { ...BOTH_ENDS, destinationAddresses }).find((one) => one.limit.name === 'localPorts')!.connections;
    expect(held(24)).toBe(600_000);
    expect(held(48)).toBe(1_200_000);
  });

  test('files per process with two edges: 34,608 of 20,000 each, for the fuller one gets 15 % more than the mean', () => {
    const two = { ...BOTH_ENDS, edges: 2, workers: 4 };
    const [first] = stoppedBy(60_000, { ...MEASURED, localPorts: 64_512 }, two);
    expect(first!.limit.name).toBe('processFiles');
    expect(first!.connections).toBe(34_608);
    expect(first!.limit.needed(60_000, two)).toBe(34_600);
  });

  test('the only edge there is gets no more than all', () => {
    expect(hostLimit('processFiles')!.holds(20_000, { ...DEFAULT_SHAPE, edges: 1 })).toBe(19_900);
    expect(processesFor(19_900, 20_000, 1.15, DEFAULT_COSTS, 1)).toBe(1);
    expect(processesFor(19_901, 20_000, 1.15, DEFAULT_COSTS, 1)).toBe(2);
  });

  test('the accept backlog is the smaller of 512 and somaxconn, times the edges', () => {
    const limit = hostLimit('acceptBacklog')!;
    const burst = { ...BOTH_ENDS, edges: 2, connectionsPerSecond: 20_000 };
    expect(limit.holds(4_096, burst)).toBe(1_024);
    expect(limit.holds(100, burst)).toBe(200);
    expect(limit.holds(4_096, { ...burst, connectionsPerSecond: 2_000 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('memory of both ends on 24 GB holds more than 2,000,000 connections, and fewer with TLS', () => {
    const limit = hostLimit('memoryAvailable')!;
    const plain = limit.holds(24_000_000_000, BOTH_ENDS);
    expect(plain).toBeGreaterThan(2_000_000);
    expect(limit.holds(24_000_000_000, { ...BOTH_ENDS, tls: true })).toBeLessThan(plain / 1.9);
  });

  test('500,000 connections fit the measured machine once the port range is wide', () => {
    expect(stoppedBy(500_000, MEASURED, BOTH_ENDS).map((one) => one.limit.name)).toEqual(['localPorts']);
    expect(stoppedBy(500_000, { ...MEASURED, localPorts: 64_512 }, BOTH_ENDS)).toEqual([]);
  });

  test('what degrades is listed apart: large socket buffers, handshakes lost with an edge', () => {
    const names = degradedBy(500_000, { ...MEASURED, localPorts: 64_512 }, BOTH_ENDS).map((one) => one.limit.name);
    expect(names).toContain('sendBufferBytes');
    expect(names).toContain('migrateRequests');
    expect(names).not.toContain('memoryAvailable');
  });

  test('an unknown value is left out, and no limit never binds', () => {
    expect(bindingLimits({}, BOTH_ENDS)).toEqual([]);
    expect(bindingLimits({ cgroupMemory: NO_LIMIT }, BOTH_ENDS)[0]!.connections).toBe(Number.POSITIVE_INFINITY);
  });

  test('the order is the same for the same values, first to bind first', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const order = bindingLimits(MEASURED, shape);
        for (let at = 1; at < order.length; at++) expect(order[at]!.connections).toBeGreaterThanOrEqual(order[at - 1]!.connections);
        expect(bindingLimits(MEASURED, shape)).toEqual(order);
      }),
    );
  });
});

describe('numbers of processes', () => {
  test('500,000 connections need 29 edges of 20,000 files, and that many are not stopped by files', () => {
    const edges = processesFor(500_000, 20_000, 1.15, DEFAULT_COSTS, 2);
    expect(edges).toBe(29);
    const stopped = stoppedBy(500_000, { processFiles: 20_000 }, { ...DEFAULT_SHAPE, edges });
    expect(stopped).toEqual([]);
  });

  test('any number of connections fits the processes that are asked for', () => {
    fc.assert(
      fc.property(connections, fc.integer({ min: 1_000, max: 1_048_576 }), (count, files) => {
        const edges = processesFor(count, files, 1.15, DEFAULT_COSTS, 1);
        expect(hostLimit('processFiles')!.holds(files, { ...DEFAULT_SHAPE, edges })).toBeGreaterThanOrEqual(count);
      }),
    );
  });

  test('no number of processes is enough when the limit leaves no room for a connection', () => {
    expect(processesFor(1, 100, 1.15, DEFAULT_COSTS, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  test('clients on another machine cost this one nothing', () => {
    const alone = { ...DEFAULT_SHAPE, workers: 0 };
    expect(bytesPerConnection(alone)).toBeLessThan(bytesPerConnection({ ...alone, workers: 1 }));
    expect(memoryFor(0, alone)).toBeLessThan(memoryFor(0, { ...alone, workers: 1 }));
  });
});
