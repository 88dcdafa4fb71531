import { describe, expect, test } from 'bun:test';
import { loadgenObjects } from './loadgen.ts';
import { ENVIRONMENTS, objectOf, sampleCell } from './sample-cell.harness.ts';

interface TestRun {
  readonly spec: {
    readonly parallelism: number;
    readonly runner: { readonly env: ReadonlyArray<{ readonly name: string; readonly value: string }>; readonly image: string };
  };
}

describe('the load generator of a cell', () => {
  for (const name of ENVIRONMENTS) {
    test(`${name}: a runner for each of the plan's boxes, told what the script reads`, async () => {
      const { cell, environment } = sampleCell(name);
      const { spec } = objectOf<TestRun>(loadgenObjects(cell, environment), 'TestRun', 'chat');
      expect(spec.parallelism).toBe(Math.max(1, cell.loadgen.boxesForCell));
      const script = await Bun.file(new URL('../../loadgen/k6/chat.ts', import.meta.url)).text();
      for (const { name: variable } of spec.runner.env) expect(script).toContain(variable);
    });
  }
});
