import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { stacksOf } from './app.ts';
import { changedPartitions, mismatches } from './check.ts';
import { readSizes } from './read-sizes.ts';
import { planOf, sourcesOf, synthesized, taken } from './sources.harness.ts';
import { stableJson } from './stable-json.ts';
import { synthesize } from './synth.ts';

setDefaultTimeout(30_000);

const sources = sourcesOf('production', { cells: [0, 1] });
const wanted = synthesized(sources);

/** The files as they are wanted, with one object of one stack changed. */
function spoilt(stack: string, resource: string, change: (manifest: never) => void): ReadonlyMap<string, string> {
  const file = `production/${stack}/cdk.tf.json`;
  const document = JSON.parse(wanted.files.get(file)!);
  change(document.resource.kubernetes_manifest[resource].manifest as never);
  return new Map(wanted.files).set(file, stableJson(document));
}

type Spec = { spec: Record<string, unknown> };

describe('stacks that stand are held against a plan', () => {
  test('those that were written match', () => {
    expect(mismatches(wanted.files, wanted, sources)).toEqual([]);
  });

  test.each<[string, string, string, (manifest: Spec) => void, RegExp]>([
    [
      'brokers',
      'data',
      'kafkanodepool_parley-data_broker',
      ({ spec }) => {
        spec.replicas = 4;
      },
      /^rows\[kafka\.brokersPerCell\]\.value = \d+$/,
    ],
    [
      'nodes of Cassandra',
      'data',
      'k8ssandracluster_parley-data_store',
      ({ spec }) => {
        (spec as never as { cassandra: { datacenters: { size: number }[] } }).cassandra.datacenters[0]!.size = 1;
      },
      /^rows\[cassandra\.nodesPerCell\]/,
    ],
    [
      'primaries of Redis',
      'data',
      'rediscluster_parley-data_routes',
      ({ spec }) => {
        spec.clusterSize = 40;
      },
      /^rows\[redis\.primariesPerCell\]/,
    ],
    [
      'partitions',
      'data',
      'kafkatopic_parley-data_g1_receipts',
      ({ spec }) => {
        spec.partitions = 1;
      },
      /^rows\[kafka\.receiptPartitionsPerCell\]/,
    ],
    [
      'partitions of gateways',
      'data',
      'kafkatopic_parley-data_g1_deliveries',
      ({ spec }) => {
        spec.partitions = 1;
      },
      /^rows\[gateway\.gatewaysPerCell\]/,
    ],
  ])('%s that are not the plan’s are told with the row behind them', (_, stack, resource, change, row) => {
    const [found, ...more] = mismatches(spoilt(`cell-001-${stack}`, resource, change as never), wanted, sources);
    expect(more).toEqual([]);
    expect(found!.file).toBe(`production/cell-001-${stack}/cdk.tf.json`);
    expect(found!.place).toStartWith(`${resource} spec.`);
    expect(found!.rows.join()).toMatch(row);
  });

  test('a row that is another one now is told with both values, once for all cells', () => {
    const plan = structuredClone(sources.plan.value) as { rows: { id: string; value: number }[] };
    const nodes = plan.rows.find(({ id }) => id === 'cassandra.nodesPerCell')!;
    const before = nodes.value;
    nodes.value = before + 3;
    const moved = { ...sources, plan: { ...sources.plan, value: plan } };
    const found = mismatches(wanted.files, synthesized(moved), moved);
    // The nodes themselves, and the alert that counts them with the mark of the pods that read it.
    expect(found.map(({ place }) => place.split(' ')[0]!.split('_')[0]!)).toEqual(['k8ssandracluster', 'configmap', 'statefulset']);
    expect(found[0]).toMatchObject({ alsoIn: 1, rows: [`rows[cassandra.nodesPerCell].value = ${before + 3}, was ${before}`] });
    for (const { rows, alsoIn } of found) {
      expect(alsoIn).toBe(1);
      expect(rows).toContain(`rows[cassandra.nodesPerCell].value = ${before + 3}, was ${before}`);
    }
  });

  test('a setting that hangs on no row is told all the same', () => {
    const found = mismatches(
      spoilt('cell-000-data', 'kafka_parley-data_bus', ({ spec }: { spec: { kafka: { version: string } } }) => {
        spec.kafka.version = '1.0.0';
      }),
      wanted,
      sources,
    );
    expect(found).toEqual([
      {
        file: 'production/cell-000-data/cdk.tf.json',
        place: 'kafka_parley-data_bus spec.kafka.version',
        problem: 'is "1.0.0", and should be "4.3.1"',
        rows: [],
        alsoIn: 0,
      },
    ]);
  });

  test('a stack that is missing, one of no cell of the plan, and a file that is no JSON', () => {
    const standing = new Map(wanted.files);
    standing.delete('production/cell-001-data/cdk.tf.json');
    standing.set('production/cell-777-data/cdk.tf.json', '{}');
    standing.set('production/cell-000-data/cdk.tf.json', '{');
    const found = mismatches(standing, wanted, sources).map(({ file, problem }) => [file.split('/')[1], problem.split(':')[0]]);
    expect(found).toEqual([
      ['cell-001-data', 'is missing'],
      ['cell-777-data', 'belongs to no cell of the plan'],
      ['cell-000-data', 'is no JSON'],
    ]);
  });
});

