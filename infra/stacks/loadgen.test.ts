import { describe, expect, test } from 'bun:test';
import { containersOf } from '../policy/pods.ts';
import { ENVIRONMENTS, objectOf, sampleCell } from '../sources.harness.ts';
import { loadgenObjects } from './loadgen.ts';
import { engineSize } from './loadgen-engine.ts';

interface TestRun {
  readonly spec: {
    readonly parallelism: number;
    readonly runner: { readonly env: ReadonlyArray<{ readonly name: string; readonly value: string }>; readonly image: string };
  };
}

interface IndexedJob {
  readonly spec: { readonly completions: number; readonly parallelism: number; readonly completionMode: string; readonly suspend: boolean };
}

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;

describe('the load generator of a cell', () => {
  for (const name of ENVIRONMENTS) {
    const { cell, environment } = sampleCell(name);
    const objects = loadgenObjects(cell, environment);

    test(`${name}: a runner for each of the plan's boxes, told what the script reads`, async () => {
      const { spec } = objectOf<TestRun>(objects, 'TestRun', 'chat');
      expect(spec.parallelism).toBe(Math.max(1, cell.loadgen.boxesForCell));
      const script = await Bun.file(new URL('../../loadgen/k6/chat.ts', import.meta.url)).text();
      for (const { name: variable } of spec.runner.env) expect(script).toContain(variable);
    });

    test(`${name}: as many worker pods as the plan has source addresses for a gateway, no more than its machines for one carry`, () => {
      const size = engineSize(cell);
      const { spec } = objectOf<IndexedJob>(objects, 'Job', 'loadgen-worker');
      expect(spec).toMatchObject({ completions: size.hosts, parallelism: size.hosts, completionMode: 'Indexed', suspend: true });
      expect(size.hosts).toBeGreaterThanOrEqual(cell.loadgen.addressesForGateway);
      const boxes = Math.max(1, cell.loadgen.boxesForGateway);
      expect(size.hosts * size.coresOfHost).toBeLessThanOrEqual(boxes * cell.pools.loadgen.podCores);
      expect(size.hosts * size.memoryBytesOfHost).toBeLessThanOrEqual(boxes * cell.pools.loadgen.podMemoryBytes);
      // A pod has one address, and each of its connections takes a port of it.
      expect(size.connections / size.hosts).toBeLessThanOrEqual(cell.loadgen.connectionsPerAddressPair);
      expect(size.workersOfHost).toBeGreaterThanOrEqual(1);
    });

    test(`${name}: coordinator and workers know every option that they are told, and miss nothing but their files`, () => {
      const told = containersOf(objects).filter(({ container }) => ['chat', 'work'].includes(container.args?.[0] ?? ''));
      expect(told.map(({ container }) => container.args![0]).toSorted()).toEqual(['chat', 'work']);
      for (const { container } of told) {
        const { exitCode, stderr } = Bun.spawnSync([process.execPath, PARLEY, ...container.args!], { timeout: 20_000 });
        expect(stderr.toString()).toBe(`parley ${container.args![0]}: --secret-file: /etc/parley/link/secret does not exist.\n`);
        expect(exitCode).toBe(3);
      }
    });
  }
});
