import { describe, expect, test } from 'bun:test';
import { readBackends } from '../../services/backends/read-settings.ts';
import { kafkaNames } from '../../services/bus/kafka-names.ts';
import { topicSpecs } from '../../services/bus/kafka-topics.ts';
import type { Environment } from '../environment.ts';
import type { Manifest } from '../manifest.ts';
import { readSizes } from '../read-sizes.ts';
import type { CellSizes } from '../sizes.ts';
import { sourcesOf, taken } from '../sources.harness.ts';
import { data } from './data.ts';
import { backendsObject, backendsSettings } from './data-backends.ts';
import { CERTIFICATES } from './data-certificates.ts';
import { cacheShape, redisCluster, valkeyCluster } from './data-redis.ts';

// biome-ignore lint/suspicious/noExplicitAny: operators' resources have no types here; the API server knows them.
type Object = any;

function cellOf(
  name: string,
  changed: Partial<Environment> = {},
): { cell: CellSizes; environment: Environment; objects: readonly Manifest[] } {
  const sources = sourcesOf(name, { cells: [0], ...changed });
  const cell = taken(readSizes(sources)).cells[0]!;
  const environment = sources.environment.value;
  return { cell, environment, objects: data(cell, environment).objects };
}

function find(objects: readonly Manifest[], kind: string, name: string): Object {
  return objects.find((one) => one.kind === kind && one.metadata.name === name);
}

