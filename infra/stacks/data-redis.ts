/**
 * Routes and presence of a cell: a Redis-compatible cluster, by either of two operators that make the same of the same sizes.
 * OT's is the default: it has run such clusters longest, while Valkey's own says that it is not ready for production. Nothing is
 * kept on a disk: a lost node's routes are written anew by relays.
 */
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, NAMESPACES, placement, REDIS, spread } from '../names.ts';
import { cpu, memory } from '../quantity.ts';
import type { CellSizes } from '../sizes.ts';
import { foreignImage } from '../versions.ts';
import { CERTIFICATES } from './data-certificates.ts';

const NAMESPACE = NAMESPACES.data.name;

export interface CacheShape {
  readonly primaries: number;
  readonly replicasPerPrimary: number;
  readonly cores: number;
  readonly memoryBytes: number;
  /** That keys may fill; what is over it is refused, never dropped. */
  readonly keyBytes: number;
}

/** The plan's own: it has no cluster with fewer primaries than can elect. */
export function cacheShape({ redis, pools }: CellSizes): CacheShape {
  const memoryBytes = pools.redis.podMemoryBytes;
  return {
    primaries: redis.primaries,
    replicasPerPrimary: redis.replicasPerPrimary,
    cores: pools.redis.podCores,
    memoryBytes,
    keyBytes: Math.floor(memoryBytes * redis.memoryUse),
  };
}

export function redisObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  return environment.routes.operator === 'valkey'
    ? [valkeyCluster(cell, environment)]
    : [redisConfiguration(cell), redisCluster(cell, environment)];
}

export function redisCluster(cell: CellSizes, environment: Environment): Manifest {
  const shape = cacheShape(cell);
  const { secrets } = environment;
  const resources = {
    requests: { cpu: cpu(shape.cores), memory: memory(shape.memoryBytes) },
    limits: { memory: memory(shape.memoryBytes) },
  };
  const role = (name: 'leader' | 'follower', replicas: number) => ({
    replicas,
    ...placement('redis', environment),
    topologySpreadConstraints: spread({ app: `${REDIS.cluster}-${name}` }, environment),
    resources,
    redisConfig: { additionalRedisConfig: CONFIG_NAME },
    pdb: { enabled: true, maxUnavailable: 1 },
    terminationGracePeriodSeconds: 60,
  });
  return manifest({
    apiVersion: 'redis.redis.opstreelabs.in/v1beta2',
    kind: 'RedisCluster',
    metadata: { name: REDIS.cluster, namespace: NAMESPACE, labels: labels('redis', cell) },
    spec: {
      clusterSize: shape.primaries,
      clusterVersion: 'v7',
      persistenceEnabled: false,
      port: REDIS.port,
      podSecurityContext: { runAsNonRoot: true, runAsUser: 1_000, fsGroup: 1_000, seccompProfile: { type: 'RuntimeDefault' } },
      kubernetesConfig: {
        image: foreignImage('redis', environment),
        imagePullPolicy: 'IfNotPresent',
        redisSecret: { name: secrets.redis.name, key: secrets.redis.key },
        resources,
      },
      TLS: { ca: 'ca.crt', cert: 'tls.crt', key: 'tls.key', secret: { secretName: CERTIFICATES.redis.secret } },
      redisLeader: role('leader', shape.primaries),
      redisFollower: role('follower', shape.primaries * shape.replicasPerPrimary),
      redisExporter: {
        enabled: true,
        image: foreignImage('redisExporter', environment),
        imagePullPolicy: 'IfNotPresent',
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } },
      },
    },
  });
}

const CONFIG_NAME = `${REDIS.cluster}-configuration`;

/** Settings of both kinds of server. */
function serverSettings({ keyBytes }: CacheShape): Readonly<Record<string, string>> {
  return {
    maxmemory: String(keyBytes),
    // A route that was dropped to make room would be a user who is offline.
    'maxmemory-policy': 'noeviction',
    save: '',
    appendonly: 'no',
    'cluster-node-timeout': '5000',
    // The slots that are there go on where others are lost.
    'cluster-require-full-coverage': 'no',
    'tcp-keepalive': '60',
  };
}

/** OT's operator takes settings from a ConfigMap, as lines of a configuration file. */
export function redisConfiguration(cell: CellSizes): Manifest {
  const lines = Object.entries(serverSettings(cacheShape(cell))).map(([name, value]) => `${name} ${value === '' ? '""' : value}`);
  return manifest({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CONFIG_NAME, namespace: NAMESPACE, labels: labels('redis', cell) },
    data: { 'redis-additional.conf': `${lines.join('\n')}\n` },
  });
}

export function valkeyCluster(cell: CellSizes, environment: Environment): Manifest {
  const shape = cacheShape(cell);
  const { name, key } = environment.secrets.redis;
  const mode = environment.nodes.spread === 'DoNotSchedule' ? 'Required' : 'Preferred';
  return manifest({
    apiVersion: 'valkey.io/v1alpha1',
    kind: 'ValkeyCluster',
    metadata: { name: REDIS.cluster, namespace: NAMESPACE, labels: labels('redis', cell) },
    spec: {
      image: foreignImage('valkey', environment),
      shards: shape.primaries,
      replicas: shape.replicasPerPrimary,
      workloadType: 'StatefulSet',
      config: serverSettings(shape),
      resources: { requests: { cpu: cpu(shape.cores), memory: memory(shape.memoryBytes) }, limits: { memory: memory(shape.memoryBytes) } },
      podSecurityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: 'RuntimeDefault' } },
      podDisruptionBudget: { mode: 'Cluster' },
      networking: { tls: { certificates: { server: { secretName: CERTIFICATES.redis.secret } } } },
      scheduling: {
        ...placement('redis', environment),
        node: { spread: { shard: { mode } } },
        zone: { spread: { shard: { mode } } },
      },
      users: [
        {
          name: REDIS.user,
          passwordSecret: { name, keys: [key] },
          permissions: '+@all -@admin -@dangerous +cluster|slots +cluster|shards +info ~* &*',
        },
      ],
      exporter: { enabled: true, resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } } },
    },
  });
}
