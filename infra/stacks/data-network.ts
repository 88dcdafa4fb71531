/**
 * Who may open connections to a cell's data: each service to the ports it speaks to, operators and the scrapers of metrics to all,
 * and the systems to their own. Strimzi adds what Kafka's listener says itself.
 */
import type { NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { CASSANDRA, labels, NAMESPACES, type NamespaceName, REDIS } from '../names.ts';
import type { CellSizes } from '../sizes.ts';

const NAMESPACE = NAMESPACES.data.name;

export function dataNetwork(cell: CellSizes, environment: Environment): readonly Manifest[] {
  return [
    policy('within', cell, {}, { from: [{ podSelector: {} }, from('operators'), from('observability')] }),
    policy('store-clients', cell, { 'cassandra.datastax.com/cluster': CASSANDRA.cluster }, clients(CASSANDRA.port)),
    environment.routes.operator === 'valkey'
      ? policy('routes-clients', cell, { 'valkey.io/cluster': REDIS.cluster }, clients(REDIS.port))
      : policy('routes-clients', cell, { redis_setup_type: 'cluster' }, clients(REDIS.port)),
  ];
}

type Ingress = NonNullable<NonNullable<NetworkPolicy['spec']>['ingress']>[number];

function clients(port: number): Ingress {
  return { from: [from('gateway'), from('services')], ports: [{ port, protocol: 'TCP' }] };
}

function from(namespace: NamespaceName) {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACES[namespace].name } } };
}

function policy(name: string, cell: CellSizes, matchLabels: Record<string, string>, ingress: Ingress): Manifest {
  const podSelector = Object.keys(matchLabels).length === 0 ? {} : { matchLabels };
  return manifest<NetworkPolicy>({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: NAMESPACE, labels: labels('network', cell) },
    spec: { podSelector, policyTypes: ['Ingress'], ingress: [ingress] },
  });
}
