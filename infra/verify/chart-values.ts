/**
 * The values that stacks set of charts, held against those that the charts' own files have, as far as a copy of such a file could be
 * read: repository, file and commit stand beside the paths that were seen there. A chart takes a value that it does not know without
 * a word, so a slip of a letter would be a setting that nobody has. Not always of the pinned version, and no rendering: with the
 * charts at hand (`--charts DIR`) helm judges. Pure.
 */
import { CHARTS, type ChartName } from '../versions.ts';
import type { Finding } from './rung.ts';
import type { SynthesizedChart } from './synthesized.ts';

export interface SeenValues {
  readonly repository: string;
  readonly file: string;
  readonly commit: string;
  /** Key of a chart inside the chart, before the paths. */
  readonly below?: string;
  /** A value is one of these, or in one of these: what the chart hands on to Kubernetes as it is (`resources`, `nodeSelector`). */
  readonly paths: readonly string[];
}

const BUDGET = ['podDisruptionBudget.enabled', 'podDisruptionBudget.minAvailable'] as const;
const CERT_MANAGER_PART = ['replicaCount', 'resources', 'nodeSelector'] as const;
const PROMETHEUS_CHARTS = 'prometheus-community/helm-charts';

export const SEEN_VALUES: Readonly<Record<ChartName, readonly SeenValues[]>> = {
  certManager: [
    {
      repository: 'cert-manager/cert-manager',
      file: 'deploy/charts/cert-manager/values.schema.json',
      commit: '008162be3475483d891696b2cbdf5be817a00e08',
      paths: [
        ...CERT_MANAGER_PART,
        ...[...CERT_MANAGER_PART, ...BUDGET].map((path) => `webhook.${path}`),
        ...CERT_MANAGER_PART.map((path) => `cainjector.${path}`),
      ],
    },
    {
      repository: 'cert-manager/cert-manager',
      file: 'deploy/charts/cert-manager/values.yaml',
      commit: '001eb00d7f276ebcb4f84ffa8ba9255d9292b8c8',
      paths: ['crds.enabled', 'crds.keep', ...BUDGET],
    },
  ],
  strimzi: [
    {
      repository: 'strimzi/strimzi-kafka-operator',
      file: 'packaging/helm-charts/helm3/strimzi-kafka-operator/values.schema.json',
      commit: 'efb349527bf8315f7cc82998283054e5f8f110bb',
      paths: ['watchAnyNamespace', 'replicas', 'resources', 'nodeSelector', ...BUDGET],
    },
  ],
  k8ssandra: [
    {
      repository: 'k8ssandra/k8ssandra-operator',
      file: 'charts/k8ssandra-operator/values.yaml',
      commit: '02c3aa0373a85b1ff8f49752ba2c210f85fba816',
      paths: ['global.clusterScoped', 'global.clusterScopedResources', 'replicaCount', 'resources', 'nodeSelector'],
    },
    {
      repository: 'k8ssandra/k8ssandra',
      file: 'charts/cass-operator/values.yaml',
      commit: '008801c61a387792f230bd39244d00b120708ea5',
      below: 'cass-operator',
      paths: ['replicaCount', 'resources'],
    },
  ],
  otRedis: [
    {
      repository: 'OT-CONTAINER-KIT/redis-operator',
      file: 'charts/redis-operator/values.yaml',
      commit: '052d2e5e0d21b88ba6b9d5d4e9b31e51ae182a6d',
      paths: ['redisOperator.watchNamespace', 'resources', 'nodeSelector'],
    },
  ],
  valkey: [
    {
      repository: 'valkey-io/valkey-helm',
      file: 'valkey-operator/values.yaml',
      commit: 'd886dfdd479e38d3bd8830b04121731892580f94',
      paths: ['replicaCount', 'resources', 'nodeSelector'],
    },
  ],
  keda: [
    {
      repository: 'kedacore/charts',
      file: 'keda/values.yaml',
      commit: '56b0749fd7e14a447e70154d48187fcf9c4609d2',
      paths: [
        ...['operator', 'metricsServer'].map((part) => `${part}.replicaCount`),
        ...['operator', 'metricServer'].map((part) => `podDisruptionBudget.${part}.minAvailable`),
        ...['operator', 'metricServer', 'webhooks'].map((part) => `resources.${part}`),
        'nodeSelector',
      ],
    },
  ],
  prometheus: [
    {
      repository: PROMETHEUS_CHARTS,
      file: 'charts/kube-prometheus-stack/values.yaml',
      commit: '001f3a6d7d24b9cbafda24b2c7843aeccfa173cb',
      paths: [
        ...['alertmanager', 'grafana', 'prometheus'].map((part) => `${part}.enabled`),
        'defaultRules.create',
        'prometheusOperator.resources',
        'prometheusOperator.nodeSelector',
      ],
    },
    {
      repository: PROMETHEUS_CHARTS,
      file: 'charts/kube-state-metrics/values.yaml',
      commit: 'b1e058bcede8be8fe6d43fd3a9aa15dc34e33280',
      below: 'kube-state-metrics',
      paths: ['resources', 'nodeSelector'],
    },
    {
      repository: PROMETHEUS_CHARTS,
      file: 'charts/prometheus-node-exporter/values.yaml',
      commit: '44d9fcb5c3d21c9af22827f7b5c457341ac6546a',
      below: 'prometheus-node-exporter',
      paths: ['resources'],
    },
  ],
};

/** Of all that the releases set, how much was seen, and what was not. Values are documents of JSON, as a synth writes them. */
export function unseenValues(
  environment: string,
  releases: readonly SynthesizedChart[],
): { readonly values: number; readonly findings: readonly Finding[] } {
  const set = releases.flatMap((release) =>
    release.values.flatMap((text) => pathsIn(JSON.parse(text))).map((path) => ({ release: release.name, path, known: seenOf(release) })),
  );
  const findings = set
    .filter(({ path, known }) => !known.some((one) => path === one || path.startsWith(`${one}.`)))
    .map(({ release, path, known }): Finding => {
      const problem =
        known.length === 0
          ? 'nothing is noted of this chart’s values: infra/verify/chart-values.ts'
          : `values.${path} is none that was seen in the chart’s own files (infra/verify/chart-values.ts)`;
      return { rung: 2, environment, subject: `chart ${release}`, problem };
    });
  return { values: set.length, findings };
}

function seenOf({ name }: SynthesizedChart): readonly string[] {
  const [found] = (Object.keys(CHARTS) as ChartName[]).filter((one) => CHARTS[one].chart === name);
  if (found === undefined) return [];
  return SEEN_VALUES[found].flatMap(({ below, paths }) => paths.map((path) => (below === undefined ? path : `${below}.${path}`)));
}

/** Of every leaf, keys with dots between. */
function pathsIn(value: unknown, above = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [above];
  return Object.entries(value).flatMap(([key, one]) => pathsIn(one, above === '' ? key : `${above}.${key}`));
}
