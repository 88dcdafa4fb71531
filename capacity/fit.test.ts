import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { fitShape, mostConnections } from './fit.ts';
import { NO_LIMIT } from './host-limit.ts';
import { stoppedBy } from './host-limits.ts';

const VALUES = { processFiles: 20_000, localPorts: 28_232, fileMax: 2_466_170, memoryAvailable: 24_000_000_000, threads: 192_730 };
const REQUEST = { connections: 500_000, bothEnds: true, cores: 2 };

describe('the shape for a number of connections', () => {
  test('500,000 with 20,000 files a process: 29 edges, 26 workers, 46 addresses', () => {
    expect(fitShape(REQUEST, VALUES)).toMatchObject({ edges: 29, workers: 26, destinationAddresses: 46 });
  });

  test('no workers when the clients are elsewhere, and what is asked for stays', () => {
    expect(fitShape({ ...REQUEST, bothEnds: false, edges: 3 }, VALUES)).toMatchObject({ edges: 3, workers: 0 });
  });

  test('a process a core at least, and no more with a wide limit of files', () => {
    const wide = { ...VALUES, processFiles: NO_LIMIT, nrOpen: 1_048_576 };
    expect(fitShape({ ...REQUEST, cores: 8 }, wide)).toMatchObject({ edges: 8, workers: 8 });
  });

  test('what was chosen is not stopped by files or ports', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000 }), fc.integer({ min: 1_000, max: 1_048_576 }), (connections, processFiles) => {
        const values = { processFiles, localPorts: 28_232 };
        expect(stoppedBy(connections, values, fitShape({ ...REQUEST, connections }, values))).toEqual([]);
      }),
    );
  });
});

describe('the most that a machine bears', () => {
  test('system files bind first on the measured machine, both ends', () => {
    const most = mostConnections(REQUEST, VALUES);
    expect(most.limit!.limit.name).toBe('fileMax');
    expect(most.connections).toBeGreaterThan(1_200_000);
    expect(stoppedBy(most.connections, VALUES, fitShape({ ...REQUEST, connections: most.connections }, VALUES))).toEqual([]);
  });

  test('memory, on a small machine', () => {
    expect(mostConnections(REQUEST, { ...VALUES, memoryAvailable: 2_000_000_000 }).limit!.limit.name).toBe('memoryAvailable');
  });

  test('fixed edges bind at their files', () => {
    expect(mostConnections({ ...REQUEST, edges: 2 }, VALUES)).toMatchObject({
      connections: 34_608,
      limit: { limit: { name: 'processFiles' } },
    });
  });

  test('a limit of files without room for a connection leaves none', () => {
    expect(mostConnections(REQUEST, { ...VALUES, processFiles: 64 }).connections).toBe(0);
  });

  test('nothing known, nothing binds', () => {
    expect(mostConnections(REQUEST, {}).limit).toBeUndefined();
  });
});
