/**
 * How the services of a cell reach its systems: the settings file that processes read with `--backends`, as a ConfigMap. Secrets
 * are not in it: it names the files at which pods mount them.
 */
import { BACKENDS_SCHEMA, type BackendsSettings, type KafkaSettings } from '../../services/backends/settings.ts';
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { BACKENDS_CONFIG, CASSANDRA, KAFKA, labels, NAMESPACES, type NamespaceName, REDIS, SECRET_MOUNTS, topicPrefix } from '../names.ts';
import type { CellSizes } from '../sizes.ts';
import { CERTIFICATES } from './data-certificates.ts';

const NAMESPACE = NAMESPACES.data.name;

/** Who speaks to Kafka: each has a user of its own there. */
export type BackendsUser = keyof typeof KAFKA.users;

export function backendsObject(user: BackendsUser, namespace: NamespaceName, cell: CellSizes, environment: Environment): Manifest {
  return manifest({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: BACKENDS_CONFIG.name, namespace: NAMESPACES[namespace].name, labels: labels(user, cell) },
    data: { [BACKENDS_CONFIG.key]: `${JSON.stringify(backendsSettings(user, cell, environment), undefined, 2)}\n` },
  });
}

export function backendsSettings(user: BackendsUser, cell: CellSizes, environment: Environment): BackendsSettings {
  const { cassandraService, redis, pushAuthorization } = environment.secrets;
  return {
    schema: BACKENDS_SCHEMA,
    cell: cell.cell.number,
    kafka: kafkaSettings(user, cell, environment),
    cassandra: {
      contactPoints: [`${CASSANDRA.cluster}-${CASSANDRA.datacenter}-service.${NAMESPACE}.svc:${CASSANDRA.port}`],
      dataCenter: CASSANDRA.datacenter,
      keyspace: CASSANDRA.keyspace,
      replicas: cell.cassandra.replicas,
      tls: tls('cassandra', environment),
      login: { user: CASSANDRA.user, passwordFile: `${SECRET_MOUNTS.cassandra}/${cassandraService.key}` },
    },
    redis: {
      nodes: [`${redisService(environment)}.${NAMESPACE}.svc:${REDIS.port}`],
      cluster: true,
      prefix: REDIS.prefix,
      tls: tls('redis', environment),
      login: { user: REDIS.user, passwordFile: `${SECRET_MOUNTS.redis}/${redis.key}` },
    },
    ...(environment.push.url === ''
      ? {}
      : { push: { url: environment.push.url, authorizationFile: `${SECRET_MOUNTS.push}/${pushAuthorization.key}` } }),
  };
}

export function kafkaSettings(user: BackendsUser, cell: CellSizes, environment: Environment): KafkaSettings {
  const { kafkaDispatch, kafkaRelay } = environment.secrets;
  const { key } = user === 'relay' ? kafkaRelay : kafkaDispatch;
  return {
    brokers: [KAFKA.bootstrap],
    driver: 'platformatic',
    prefix: topicPrefix(environment),
    replicas: cell.kafka.replicas,
    inSyncReplicas: inSyncReplicas(cell.kafka.replicas),
    partitions: cell.kafka.partitions,
    tls: tls('kafka', environment),
    login: { user: KAFKA.users[user], passwordFile: `${SECRET_MOUNTS.kafka}/${key}` },
  };
}

/** One replica may be away while all others have what was acknowledged. */
export function inSyncReplicas(replicas: number): number {
  return Math.max(1, replicas - 1);
}

function tls(part: keyof typeof CERTIFICATES, { secrets }: Environment) {
  const authorityFile = `${SECRET_MOUNTS.authority}/${secrets.dataAuthorityCertificate.key}`;
  // Kafka's clients ask for brokers by the names that are in its certificate.
  return part === 'kafka' ? { authorityFile } : { authorityFile, serverName: CERTIFICATES[part].serverName };
}

/** As each operator names what stands before all primaries. */
function redisService({ routes }: Environment): string {
  return routes.operator === 'valkey' ? `valkey-${REDIS.cluster}` : `${REDIS.cluster}-leader`;
}
