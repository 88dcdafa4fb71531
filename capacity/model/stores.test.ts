/** The stores of a cell, by examples whose arithmetic stands here and by properties over random workloads. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { cassandraPlan } from './cassandra.ts';
import type { Cell } from './cells.ts';
import { type CoefficientNumbers, DEFAULT_COEFFICIENTS } from './coefficients.ts';
import { type ComponentPlan, type Infeasible, isInfeasible } from './component.ts';
import { demandOf } from './demand.ts';
import { dispatchPlan } from './dispatch.ts';
import { middleOf } from './draws.ts';
import { kafkaPlan } from './kafka.ts';
import { loadgenPlan } from './loadgen.ts';
import { prekeysPlan } from './prekeys.ts';
import { pushPlan } from './push.ts';
import { redisPlan } from './redis.ts';
import { logicalBytes, logicalOf, measuredBytes, nodesFor, stored } from './stored-bytes.ts';
import { workloadNumbers } from './workload.arbitrary.ts';
import { DEFAULT_WORKLOAD, type WorkloadNumbers } from './workload.ts';

const C = middleOf(DEFAULT_COEFFICIENTS) as CoefficientNumbers;
const WORKLOAD = middleOf(DEFAULT_WORKLOAD) as WorkloadNumbers;
const CELL: Cell = { cells: 400, gateways: 9, share: 1 / 400, zones: 3 };

function built(plan: ComponentPlan | Infeasible): ComponentPlan {
  if (isInfeasible(plan)) throw new Error(plan.infeasible);
  return plan;
}

function value(plan: ComponentPlan, id: string): number {
  return plan.rows.find((row) => row.id === id)!.value;
}

describe('examples', () => {
  test('100 G messages of 200 B are 20 TB a day of bodies, 26 on a replica and 78 on all disks', () => {
    const fleet: Cell = { cells: 1, gateways: 4_000, share: 1, zones: 3 };
    const coefficients = { ...C, cassandraRowBytes: 60, cassandraBodyCompression: 1 };
    const plan = built(cassandraPlan(WORKLOAD, coefficients, demandOf(WORKLOAD), fleet));
    expect(value(plan, 'cassandra.logicalBytesPerDay')).toBeCloseTo(20e12, -6);
    expect(value(plan, 'cassandra.replicaBytesPerDay')).toBeCloseTo(100e9 * (200 + 60), -6);
    expect(value(plan, 'cassandra.storedBytesPerDay')).toBeCloseTo(100e9 * 260 * 3, -6);
  });

  test('the same cluster from bodies with RF 3 and from what its disks were measured to hold', () => {
    const fromBodies = stored(logicalBytes(1e12), 1.3, 3);
    const fromDisks = measuredBytes(3.9e12);
    expect(nodesFor(fromBodies, 2e12)).toBeCloseTo(nodesFor(fromDisks, 2e12), 12);
    expect(logicalOf(fromDisks, 1.3, 3)).toBeCloseTo(1e12, 0);
  });

  test('a bucket that could pass 100 MB is refused, with the largest that can not', () => {
    const plan = cassandraPlan(WORKLOAD, { ...C, cassandraBucketSequences: 2_048 }, demandOf(WORKLOAD), CELL);
    // 100,000,000 ÷ (65,536 + 16,640) = 1,216.9
    expect(isInfeasible(plan) && plan.change).toBe('cassandraBucketSequences of at most 1216');
  });

  test('a key per user refreshed every 30 s is a thirtieth of the connections a second', () => {
    const plan = redisPlan(WORKLOAD, C, demandOf(WORKLOAD), CELL);
    expect(value(plan, 'redis.naiveWritesPerSecond')).toBeCloseTo(1e9 / 400 / 30, 6);
  });

  test('half a million connections of one gateway need twenty addresses of the load engine', () => {
    const workload = { ...WORKLOAD, connections: 500_000 };
    const plan = loadgenPlan(workload, C, demandOf(workload), { cells: 1, gateways: 1, share: 1, zones: 3 });
    expect(value(plan, 'loadgen.addressesForGateway')).toBe(500_000 / 25_000);
  });

  test('notices above ten thousand a second are that many of FCM’s default quotas', () => {
    const plan = pushPlan(WORKLOAD, C, demandOf(WORKLOAD), CELL);
    expect(value(plan, 'push.fcmQuotas')).toBeCloseTo((demandOf(WORKLOAD).pushesPerSecond * C.pushFcmShare) / 10_000, 6);
  });
});

describe('any workload', () => {
  const plans = (workload: WorkloadNumbers) => {
    const demand = demandOf(workload);
    const cell = { ...CELL, zones: 3 };
    return [
      kafkaPlan(workload, C, demand, cell),
      dispatchPlan(workload, C, demand, cell),
      cassandraPlan(workload, C, demand, cell),
      redisPlan(workload, C, demand, cell),
      pushPlan(workload, C, demand, cell),
      prekeysPlan(workload, C, demand, cell),
      loadgenPlan(workload, C, demand, cell),
    ];
  };

  test('gives whole machines, finite rows, and as many in each zone as replicas ask for', () => {
    fc.assert(
      fc.property(workloadNumbers, (workload) => {
        for (const plan of plans(workload)) {
          if (isInfeasible(plan)) continue;
          expect(Number.isInteger(plan.machines.count) && plan.machines.count > 0).toBe(true);
          if (plan.component === 'kafka' || plan.component === 'cassandra') expect(plan.machines.count % 3).toBe(0);
          for (const row of plan.rows)
            expect({ id: row.id, fine: Number.isFinite(row.value) && row.value >= 0 }).toEqual({ id: row.id, fine: true });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('asks for no fewer machines when everything doubles, and no partition passes its limit', () => {
    fc.assert(
      fc.property(workloadNumbers, (workload) => {
        const double = {
          ...workload,
          dailyUsers: workload.dailyUsers * 2,
          connections: workload.connections * 2,
          peakSendsPerSecond: workload.peakSendsPerSecond * 2,
          presenceReadsPerSecond: workload.presenceReadsPerSecond * 2,
        };
        const after = plans(double);
        for (const [index, before] of plans(workload).entries()) {
          const later = after[index]!;
          if (isInfeasible(before) || isInfeasible(later)) continue;
          expect({ part: before.component, fewer: later.machines.count < before.machines.count }).toEqual({
            part: before.component,
            fewer: false,
          });
          if (later.component === 'cassandra')
            expect(value(later, 'cassandra.largestPartitionBytes')).toBeLessThanOrEqual(C.cassandraPartitionMostBytes);
        }
      }),
      { numRuns: 40 },
    );
  });
});