describe('the bus', () => {
  const { cell, environment, objects } = cellOf('production');
  const kafka = find(objects, 'Kafka', 'bus');

  test('keeps each replica in another zone, and an acknowledged record while one is away', () => {
    expect(kafka.spec.kafka.rack).toEqual({ type: 'topology-label', topologyKey: 'topology.kubernetes.io/zone' });
    const { config } = kafka.spec.kafka;
    expect([config['default.replication.factor'], config['min.insync.replicas']]).toEqual([3, 2]);
    expect(config['unclean.leader.election.enable']).toBe(false);
    const spread = find(objects, 'KafkaNodePool', 'broker').spec.template.pod.topologySpreadConstraints;
    expect(spread.map((one: Object) => one.topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    for (const one of spread)
      expect(one.labelSelector.matchLabels).toEqual({ 'strimzi.io/cluster': 'bus', 'strimzi.io/pool-name': 'broker' });
  });

  test('has the plan’s brokers with its disks, and controllers apart from them', () => {
    const broker = find(objects, 'KafkaNodePool', 'broker').spec;
    expect(broker.replicas).toBe(cell.kafka.brokers);
    expect(broker.roles).toEqual(['broker']);
    const [volume] = broker.storage.volumes;
    expect(Number.parseInt(volume.size, 10) * 1_024 ** 3).toBeGreaterThanOrEqual(cell.pools.kafka.diskBytes);
    expect(volume.deleteClaim).toBe(false);
    expect(find(objects, 'KafkaNodePool', 'controller').spec).toMatchObject({ replicas: 3, roles: ['controller'] });
  });

  test('has the topics that services look for, with their settings and counts', () => {
    const settings = backendsSettings('relay', cell, environment).kafka;
    for (const spec of topicSpecs(settings, kafkaNames(settings.prefix))) {
      const topic = find(objects, 'KafkaTopic', spec.name);
      expect(topic.spec).toEqual({ partitions: spec.partitions, replicas: spec.replicas, config: spec.settings });
    }
  });

  test('lets each service do what it has to, and no more', () => {
    const may = (user: string, topic: string) =>
      find(objects, 'KafkaUser', user).spec.authorization.acls.find((acl: Object) => acl.resource.name === topic)?.operations ?? [];
    expect(may('parley-relay', 'g1.messages')).toContain('Write');
    expect(may('parley-relay', 'g1.messages')).not.toContain('Read');
    expect(may('parley-relay', 'g1.deliveries')).toContain('Read');
    expect(may('parley-relay', 'g1.deliveries')).not.toContain('Write');
    expect(may('parley-dispatch', 'g1.deliveries')).toContain('Write');
    expect(may('parley-dispatch', 'g1.messages')).toContain('Read');
  });

  test('takes passwords by reference', () => {
    for (const user of ['parley-relay', 'parley-dispatch'])
      expect(find(objects, 'KafkaUser', user).spec.authentication.password.valueFrom.secretKeyRef).toEqual({ name: user, key: 'password' });
  });

  test('of one broker has no balance to keep', () => {
    const local = cellOf('local').objects;
    expect(find(local, 'Kafka', 'bus').spec.cruiseControl).toBeUndefined();
    expect(find(local, 'KafkaNodePool', 'controller').spec.replicas).toBe(1);
  });

  test('names templates of a rebalance that are there', () => {
    for (const { template } of kafka.spec.cruiseControl.autoRebalance)
      expect(find(objects, 'KafkaRebalance', template.name).metadata.annotations).toEqual({ 'strimzi.io/rebalance-template': 'true' });
  });
});

describe('the store', () => {
  const { cell, objects, environment } = cellOf('production');
  const { spec } = find(objects, 'K8ssandraCluster', 'store');
  const [datacenter] = spec.cassandra.datacenters;

  test('has a rack in each zone, and as many nodes in each', () => {
    expect(datacenter.racks.map((rack: Object) => rack.nodeAffinityLabels['topology.kubernetes.io/zone'])).toEqual(cell.cell.zones);
    expect(datacenter.size).toBe(cell.cassandra.nodes);
    expect(datacenter.size % datacenter.racks.length).toBe(0);
  });

  test('gives the heap half of the memory at most, and never so much that pointers grow', () => {
    const mebibytes = (text: string) => Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1_024 : 1);
    const heap = mebibytes(spec.cassandra.config.jvmOptions.heap_max_size);
    expect(heap).toBeLessThanOrEqual(mebibytes(spec.cassandra.resources.limits.memory) / 2);
    expect(heap).toBeLessThanOrEqual(31 * 1_024);
    expect(spec.cassandra.config.jvmOptions.heap_initial_size).toBe(spec.cassandra.config.jvmOptions.heap_max_size);
  });

  test('is where services look for it, by the names in its certificate', () => {
    const settings = backendsSettings('dispatch', cell, environment).cassandra;
    expect(settings.dataCenter).toBe(datacenter.metadata.name);
    const names: string[] = find(objects, 'Certificate', CERTIFICATES.cassandra.secret).spec.dnsNames;
    expect(names).toContain(settings.tls!.serverName!);
    expect(names).toContain(settings.contactPoints[0]!.split(':')[0]!);
    expect(spec.cassandra.config.cassandraYaml.client_encryption_options.enabled).toBe(true);
  });

  test('is backed up to where the environment says, and not at all where it says nothing', () => {
    expect(spec.medusa.storageProperties).toMatchObject({ bucketName: 'parley-production-backups', prefix: 'cell-000' });
    expect(objects.filter(({ kind }) => kind === 'MedusaBackupSchedule')).toHaveLength(1);
    const local = cellOf('local').objects;
    expect(find(local, 'K8ssandraCluster', 'store').spec.medusa).toBeUndefined();
    expect(local.filter(({ kind }) => kind === 'MedusaBackupSchedule')).toEqual([]);
  });
});

describe('routes', () => {
  const { cell, environment } = cellOf('production');

  test('are made alike by either operator', () => {
    const shape = cacheShape(cell);
    const redis: Object = redisCluster(cell, environment);
    const valkey: Object = valkeyCluster(cell, environment);
    expect([redis.spec.clusterSize, redis.spec.redisFollower.replicas]).toEqual([
      shape.primaries,
      shape.primaries * shape.replicasPerPrimary,
    ]);
    expect([valkey.spec.shards, valkey.spec.replicas]).toEqual([shape.primaries, shape.replicasPerPrimary]);
    expect(redis.spec.kubernetesConfig.resources).toEqual(valkey.spec.resources);
    expect(redis.spec.TLS.secret.secretName).toBe(valkey.spec.networking.tls.certificates.server.secretName);
  });

  test('are on as many primaries as the plan has, of which the smallest has three', () => {
    const { cell: small } = cellOf('local');
    const shape = cacheShape(small);
    expect([shape.primaries, small.redis.primaries, small.pools.redis.count]).toEqual([3, 3, 6]);
    expect(shape.memoryBytes).toBe(small.pools.redis.podMemoryBytes);
    expect(shape.keyBytes).toBeLessThan(shape.memoryBytes);
  });

  test.each(['ot-redis', 'valkey'] as const)('of %s are where services look for them, by the names in their certificate', (operator) => {
    const made = cellOf('production', { routes: { operator } });
    const settings = backendsSettings('relay', made.cell, made.environment).redis;
    const names: string[] = find(made.objects, 'Certificate', CERTIFICATES.redis.secret).spec.dnsNames;
    expect(names).toContain(settings.nodes[0]!.split(':')[0]!);
    expect(names).toContain(settings.tls!.serverName!);
    expect(made.objects.filter(({ kind }) => kind === (operator === 'valkey' ? 'ValkeyCluster' : 'RedisCluster'))).toHaveLength(1);
  });

  test('are never dropped to make room', () => {
    const { objects } = cellOf('production');
    expect(find(objects, 'ConfigMap', 'routes-configuration').data['redis-additional.conf']).toContain('maxmemory-policy noeviction\n');
  });
});

test.each(['relay', 'dispatch'] as const)('the settings file of %s is one that processes read, without a secret in it', async (user) => {
  const { cell, environment } = cellOf('production');
  const { data: files }: Object = backendsObject(user, 'services', cell, environment);
  const path = `${process.env.TMPDIR ?? '/tmp'}/parley-backends-${process.pid}-${user}.json`;
  await Bun.write(path, files['backends.json']);
  expect(readBackends(path)).toEqual(backendsSettings(user, cell, environment));
  expect(files['backends.json']).not.toMatch(/password":/i);
  await Bun.file(path).delete();
});

test('every secret in the data stack is a name, never a value', () => {
  const { objects, environment } = cellOf('production');
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  const named = Object.values(environment.secrets).map(({ name }) => name);
  const text = JSON.stringify(objects);
  for (const match of text.matchAll(/"(?:secretKeyRef|superuserSecretRef|storageSecretRef|redisSecret)":\{"name":"([^"]+)"/g))
    expect(named).toContain(match[1]!);
});
