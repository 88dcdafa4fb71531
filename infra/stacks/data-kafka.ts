/**
 * The bus of a cell: one Kafka of Strimzi, controllers apart from brokers, each replica of a partition in another zone, topics with
 * the plan's partition counts. A count is never changed in place: growth is another generation of topics (`topics` of the
 * environment) beside the ones that stand, until they are handed over; `parley synth` refuses another count for a topic that is there.
 */
import { kafkaNames } from '../../services/bus/kafka-names.ts';
import { topicSpecs } from '../../services/bus/kafka-topics.ts';
import { KAFKA_ALLOWED } from '../../services/local/store-metrics.ts';
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { generationPrefix, KAFKA, labels, NAMESPACES, nodeAffinity, placement, SYSTEM_POOL, spread, topicPrefix } from '../names.ts';
import { cpu, disk, memory } from '../quantity.ts';
import type { CellSizes, PartitionCounts } from '../sizes.ts';
import { KAFKA_VERSION } from '../versions.ts';
import { inSyncReplicas, kafkaSettings } from './data-backends.ts';
import { CERTIFICATES } from './data-certificates.ts';

const API = 'kafka.strimzi.io/v1';
const NAMESPACE = NAMESPACES.data.name;
const DAY_MS = 86_400_000;
const GIBI = 1_024 ** 3;
/** The rest of a broker's memory is for the page cache, which reads are served from. */
const HEAP_MOST_BYTES = 6 * GIBI;
const CONTROLLER = { cores: 1, memoryBytes: 4 * GIBI, diskBytes: 20 * GIBI };

export function kafkaObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  return [
    controllers(cell, environment),
    brokers(cell, environment),
    cluster(cell, environment),
    rebalanceTemplate(cell),
    ...topics(cell, environment),
    ...users(cell, environment),
  ];
}

/** Of Strimzi's own resources: what belongs to which cluster. */
function ofCluster(cell: CellSizes) {
  return { ...labels('kafka', cell), 'strimzi.io/cluster': KAFKA.cluster };
}

/** An odd number, one in each zone; a single one where there are no replicas either. */
function controllers(cell: CellSizes, environment: Environment): Manifest {
  const replicas = cell.kafka.replicas >= 3 ? 3 : 1;
  return nodePool('controller', cell, environment, {
    replicas,
    size: CONTROLLER,
    storageClass: environment.storageClasses.attached,
    heapBytes: CONTROLLER.memoryBytes / 2,
    pool: SYSTEM_POOL,
  });
}

function brokers(cell: CellSizes, environment: Environment): Manifest {
  const pool = cell.pools.kafka;
  return nodePool('broker', cell, environment, {
    replicas: cell.kafka.brokers,
    size: { cores: pool.podCores, memoryBytes: pool.podMemoryBytes, diskBytes: pool.diskBytes },
    storageClass: pool.storageClass,
    heapBytes: Math.min(HEAP_MOST_BYTES, pool.podMemoryBytes / 4),
    pool: 'kafka',
  });
}

interface PoolShape {
  readonly replicas: number;
  readonly size: { readonly cores: number; readonly memoryBytes: number; readonly diskBytes: number };
  readonly storageClass: string;
  readonly heapBytes: number;
  readonly pool: 'kafka' | typeof SYSTEM_POOL;
}

function nodePool(role: 'controller' | 'broker', cell: CellSizes, environment: Environment, shape: PoolShape): Manifest {
  const { cores, memoryBytes, diskBytes } = shape.size;
  const heap = `${Math.floor(shape.heapBytes / 1_024 ** 2)}m`;
  const { tolerations } = shape.pool === 'kafka' ? placement('kafka', environment) : {};
  return manifest({
    apiVersion: API,
    kind: 'KafkaNodePool',
    metadata: { name: role, namespace: NAMESPACE, labels: ofCluster(cell) },
    spec: {
      replicas: shape.replicas,
      roles: [role],
      storage: {
        type: 'jbod',
        volumes: [
          {
            id: 0,
            type: 'persistent-claim',
            size: disk(diskBytes),
            class: shape.storageClass,
            kraftMetadata: 'shared',
            deleteClaim: false,
          },
        ],
      },
      resources: {
        requests: { cpu: cpu(cores), memory: memory(memoryBytes) },
        limits: { cpu: cpu(cores), memory: memory(memoryBytes) },
      },
      jvmOptions: { '-Xms': heap, '-Xmx': heap },
      template: {
        pod: {
          ...nodeAffinity(shape.pool, environment),
          ...(tolerations === undefined ? {} : { tolerations }),
          topologySpreadConstraints: spread({ 'strimzi.io/cluster': KAFKA.cluster, 'strimzi.io/pool-name': role }, environment),
          terminationGracePeriodSeconds: 300,
        },
      },
    },
  });
}

