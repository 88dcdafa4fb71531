/**
 * How many gateways there are, and how many may be missing. Boxes follow the connections, never a lack of data: a query
 * answers only when every box reported (case I2), and where it does not answer, the number stays or grows. Relays follow boxes.
 */
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, NAMESPACES } from '../names.ts';
import type { CellSizes } from '../sizes.ts';
import { EDGES, EDGES_SELECTOR, GATEWAY_NAMESPACE, RELAY, RELAY_SELECTOR } from './gateway-names.ts';
import type { GatewayPlan } from './gateway-plan.ts';

export const PROMETHEUS_URL = `http://prometheus.${NAMESPACES.observability.name}.svc:9090`;

export function gatewayBudgets(cell: CellSizes, plan: GatewayPlan): readonly Manifest[] {
  const budget = (name: string, selector: Readonly<Record<string, string>>) =>
    manifest<PodDisruptionBudget>({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace: GATEWAY_NAMESPACE, labels: labels(name, cell) },
      spec: { maxUnavailable: plan.drainsAtOnce, selector: { matchLabels: selector } },
    });
  return [budget(EDGES, EDGES_SELECTOR), budget(RELAY, RELAY_SELECTOR)];
}

/**
 * The connections of the cell, if each box that should be there has reported them. `>= 0` takes NaN out; the comparison takes
 * away the whole answer while a box is missing, and nothing is not zero: the scaler is told to take it for an error.
 */
export function connectionsQuery(): string {
  const here = `namespace="${GATEWAY_NAMESPACE}"`;
  const connections = `parley_edge_connections{${here}} >= 0`;
  const wanted = `max(kube_statefulset_replicas{${here},statefulset="${EDGES}"})`;
  return `sum(${connections}) and on() (count(${connections}) >= on() ${wanted})`;
}

export function gatewayScalers(cell: CellSizes, plan: GatewayPlan): readonly Manifest[] {
  const scaleIn = plan.graceSeconds + plan.minReadySeconds;
  const edges = manifest({
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: EDGES, namespace: GATEWAY_NAMESPACE, labels: labels(EDGES, cell) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: EDGES },
      pollingInterval: 30,
      minReplicaCount: plan.leastGateways,
      maxReplicaCount: plan.mostGateways,
      fallback: { failureThreshold: 3, replicas: cell.gateway.gateways, behavior: 'currentReplicasIfHigher' },
      triggers: [
        {
          type: 'prometheus',
          metricType: 'AverageValue',
          metadata: {
            serverAddress: PROMETHEUS_URL,
            query: connectionsQuery(),
            threshold: String(plan.targetConnections),
            ignoreNullValues: 'false',
          },
        },
      ],
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] },
            // One box in the time that a drain and its clients' return take; an hour's highest need counts.
            scaleDown: {
              stabilizationWindowSeconds: 3_600,
              policies: [{ type: 'Pods', value: plan.drainsAtOnce, periodSeconds: Math.min(1_800, scaleIn) }],
            },
          },
        },
      },
    },
  });
  const relays = manifest({
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: RELAY, namespace: GATEWAY_NAMESPACE, labels: labels(RELAY, cell) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: RELAY },
      pollingInterval: 10,
      minReplicaCount: plan.leastGateways,
      maxReplicaCount: plan.mostGateways,
      triggers: [
        {
          type: 'kubernetes-workload',
          metricType: 'AverageValue',
          metadata: { podSelector: `app.kubernetes.io/name=${EDGES}`, value: '1' },
        },
      ],
      advanced: {
        horizontalPodAutoscalerConfig: {
          // Exactly as many: the usual tenth of tolerance would leave one box of twelve without its relay.
          behavior: {
            scaleUp: { stabilizationWindowSeconds: 0, tolerance: '0', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
            scaleDown: { stabilizationWindowSeconds: 300, tolerance: '0', policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
          },
        },
      },
    },
  });
  return [edges, relays];
}
