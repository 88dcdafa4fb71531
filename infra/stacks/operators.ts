/**
 * The operators of a cell's cluster, by their charts, and the definitions of their resources: applied before everything else, since
 * a plan of a custom resource asks the API server for its kind. None of them is on the way of a message.
 */
import type { Environment } from '../environment.ts';
import type { ChartRelease, StackContents } from '../manifest.ts';
import { NAMESPACES, systemPlacement } from '../names.ts';
import { namespaceObject } from '../namespace.ts';
import type { CellSizes } from '../sizes.ts';
import { CHARTS, type ChartName } from '../versions.ts';

export function operators(cell: CellSizes, environment: Environment): StackContents {
  const namespace = NAMESPACES.operators.name;
  const release = (chart: ChartName, values: ChartRelease['values'], after: readonly string[] = []): ChartRelease => ({
    name: CHARTS[chart].chart,
    namespace,
    ...CHARTS[chart],
    values,
    after,
  });
  const place = systemPlacement(environment);
  const routes =
    environment.routes.operator === 'valkey'
      ? release('valkey', { replicaCount: 2, resources: resources('200m', '256Mi'), ...place })
      : release('otRedis', { redisOperator: { watchNamespace: NAMESPACES.data.name }, resources: resources('200m', '512Mi'), ...place });
  return {
    objects: [namespaceObject('operators', cell, environment)],
    releases: [
      release('certManager', certManager(place)),
      release('prometheus', prometheusOperator(place)),
      release('strimzi', {
        // Not by name: the chart would put roles into a namespace that the next stack makes.
        watchAnyNamespace: true,
        replicas: 2,
        resources: resources('500m', '768Mi'),
        podDisruptionBudget: { enabled: true, minAvailable: 1 },
        ...place,
      }),
      // Its webhooks have certificates of cert-manager.
      release('k8ssandra', k8ssandra(place), [CHARTS.certManager.chart]),
      routes,
      release('keda', {
        operator: { replicaCount: 2 },
        metricsServer: { replicaCount: 2 },
        podDisruptionBudget: { operator: { minAvailable: 1 }, metricServer: { minAvailable: 1 } },
        resources: { operator: resources('200m', '512Mi'), metricServer: resources('200m', '512Mi'), webhooks: resources('100m', '128Mi') },
        ...place,
      }),
    ],
  };
}

/**
 * What the untainted nodes of a cell have to carry: one in each zone. Requests of the charts above and of Kafka's controllers, the
 * entity operator, Cruise Control and Reaper come to 8 processors and 24 GiB.
 */
export function systemPool({ cell }: CellSizes) {
  return { nodes: Math.max(1, cell.zones.length), cores: 4, memoryBytes: 16 * 1_024 ** 3 };
}

type Placement = ReturnType<typeof systemPlacement>;

function certManager(place: Placement) {
  return {
    crds: { enabled: true, keep: true },
    replicaCount: 2,
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
    resources: resources('100m', '256Mi'),
    ...place,
    webhook: { replicaCount: 3, podDisruptionBudget: { enabled: true, minAvailable: 1 }, resources: resources('50m', '128Mi'), ...place },
    cainjector: { replicaCount: 2, resources: resources('50m', '256Mi'), ...place },
  };
}

/** The operator and its definitions only: the servers that scrape a cell are the observability stack's, sized by the plan. */
function prometheusOperator(place: Placement) {
  return {
    alertmanager: { enabled: false },
    grafana: { enabled: false },
    prometheus: { enabled: false },
    defaultRules: { create: false },
    prometheusOperator: { resources: resources('100m', '256Mi'), ...place },
    'kube-state-metrics': { resources: resources('100m', '512Mi'), ...place },
    'prometheus-node-exporter': { resources: resources('50m', '64Mi') },
  };
}

function k8ssandra(place: Placement) {
  return {
    // It watches all namespaces, and so does the cass-operator that it brings.
    global: { clusterScoped: true, clusterScopedResources: true },
    replicaCount: 1,
    resources: resources('200m', '512Mi'),
    ...place,
    // Its chart takes no place that could be read of it; the nodes of all other pools are tainted.
    'cass-operator': { replicaCount: 1, resources: resources('200m', '512Mi') },
  };
}

/** Operators burst when something happens: no limit of processors, one of memory. */
function resources(processors: string, bytes: string) {
  return { requests: { cpu: processors, memory: bytes }, limits: { memory: bytes } };
}