function cluster(cell: CellSizes, environment: Environment): Manifest {
  const { replicas } = cell.kafka;
  const inSync = inSyncReplicas(replicas);
  const { podCores, networkBytesPerSecond } = cell.pools.kafka;
  const inbound = `${Math.floor(networkBytesPerSecond / 1_000)}KB/s`;
  return manifest({
    apiVersion: API,
    kind: 'Kafka',
    metadata: { name: KAFKA.cluster, namespace: NAMESPACE, labels: labels('kafka', cell) },
    spec: {
      kafka: {
        ...KAFKA_VERSION,
        rack: { type: 'topology-label', topologyKey: 'topology.kubernetes.io/zone' },
        listeners: [
          {
            name: 'tls',
            port: 9093,
            type: 'internal',
            tls: true,
            authentication: { type: 'scram-sha-512' },
            configuration: {
              brokerCertChainAndKey: { secretName: CERTIFICATES.kafka.secret, certificate: 'tls.crt', key: 'tls.key' },
            },
            networkPolicyPeers: [NAMESPACES.gateway.name, NAMESPACES.services.name].map((namespace) => ({
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            })),
          },
        ],
        authorization: { type: 'simple' },
        config: {
          'auto.create.topics.enable': false,
          'default.replication.factor': replicas,
          'min.insync.replicas': inSync,
          'offsets.topic.replication.factor': replicas,
          'transaction.state.log.replication.factor': replicas,
          'transaction.state.log.min.isr': inSync,
          'unclean.leader.election.enable': false,
          'num.network.threads': Math.max(3, Math.ceil(podCores / 4)),
          'num.io.threads': Math.max(8, Math.ceil(podCores)),
          // A position that ran out would send a relay to the earliest record that is kept: as long as the longest of the logs.
          'offsets.retention.minutes': Math.max(...Object.values(cell.kafka.retentionDays)) * 24 * 60,
        },
        metricsConfig: { type: 'strimziMetricsReporter', values: { allowList: [...KAFKA_ALLOWED] } },
      },
      entityOperator: {
        topicOperator: { resources: operatorResources },
        userOperator: { resources: operatorResources },
        template: { pod: nodeAffinity(SYSTEM_POOL, environment) },
      },
      ...(cell.kafka.brokers < 2
        ? {}
        : {
            cruiseControl: {
              brokerCapacity: { cpu: cpu(podCores), inboundNetwork: inbound, outboundNetwork: inbound },
              resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi' } },
              template: { pod: nodeAffinity(SYSTEM_POOL, environment) },
              autoRebalance: ['add-brokers', 'remove-brokers'].map((mode) => ({ mode, template: { name: REBALANCE_TEMPLATE } })),
            },
          }),
    },
  });
}

const operatorResources = { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '512Mi' } };
const REBALANCE_TEMPLATE = 'rebalance-template';

