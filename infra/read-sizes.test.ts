import { describe, expect, test } from 'bun:test';
import { readSizes } from './read-sizes.ts';
import { isRefusal, refusalText } from './refusal.ts';
import { planOf, sourcesOf, taken } from './sources.harness.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document that tests spoil.
const PLAN: any = planOf({ plan: {} });

describe('sizes of a cell', () => {
  const { cells, used } = taken(readSizes(sourcesOf('production')));
  const row = (id: string): number => PLAN.rows.find((one: { id: string }) => one.id === id).value;

  test('are the rows of the plan, all cells alike but for their number', () => {
    expect(cells).toHaveLength(PLAN.cells);
    const [first, second] = cells;
    expect(first!.kafka.brokers).toBe(row('kafka.brokersPerCell'));
    expect(first!.cassandra.nodes).toBe(row('cassandra.nodesPerCell'));
    expect(first!.gateway.gateways).toBe(row('gateway.gatewaysPerCell'));
    expect(first!.kafka.partitions.deliveries).toBe(first!.gateway.gateways);
    expect({ ...second!, cell: first!.cell }).toEqual(first!);
    expect(second!.cell).toMatchObject({ number: 1, name: 'cell-001' });
    expect(used.get('rows[kafka.brokersPerCell].value')).toBe(row('kafka.brokersPerCell'));
  });

  test('partitions of all topics with their replicas are the plan’s sum', () => {
    const { partitions, replicas } = cells[0]!.kafka;
    expect((partitions.messages + partitions.receipts + partitions.deliveries) * replicas).toBe(row('kafka.partitionReplicasPerCell'));
  });

  test('every pool is bought as a shape that carries its machine and what is reserved on a node', () => {
    const { reservedMemoryBytes } = sourcesOf('production').environment.value.nodes;
    for (const pool of Object.values(cells[0]!.pools)) {
      expect(pool.shapeMemoryBytes).toBeGreaterThanOrEqual(pool.podMemoryBytes + reservedMemoryBytes);
      expect(pool.shapeCores).toBeGreaterThanOrEqual(pool.podCores);
      expect(pool.storageClass === '').toBe(pool.diskBytes === 0);
    }
  });

  test('cells are shared out to regions in order, each with its zones', () => {
    const zones = (region: string) => ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
    const regions = ['one', 'two'].map((name) => ({ name, zones: zones(name) }));
    const two = taken(readSizes(sourcesOf('production', { regions, plan: { regions: '2' } })));
    const names = two.cells.map(({ cell }) => cell.region);
    expect(names.filter((name) => name === 'one')).toHaveLength(two.cells.length / 2);
    expect(two.cells.at(-1)!.cell.zones).toEqual(zones('two'));
  });
});

describe('bad input is refused by field and file', () => {
  const refusal = (plan: unknown, changed = {}) => {
    const read = readSizes(sourcesOf('production', changed, plan));
    return isRefusal(read) ? refusalText(read) : undefined;
  };
  const withRow = (id: string, value: unknown) => ({
    ...PLAN,
    rows: PLAN.rows.map((row: { id: string }) => (row.id === id ? { ...row, value } : row)),
  });
  const withMachines = (component: string, machines: object) => ({
    ...PLAN,
    components: PLAN.components.map((one: { component: string; machines: object }) =>
      one.component === component ? { ...one, machines: { ...one.machines, ...machines } } : one,
    ),
  });

  test.each<[string, unknown, object, RegExp]>([
    ['a plan of another schema version', { ...PLAN, schema: 2 }, {}, /^plan\.json: schema: a plan of schema 2; this version reads 1/],
    ['a plan that is no plan', { schema: 1 }, {}, /^plan\.json: workload: expected an object, got nothing$/],
    ['a workload that can’t be met', { infeasible: 'too much' }, {}, /^plan\.json: infeasible: .*too much/],
    ['a text', 'plan', {}, /^plan\.json: .*expected an object/],
    [
      'a row that is missing',
      { ...PLAN, rows: PLAN.rows.filter(({ id }: { id: string }) => id !== 'kafka.brokersPerCell') },
      {},
      /^plan\.json: rows\[kafka\.brokersPerCell\]\.value: the plan does not have it/,
    ],
    [
      'half a broker',
      withRow('kafka.brokersPerCell', 2.5),
      {},
      /^plan\.json: rows\[kafka\.brokersPerCell\]\.value: 2\.5 is no whole number from 1$/,
    ],
    [
      'partitions that do not come to the sum',
      withRow('kafka.receiptPartitionsPerCell', 7),
      {},
      /^plan\.json: rows\[kafka\.partitionReplicasPerCell\]\.value: .*receipts 7/,
    ],
    [
      'fewer primaries than a cluster has',
      withRow('redis.primariesPerCell', 1),
      {},
      /^plan\.json: rows\[redis\.primariesPerCell\]\.value: 1, and a cluster has 3 at least \(redisPrimariesLeast\)$/,
    ],
    [
      'a size that no machine has',
      withMachines('gateway', { cores: 4_000 }),
      {},
      /^plan\.json: components\[gateway\]\.machines: no machine shape of capacity\/prices\/aws-us-east-1\.json carries it.*4000 processors/,
    ],
    [
      'memory that fits only without what is reserved',
      withMachines('redis', { memoryBytes: 1e15 }),
      {},
      /^plan\.json: components\[redis\]\.machines: .*memory/,
    ],
    [
      'fewer zones than the plan is for',
      PLAN,
      { regions: [{ name: 'one', zones: ['a', 'b'] }] },
      /^infra\/environments\/production\.json: regions\[0\]\.zones: 2 of them, and the plan is for 3 \(workload\.zones\)$/,
    ],
    [
      'another number of regions',
      PLAN,
      { regions: [1, 2].map((one) => ({ name: `r${one}`, zones: ['a', 'b', 'c'] })) },
      /^infra\/environments\/production\.json: regions: 2 of them, and the plan is for 1 \(workload\.regions\)$/,
    ],
    [
      'a cell that the plan does not have',
      PLAN,
      { cells: [0, 9_999] },
      /^infra\/environments\/production\.json: cells\[1\]: there is no cell 9999/,
    ],
  ])('%s', (_, plan, changed, message) => {
    expect(refusal(plan, changed)).toMatch(message);
  });
});
