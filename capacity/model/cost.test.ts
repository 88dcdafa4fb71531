import { expect, test } from 'bun:test';
import fc from 'fast-check';
import aws from '../prices/aws-us-east-1.json';
import owned from '../prices/owned.json';
import type { Machines } from './component.ts';
import { costProblem, costRowsOf, offersFor } from './cost.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { type PriceList, readPrices } from './prices.ts';

const list = readPrices(aws) as PriceList;
const GIB = 1_024 ** 3;
const need = (changes: Partial<Machines>): Machines => ({
  count: 1,
  cores: 8,
  memoryBytes: 30 * GIB,
  diskBytes: 0,
  networkBytesPerSecond: 1e8,
  ...changes,
});
const few: PriceList = {
  ...list,
  diskUsdPerGiBYear: 1,
  instances: [
    { name: 'small', vcpus: 4, memoryGiB: 16, localDiskGiB: 0, networkMbps: 1_000, usdPerYear: 400 },
    { name: 'plain', vcpus: 8, memoryGiB: 32, localDiskGiB: 0, networkMbps: 2_000, usdPerYear: 1_000 },
    { name: 'disk', vcpus: 8, memoryGiB: 32, localDiskGiB: 1_000, networkMbps: 2_000, usdPerYear: 1_300 },
    { name: 'free of price', vcpus: 99, memoryGiB: 999, localDiskGiB: 9_999, networkMbps: 9_999, usdPerYear: undefined },
  ],
};
const named = (machines: Machines) =>
  offersFor(machines, few).map(({ shape, attachedGiB, usdPerYear }) => [shape.name, attachedGiB, usdPerYear]);

test('the cheapest shape that carries a machine comes first, a disk is attached where its own is too small', () => {
  expect(named(need({}))).toEqual([
    ['plain', 0, 1_000],
    ['disk', 0, 1_300],
  ]);
  expect(named(need({ diskBytes: 500 * GIB }))).toEqual([
    ['disk', 0, 1_300],
    ['plain', 500, 1_500],
  ]);
  expect(named(need({ diskBytes: 100 * GIB }))).toEqual([
    ['plain', 100, 1_100],
    ['disk', 0, 1_300],
  ]);
});

test('a machine that no shape carries is told by the need that none meets', () => {
  const problem = (machines: Machines, prices = few) => costProblem([{ component: 'cassandra', machines }], prices);
  expect(problem(need({}))).toBeUndefined();
  expect(problem(need({ cores: 16 }))?.infeasible).toContain('16 processors');
  expect(problem(need({ networkBytesPerSecond: 1e9 }))?.infeasible).toContain('network');
  expect(problem(need({}), readPrices(owned) as PriceList)).toMatchObject({ infeasible: 'no shape has a price', component: 'cost' });
});

test('a list with a wrong field is refused by its path', () => {
  expect(readPrices({ ...aws, instances: [{ ...aws.instances[0], usdPerYear: 'dear' }] })).toEqual({
    invalid: 'prices.instances[0].usdPerYear: expected a number ≥ 0, got "dear"',
  });
  expect(readPrices({ ...aws, schema: 2 })).toHaveProperty('invalid');
});

test('the default plan has a cost: its parts add up, its middle lies in its interval, and its inputs move dollars', () => {
  const plan = makePlan({ draws: 20, costRows: costRowsOf(list) }) as Plan;
  const row = (id: string) => plan.rows.find((one) => one.id === id)!;
  const parts = plan.rows.filter(({ id }) => id.startsWith('cost.') && !/usdPerMonth|loadgen/.test(id));
  const sum = row('cost.usdPerMonth');
  expect(parts.length).toBeGreaterThan(6);
  expect(parts.reduce((all, { value }) => all + value, 0)).toBeCloseTo(sum.value, 3);
  expect(sum.low).toBeLessThanOrEqual(sum.value);
  expect(sum.high).toBeGreaterThanOrEqual(sum.value);
  expect(row('cost.usdPerMonthPerMillionConnections').value).toBeCloseTo((sum.value / plan.workload.connections!.mid) * 1e6, 6);
  expect(plan.sensitivityUnit).toBe('USD/month');
  expect(plan.sensitivity.length).toBeGreaterThan(3);
});

test('machines are priced by what their component needs of them, and each says the next best and why it lost', () => {
  const plan = makePlan({ draws: 0, costRows: costRowsOf(list) }) as Plan;
  for (const { component, machines } of plan.components) {
    if (machines.count === 0) continue;
    const [best] = offersFor(machines, list);
    const cost = plan.rows.find(({ id }) => id === `cost.${component}UsdPerMonth`)!;
    expect(cost.value).toBeCloseTo((plan.cells * machines.count * best!.usdPerYear) / 12, 3);
    expect(cost.reason).toMatch(/; next .* % more/);
    // None is as large as the largest that its component would buy for nothing but a shape.
    expect({ component, memory: machines.memoryBytes < 64e9, network: machines.networkBytesPerSecond < 0.6e9 }).toEqual({
      component,
      memory: true,
      network: true,
    });
  }
});

test('more of anything is never cheaper', () => {
  const machines = fc.record({
    count: fc.constant(1),
    cores: fc.double({ min: 0.5, max: 64, noNaN: true }),
    memoryBytes: fc.double({ min: 1e8, max: 3e11, noNaN: true }),
    diskBytes: fc.double({ min: 0, max: 1e13, noNaN: true }),
    networkBytesPerSecond: fc.double({ min: 0, max: 3e9, noNaN: true }),
  });
  fc.assert(
    fc.property(machines, fc.constantFrom('cores', 'memoryBytes', 'diskBytes', 'networkBytesPerSecond'), (one, key) => {
      const cheapest = (of: Machines) => offersFor(of, list)[0]?.usdPerYear ?? Number.POSITIVE_INFINITY;
      expect(cheapest({ ...one, [key]: one[key as 'cores'] * 1.5 })).toBeGreaterThanOrEqual(cheapest(one));
    }),
  );
});