/** What Cruise Control keeps to when brokers come or go: racks first, and a pace that leaves brokers their work. */
function rebalanceTemplate(cell: CellSizes): Manifest {
  const { networkBytesPerSecond } = cell.pools.kafka;
  return manifest({
    apiVersion: API,
    kind: 'KafkaRebalance',
    metadata: {
      name: REBALANCE_TEMPLATE,
      namespace: NAMESPACE,
      labels: labels('kafka', cell),
      annotations: { 'strimzi.io/rebalance-template': 'true' },
    },
    spec: {
      goals: [
        'RackAwareGoal',
        'MinTopicLeadersPerBrokerGoal',
        'ReplicaCapacityGoal',
        'DiskCapacityGoal',
        'NetworkInboundCapacityGoal',
        'NetworkOutboundCapacityGoal',
        'CpuCapacityGoal',
        'ReplicaDistributionGoal',
        'DiskUsageDistributionGoal',
        'TopicReplicaDistributionGoal',
        'LeaderReplicaDistributionGoal',
        'LeaderBytesInDistributionGoal',
      ],
      // A tenth of a broker's network.
      replicationThrottle: Math.floor(networkBytesPerSecond / 10),
      concurrentPartitionMovementsPerBroker: 5,
    },
  });
}

function topics(cell: CellSizes, environment: Environment): readonly Manifest[] {
  const standing = environment.topics.before.flatMap(({ generation, partitions }) =>
    topicsOf(generationPrefix(generation), partitions, cell, environment),
  );
  return [...standing, ...topicsOf(topicPrefix(environment), cell.kafka.partitions, cell, environment)];
}

/** As services would make them (`kafka-topics.ts`), with the plan's retention. */
function topicsOf(prefix: string, partitions: PartitionCounts, cell: CellSizes, environment: Environment): readonly Manifest[] {
  const specs = topicSpecs({ ...kafkaSettings('dispatch', cell, environment), prefix, partitions }, kafkaNames(prefix));
  const { retentionDays } = cell.kafka;
  return specs.map(({ name, partitions: count, replicas, settings }) => {
    const days = retentionDays[name.slice(prefix.length) as keyof PartitionCounts];
    return manifest({
      apiVersion: API,
      kind: 'KafkaTopic',
      metadata: { name, namespace: NAMESPACE, labels: ofCluster(cell) },
      spec: {
        partitions: count,
        replicas,
        config: { ...settings, ...(days === undefined ? {} : { 'retention.ms': String(days * DAY_MS) }) },
      },
    });
  });
}

/** Each service reads and writes what it has to, of every generation that stands. */
function users(cell: CellSizes, environment: Environment): readonly Manifest[] {
  const prefixes = [...environment.topics.before.map(({ generation }) => generationPrefix(generation)), topicPrefix(environment)];
  const topic = (name: string, ...operations: string[]) => ({
    resource: { type: 'topic', name, patternType: 'literal' },
    operations: [...operations, 'Describe', 'DescribeConfigs'],
  });
  const group = (name: string) => ({ resource: { type: 'group', name, patternType: 'prefix' }, operations: ['Read', 'Describe'] });
  const idempotent = { resource: { type: 'cluster' }, operations: ['IdempotentWrite'] };
  const relay = prefixes.flatMap((prefix) => {
    const names = kafkaNames(prefix);
    return [
      topic(names.topic('messages'), 'Write'),
      topic(names.topic('receipts'), 'Write'),
      topic(names.topic('deliveries'), 'Read'),
      topic(names.deadLetters, 'Write'),
      group(prefix),
    ];
  });
  const dispatch = prefixes.flatMap((prefix) => {
    const names = kafkaNames(prefix);
    return [
      topic(names.topic('messages'), 'Read', 'Write'),
      topic(names.topic('receipts'), 'Read', 'Write'),
      topic(names.topic('deliveries'), 'Write'),
      topic(names.deadLetters, 'Write', 'Read'),
      group(prefix),
    ];
  });
  return [
    user(KAFKA.users.relay, environment.secrets.kafkaRelay, [...relay, idempotent], cell),
    user(KAFKA.users.dispatch, environment.secrets.kafkaDispatch, [...dispatch, idempotent], cell),
  ];
}

function user(
  name: string,
  { name: secret, key }: Environment['secrets']['kafkaRelay'],
  acls: readonly object[],
  cell: CellSizes,
): Manifest {
  return manifest({
    apiVersion: API,
    kind: 'KafkaUser',
    metadata: { name, namespace: NAMESPACE, labels: ofCluster(cell) },
    spec: {
      authentication: { type: 'scram-sha-512', password: { valueFrom: { secretKeyRef: { name: secret, key } } } },
      authorization: { type: 'simple', acls },
    },
  });
}
