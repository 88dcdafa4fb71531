/**
 * Certificates of a cell's Kafka, Cassandra and Redis, all signed by one authority whose key the platform team keeps as the secret
 * dataAuthority: its certificate is what services trust, in whichever namespace they run. cert-manager renews them; servers that do
 * not read them anew are restarted by their operators.
 */
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { CASSANDRA, KAFKA, labels, NAMESPACES, REDIS } from '../names.ts';
import type { CellSizes } from '../sizes.ts';

const NAMESPACE = NAMESPACES.data.name;
const ISSUER = 'data-authority';

/** `serverName` is in each certificate: the name that clients hold a server to, since clusters announce their nodes by address. */
export const CERTIFICATES = {
  kafka: { secret: 'bus-tls', serverName: `${KAFKA.cluster}.${NAMESPACE}.svc` },
  cassandra: { secret: 'store-tls', serverName: `${CASSANDRA.cluster}.${NAMESPACE}.svc` },
  redis: { secret: 'routes-tls', serverName: `${REDIS.cluster}.${NAMESPACE}.svc` },
} as const;

export function certificateObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  const { dataAuthority, cassandraKeystore } = environment.secrets;
  const issuer = manifest({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Issuer',
    metadata: { name: ISSUER, namespace: NAMESPACE, labels: labels('certificates', cell) },
    spec: { ca: { secretName: dataAuthority.name } },
  });
  const kafkaNames = [`${KAFKA.cluster}-kafka-bootstrap`, `*.${KAFKA.cluster}-kafka-brokers`];
  return [
    issuer,
    certificate('kafka', kafkaNames, cell),
    certificate('cassandra', [`${CASSANDRA.cluster}-${CASSANDRA.datacenter}-service`], cell, {
      keystores: { jks: { create: true, passwordSecretRef: cassandraKeystore } },
    }),
    certificate('redis', [`${REDIS.cluster}-leader`, `${REDIS.cluster}-follower`, `valkey-${REDIS.cluster}`], cell),
  ];
}

function certificate(part: keyof typeof CERTIFICATES, services: readonly string[], cell: CellSizes, more: object = {}): Manifest {
  const { secret, serverName } = CERTIFICATES[part];
  return manifest({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: secret, namespace: NAMESPACE, labels: labels('certificates', cell) },
    spec: {
      secretName: secret,
      commonName: serverName,
      dnsNames: [serverName, ...services.flatMap((name) => [`${name}.${NAMESPACE}.svc`, `${name}.${NAMESPACE}.svc.cluster.local`])],
      duration: '2160h0m0s',
      renewBefore: '720h0m0s',
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      usages: ['digital signature', 'server auth', 'client auth'],
      issuerRef: { name: ISSUER, kind: 'Issuer', group: 'cert-manager.io' },
      ...more,
    },
  });
}
