import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { coresNeed, coresOfEach, machinesInZones, type ProcessorWork } from './needs.ts';

const C = { headroomBurst: 1.25, headroomPauseMs: 2, headroomLatencyMs: 20, upgradeShare: 0.05 };
const CELL = { zones: 3 };

test('machines have the fewest processors that carry the work, and no fewer than the least', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 400, noNaN: true }), fc.integer({ min: 1, max: 32 }), (cores, most) => {
      const work: ProcessorWork = { what: 'processor', cores, usPerOperation: 200, coresPerMachine: most };
      const machines = machinesInZones(coresNeed(work, CELL, C).machines, CELL.zones);
      const each = coresOfEach(work, machines, 2, CELL, C);
      const needed = (coresPerMachine: number) => coresNeed({ ...work, coresPerMachine }, CELL, C).machines;
      expect(each).toBeLessThanOrEqual(most);
      expect(each).toBeGreaterThanOrEqual(Math.min(2, most));
      expect(needed(each)).toBeLessThanOrEqual(machines + 1e-6);
      if (each > 2) expect(needed(each - 1)).toBeGreaterThan(machines);
    }),
    { numRuns: 100 },
  );
});
