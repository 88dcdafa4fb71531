/** Names inside a cell's cluster that more than one stack needs to agree on. One cluster is one cell, so a cell's number is in none. */
import type { Environment } from './environment.ts';
import type { CellSizes, PoolName } from './sizes.ts';

/**
 * Namespace by part, with the pod security level that it is held to. The gateway's and the load's pods ask for kernel settings that are
 * not safe, and the exporter of a node's metrics, which comes with the operators, reads its host.
 */
export const NAMESPACES = {
  operators: { name: 'parley-operators', podSecurity: 'privileged' },
  data: { name: 'parley-data', podSecurity: 'baseline' },
  gateway: { name: 'parley-gateway', podSecurity: 'privileged' },
  services: { name: 'parley-services', podSecurity: 'restricted' },
  observability: { name: 'parley-observability', podSecurity: 'privileged' },
  loadgen: { name: 'parley-loadgen', podSecurity: 'privileged' },
} as const;
export type NamespaceName = keyof typeof NAMESPACES;

export const KAFKA = {
  cluster: 'bus',
  bootstrap: 'bus-kafka-bootstrap.parley-data.svc:9093',
  /** Users are KafkaUser objects; who may read or write what stands in data-kafka.ts. */
  users: { dispatch: 'parley-dispatch', relay: 'parley-relay' },
} as const;

export const CASSANDRA = { cluster: 'store', datacenter: 'dc1', keyspace: 'parley', user: 'parley', port: 9042 } as const;

export const REDIS = { cluster: 'routes', user: 'default', prefix: 'parley:', port: 6379 } as const;

/** Where services find the systems of their cell: a ConfigMap of this name with `backends.json` in each namespace that needs it. */
export const BACKENDS_CONFIG = { name: 'parley-backends', key: 'backends.json', mountPath: '/etc/parley/backends' } as const;

/** Directory by secret, where pods that need one mount it: `backends.json` names files below these. */
export const SECRET_MOUNTS = {
  kafka: '/etc/parley/secrets/kafka',
  cassandra: '/etc/parley/secrets/cassandra',
  redis: '/etc/parley/secrets/redis',
  push: '/etc/parley/secrets/push',
  /** Certificate of the authority that Kafka's, Cassandra's and Redis' certificates are signed by: secret dataAuthorityCertificate. */
  authority: '/etc/parley/authority',
} as const;

export function topicPrefix({ topics }: Environment): string {
  return generationPrefix(topics.generation);
}

export function generationPrefix(generation: number): string {
  return `g${generation}.`;
}

/** Labels of every object of a part. */
export function labels(component: string, { cell }: CellSizes): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': component, 'app.kubernetes.io/part-of': 'parley', 'parley/cell': cell.name };
}

/** On which nodes a pool's pods run. Empty where an environment keeps no pools apart. */
export function placement(pool: PoolName, { nodes }: Environment) {
  const { poolLabel } = nodes;
  if (poolLabel === '') return {};
  return {
    nodeSelector: { [poolLabel]: pool },
    tolerations: [{ key: poolLabel, operator: 'Equal', value: pool, effect: 'NoSchedule' }],
  };
}

/** Nodes without a taint, for operators and what else no part of the plan has machines for: Kafka's controllers, the entity operator. */
export const SYSTEM_POOL = 'system';

export function systemPlacement({ nodes }: Environment): { readonly nodeSelector?: Readonly<Record<string, string>> } {
  return nodes.poolLabel === '' ? {} : { nodeSelector: { [nodes.poolLabel]: SYSTEM_POOL } };
}

/** The same for a pool as affinity, where an operator's resource takes no nodeSelector. */
export function nodeAffinity(pool: PoolName | typeof SYSTEM_POOL, { nodes }: Environment) {
  if (nodes.poolLabel === '') return {};
  const matchExpressions = [{ key: nodes.poolLabel, operator: 'In', values: [pool] }];
  return {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } },
  };
}

/** Evenly over zones, and over nodes: `whenUnsatisfiable` is the environment's. */
export function spread(matchLabels: Readonly<Record<string, string>>, { nodes }: Environment) {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: nodes.spread,
    labelSelector: { matchLabels },
  }));
}
