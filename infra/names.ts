/** Names inside a cell's cluster that more than one stack needs to agree on. One cluster is one cell, so a cell's number is in none. */
import type { Environment } from './environment.ts';
import type { CellSizes, PoolName } from './sizes.ts';

/** Namespace by part, with the pod security level that it is held to. Only the gateway's pods ask for kernel settings that are not safe. */
export const NAMESPACES = {
  operators: { name: 'parley-operators', podSecurity: 'baseline' },
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
  /** Secret with `ca.crt`, which Strimzi makes and renews. */
  authoritySecret: 'bus-cluster-ca-cert',
  /** Users are KafkaUser objects; who may read or write what stands in data-kafka.ts. */
  users: { dispatch: 'parley-dispatch', relay: 'parley-relay' },
} as const;

export const CASSANDRA = { cluster: 'store', datacenter: 'dc1', keyspace: 'parley', port: 9042 } as const;

export const REDIS = { cluster: 'routes', port: 6379 } as const;

/** Where services find the systems of their cell: a ConfigMap of this name with `backends.json` in each namespace that needs it. */
export const BACKENDS_CONFIG = { name: 'parley-backends', key: 'backends.json', mountPath: '/etc/parley/backends' } as const;

/** Directory by secret, where pods that need one mount it: `backends.json` names files below these. */
export const SECRET_MOUNTS = {
  kafka: '/etc/parley/secrets/kafka',
  kafkaAuthority: '/etc/parley/authorities/kafka',
  cassandra: '/etc/parley/secrets/cassandra',
  cassandraAuthority: '/etc/parley/authorities/cassandra',
  redis: '/etc/parley/secrets/redis',
  push: '/etc/parley/secrets/push',
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
