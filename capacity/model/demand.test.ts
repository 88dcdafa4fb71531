import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { demandOf } from './demand.ts';
import { demandRows } from './demand-rows.ts';
import { type Dimension, UNITS, type Unit } from './unit.ts';
import { workloadNumbers } from './workload.arbitrary.ts';
import { DEFAULT_WORKLOAD, type WorkloadKey, type WorkloadNumbers } from './workload.ts';

const FACTOR = 7;

function secondsOf(unit: Unit): number {
  return (UNITS[unit].dimension as Dimension).second ?? 0;
}

function rowsOf(workload: WorkloadNumbers): ReadonlyMap<string, { value: number; unit: Unit }> {
  return new Map(demandRows(workload, demandOf(workload)).map((row) => [row.id, row]));
}

function scaled(workload: WorkloadNumbers, factorOf: (key: WorkloadKey) => number): WorkloadNumbers {
  const entries = (Object.keys(DEFAULT_WORKLOAD) as WorkloadKey[]).map((key) => [key, workload[key] * factorOf(key)]);
  return Object.fromEntries(entries) as WorkloadNumbers;
}

/** To rounding; fast-check also draws the smallest numbers that there are, which no factor keeps. */
function same(id: string, value: number, expected: number): void {
  expect({ id, near: Math.abs(value - expected) <= 1e-9 * Math.abs(expected) + Number.MIN_VALUE * FACTOR }).toEqual({ id, near: true });
}

describe('the rows of the demand have the dimension of their unit', () => {
  test('with a clock that runs seven times faster, rates are seven times as high and counts the same', () => {
    fc.assert(
      fc.property(workloadNumbers, (workload) => {
        const before = rowsOf(workload);
        // Retention is in days of what is kept, and no row of the demand has it.
        const after = rowsOf(scaled(workload, (key) => FACTOR ** -secondsOf(DEFAULT_WORKLOAD[key].unit)));
        for (const [id, { value, unit }] of after) same(id, value, before.get(id)!.value * FACTOR ** -secondsOf(unit));
      }),
      { numRuns: 50 },
    );
  });

  test('with seven times the users, all that is not a share or for each message is seven times as much', () => {
    const fleetWide = new Set<WorkloadKey>(['dailyUsers', 'connections', 'peakSendsPerSecond', 'presenceReadsPerSecond']);
    fc.assert(
      fc.property(workloadNumbers, (workload) => {
        const before = rowsOf(workload);
        const after = rowsOf(scaled(workload, (key) => (fleetWide.has(key) ? FACTOR : 1)));
        for (const [id, { value, unit }] of after) {
          const factor = unit === '1' || unit === 'deliveries/message' ? 1 : FACTOR;
          same(id, value, before.get(id)!.value * factor);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the demand of the source document', () => {
  const demand = demandOf({
    ...(Object.fromEntries(Object.entries(DEFAULT_WORKLOAD).map(([key, one]) => [key, one.mid])) as WorkloadNumbers),
  });

  test('is 100 B messages a day and 20 TB of bodies, not 50', () => {
    expect(demand.messagesPerDay).toBe(100e9);
    expect(demand.storedLogicalBytesPerDay).toBe(20e12);
  });

  test('goes to the recipients’ devices and the sender’s others', () => {
    expect(demand.recipientsPerMessage).toBeCloseTo(0.65 + 0.35 * 9, 12);
    expect(demand.devicesPerMessage).toBeCloseTo(4.8 * 1.2 - 1, 12);
  });
});