describe('a partition count', () => {
  const spread = (prefix: string) =>
    Object.entries({ messages: 3, receipts: 4, deliveries: 5 }).map(([topic, count]) => [`${prefix}${topic}`, count]);

  test('of a topic that stands is never changed in place', () => {
    const standing = spoilt('cell-001-data', 'kafkatopic_parley-data_g1_messages', ({ spec }: Spec) => {
      spec.partitions = 12;
    });
    const [found, ...more] = changedPartitions(standing, wanted);
    expect(more).toEqual([]);
    expect(found!.problem).toMatch(/^is 12, and should be \d+; a partition count is never changed in place.*grow by another cell/);
  });

  test('grows by a generation of its own in stacks, beside the one that stands, and no synth writes that before services can hand over', () => {
    const before = [{ generation: 1, partitions: { messages: 3, receipts: 4, deliveries: 5 } }];
    const grown = sourcesOf('production', { cells: [0], topics: { generation: 2, before } });
    const stacks = stacksOf(taken(readSizes(grown)).cells, grown.environment.value);
    const topics = stacks.flatMap(({ stack }) => stack.contents.objects).filter(({ kind }) => kind === 'KafkaTopic');
    const counts = topics.map((one) => [one.metadata.name, (one as never as { spec: { partitions: number } }).spec.partitions]);
    expect(counts).toEqual(expect.arrayContaining(spread('g1.')));
    expect(counts.map(([name]) => name)).toEqual(expect.arrayContaining(['g2.messages', 'g2.receipts', 'g2.deliveries']));
    expect(synthesize(grown)).toMatchObject({ field: 'topics.before', refused: expect.stringContaining('Grow by another cell') });
  });

  test('of another generation in place of the one that stands is refused: its topics would be destroyed', () => {
    const other = synthesized(sourcesOf('production', { cells: [0, 1], topics: { generation: 2, before: [] } }));
    const gone = changedPartitions(wanted.files, other).map(({ place }) => place);
    expect(gone).toEqual(expect.arrayContaining(['kafkatopic_parley-data_g1_messages', 'kafkatopic_parley-data_g1_deliveries']));
    expect(changedPartitions(wanted.files, wanted)).toEqual([]);
  });
});

test('a plan for other partitions is refused for stacks that stand', () => {
  const other = sourcesOf('production', { cells: [0, 1] }, planOf({ plan: { connections: '1.2B' } }));
  expect(changedPartitions(wanted.files, synthesized(other)).length).toBeGreaterThan(0);
});
