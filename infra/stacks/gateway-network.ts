/** How the gateway is reached and whom it may reach: the layer-4 balancer, names for box and relay, network policies, the certificate. */
import type { Service } from 'kubernetes-types/core/v1';
import type { NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { CASSANDRA, KAFKA, labels, NAMESPACES, REDIS } from '../names.ts';
import type { CellSizes } from '../sizes.ts';
import { CLIENT_SERVICE, EDGES, EDGES_SELECTOR, GATEWAY_NAMESPACE, RELAY, RELAY_SELECTOR, TLS_SECRET } from './gateway-names.ts';
import { CLIENT_SERVICE_PORT, PORTS } from './ports.ts';

/**
 * One balancer for a cell, by connection: it keeps the client's address, sends nothing through other nodes, and gives each new
 * connection to a box by hash, so a new box has its share of those who come, and of all as they come back.
 */
export function clientService(cell: CellSizes, { loadBalancer }: Environment): Manifest {
  const { annotations, className } = loadBalancer;
  return manifest<Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: CLIENT_SERVICE,
      namespace: GATEWAY_NAMESPACE,
      labels: labels(CLIENT_SERVICE, cell),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      type: 'LoadBalancer',
      ...(className === '' ? {} : { loadBalancerClass: className }),
      externalTrafficPolicy: 'Local',
      sessionAffinity: 'None',
      selector: EDGES_SELECTOR,
      ports: [{ name: 'client', port: CLIENT_SERVICE_PORT, targetPort: PORTS.client, protocol: 'TCP' }],
    },
  });
}

/** A name for each pod of the two sets. A relay is found before it is ready: its box waits for it and nobody else asks. */
export function nameServices(cell: CellSizes): readonly Manifest[] {
  const headless = (name: string, selector: Readonly<Record<string, string>>, port: { name: string; port: number }) =>
    manifest<Service>({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: GATEWAY_NAMESPACE, labels: labels(name, cell) },
      spec: {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector,
        ports: [{ ...port, targetPort: port.port, protocol: 'TCP' }],
      },
    });
  return [
    headless(EDGES, EDGES_SELECTOR, { name: 'admin', port: PORTS.edgesAdmin }),
    headless(RELAY, RELAY_SELECTOR, { name: 'link', port: PORTS.relayLink }),
  ];
}

/** Renewed by cert-manager; boxes look at its files and change over while every connection stays. */
export function certificate(cell: CellSizes, { certificates }: Environment): Manifest {
  const { issuerKind, issuerName, gatewayHost } = certificates;
  return manifest({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: TLS_SECRET, namespace: GATEWAY_NAMESPACE, labels: labels(EDGES, cell) },
    spec: {
      secretName: TLS_SECRET,
      dnsNames: [gatewayHost.replace('*', cell.cell.name)],
      issuerRef: { group: 'cert-manager.io', kind: issuerKind, name: issuerName },
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      usages: ['digital signature', 'server auth'],
    },
  });
}

export const tcp = (port: number): NetworkPolicyPort => ({ protocol: 'TCP', port });
export const fromNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });

export const DNS_EGRESS: NetworkPolicyEgressRule = {
  to: [fromNamespace('kube-system')],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};
export const DATA_EGRESS: NetworkPolicyEgressRule = {
  to: [fromNamespace(NAMESPACES.data.name)],
  ports: [tcp(Number(KAFKA.bootstrap.split(':')[1])), tcp(CASSANDRA.port), tcp(REDIS.port)],
};

export function scrapedOn(...ports: readonly number[]): NetworkPolicyIngressRule {
  return { from: [fromNamespace(NAMESPACES.observability.name)], ports: ports.map(tcp) };
}

export function policy(
  name: string,
  inNamespace: string,
  podLabels: Readonly<Record<string, string>>,
  ingress: readonly NetworkPolicyIngressRule[],
  egress: readonly NetworkPolicyEgressRule[],
): Manifest {
  return manifest<NetworkPolicy>({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: inNamespace },
    spec: {
      podSelector: Object.keys(podLabels).length === 0 ? {} : { matchLabels: podLabels },
      policyTypes: ['Ingress', 'Egress'],
      ...(ingress.length === 0 ? {} : { ingress: [...ingress] }),
      ...(egress.length === 0 ? {} : { egress: [...egress] }),
    },
  });
}

export function gatewayPolicies(): readonly Manifest[] {
  const toRelay: NetworkPolicyEgressRule = { to: [{ podSelector: { matchLabels: RELAY_SELECTOR } }], ports: [tcp(PORTS.relayLink)] };
  const fromEdges: NetworkPolicyIngressRule = { from: [{ podSelector: { matchLabels: EDGES_SELECTOR } }], ports: [tcp(PORTS.relayLink)] };
  // Clients come from anywhere.
  const clients: NetworkPolicyIngressRule = { ports: [tcp(PORTS.client)] };
  // Whoever loads a box asks it what it holds.
  const fromLoad: NetworkPolicyIngressRule = { from: [fromNamespace(NAMESPACES.loadgen.name)], ports: [tcp(PORTS.edgesAdmin)] };
  return [
    policy('nothing-else', GATEWAY_NAMESPACE, {}, [], []),
    policy(EDGES, GATEWAY_NAMESPACE, EDGES_SELECTOR, [clients, scrapedOn(PORTS.edgesAdmin), fromLoad], [DNS_EGRESS, toRelay]),
    policy(RELAY, GATEWAY_NAMESPACE, RELAY_SELECTOR, [fromEdges, scrapedOn(PORTS.relayAdmin)], [DNS_EGRESS, DATA_EGRESS]),
  ];
}
