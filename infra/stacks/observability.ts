/**
 * The observability stack of a cell: as many Prometheus servers as the plan has, each of which scrapes everything, so that one
 * may be lost, and evaluates the alerts, and the boards for a Grafana of the platform. Written as plain objects and not as resources of the Prometheus operator: promtool and
 * the API server judge them as they are.
 */
import { createHash } from 'node:crypto';
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { ConfigMap, Service, ServiceAccount } from 'kubernetes-types/core/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import type { ClusterRole, ClusterRoleBinding } from 'kubernetes-types/rbac/v1';
import { alertRuleFile } from '../../dashboards/for-stacks.ts';
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { labels, NAMESPACES, placement, spread } from '../names.ts';
import { namespaceObject } from '../namespace.ts';
import { disk } from '../quantity.ts';
import type { CellSizes } from '../sizes.ts';
import { foreignImage } from '../versions.ts';
import { boardObjects } from './boards.ts';
import { DNS_EGRESS, fromNamespace, policy, tcp } from './gateway-network.ts';
import { prometheusConfiguration, RULES_DIRECTORY } from './observability-scrape.ts';
import { CONTAINER_SAFETY, httpProbe, POD_USER, resources } from './pod-parts.ts';
import { PORTS } from './ports.ts';

const NAMESPACE = NAMESPACES.observability.name;
const NAME = 'prometheus';
const SELECTOR = { 'app.kubernetes.io/name': NAME } as const;
const CONFIGURATION = 'prometheus-configuration';
const DATA_DIRECTORY = '/prometheus';
/** The ConfigMap with files `*.rules.yml`. */
const RULES_CONFIG = 'parley-rules';
/** Of the disk, before the oldest is dropped: the rest is for what is being written. */
const DISK_SHARE = 0.8;
/** Reading back what was not yet written takes minutes. */
const START_SECONDS = 900;

export function observabilityObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  const alerts = alertRuleFile(cell.watched);
  const configuration = prometheusConfiguration(cell);
  const text = `${JSON.stringify(configuration, undefined, 2)}\n`;
  // The cell's own name apart: cells differ in their names only.
  const { scrape_configs: jobs, rule_files: rules } = configuration;
  const mark = createHash('sha256')
    .update(JSON.stringify([cell.observability.scrapeSeconds, jobs, rules, alerts]))
    .digest('hex')
    .slice(0, 16);
  return [
    namespaceObject('observability', cell, environment),
    manifest<ServiceAccount>({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: NAME, namespace: NAMESPACE, labels: labels(NAME, cell) },
      automountServiceAccountToken: false,
    }),
    // It finds its targets by asking the API for pods, in the namespaces of all parts.
    manifest<ClusterRole>({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'parley-prometheus', labels: labels(NAME, cell) },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
    }),
    manifest<ClusterRoleBinding>({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'parley-prometheus', labels: labels(NAME, cell) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'parley-prometheus' },
      subjects: [{ kind: 'ServiceAccount', namespace: NAMESPACE, name: NAME }],
    }),
    manifest<ConfigMap>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIGURATION, namespace: NAMESPACE, labels: labels(NAME, cell) },
      data: { 'prometheus.yml': text },
    }),
    manifest<ConfigMap>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: RULES_CONFIG, namespace: NAMESPACE, labels: labels(NAME, cell) },
      data: { 'alerts.rules.yml': alerts },
    }),
    ...boardObjects(cell),
    ...services(cell),
    servers(cell, environment, mark),
    manifest<PodDisruptionBudget>({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: NAME, namespace: NAMESPACE, labels: labels(NAME, cell) },
      spec: { maxUnavailable: 1, selector: { matchLabels: SELECTOR } },
    }),
    policy('nothing-else', NAMESPACE, {}, [], []),
    policy(
      NAME,
      NAMESPACE,
      SELECTOR,
      // Autoscalers ask it.
      [{ from: [fromNamespace(NAMESPACES.operators.name), fromNamespace(NAMESPACE)], ports: [tcp(PORTS.prometheus)] }],
      // Pods of all parts on whatever port they show metrics, nodes' exporters, and the API server, which has no name in a policy.
      [DNS_EGRESS, { to: [{ namespaceSelector: {} }] }, { ports: [tcp(443), tcp(6_443), tcp(9_100)] }],
    ),
  ];
}

function services(cell: CellSizes): readonly Manifest[] {
  const service = (name: string, spec: Partial<NonNullable<Service['spec']>>) =>
    manifest<Service>({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: NAMESPACE, labels: labels(NAME, cell) },
      spec: {
        selector: SELECTOR,
        ports: [{ name: 'web', port: PORTS.prometheus, targetPort: PORTS.prometheus, protocol: 'TCP' }],
        ...spec,
      },
    });
  return [
    // Who asks twice asks the same server: two differ by what each saw.
    service(NAME, { sessionAffinity: 'ClientIP' }),
    service(`${NAME}-servers`, { clusterIP: 'None' }),
  ];
}

function servers(cell: CellSizes, environment: Environment, configuration: string): Manifest {
  const { observability, pools } = cell;
  const pool = pools.observability;
  const podLabels = labels(NAME, cell);
  return manifest<StatefulSet>({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: NAME, namespace: NAMESPACE, labels: podLabels },
    spec: {
      replicas: observability.servers,
      serviceName: `${NAME}-servers`,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      selector: { matchLabels: SELECTOR },
      template: {
        // Another configuration is another pod: nothing has to be told to read it again.
        metadata: { labels: podLabels, annotations: { 'parley/configuration': configuration } },
        spec: {
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          ...placement('observability', environment),
          serviceAccountName: NAME,
          securityContext: POD_USER,
          terminationGracePeriodSeconds: 300,
          topologySpreadConstraints: spread(SELECTOR, environment),
          containers: [
            {
              name: NAME,
              image: foreignImage('prometheus', environment),
              args: [
                '--config.file=/etc/prometheus/configuration/prometheus.yml',
                `--storage.tsdb.path=${DATA_DIRECTORY}`,
                `--storage.tsdb.retention.time=${observability.retentionDays}d`,
                `--storage.tsdb.retention.size=${Math.floor((pool.diskBytes * DISK_SHARE) / 1_048_576)}MB`,
                `--web.listen-address=:${PORTS.prometheus}`,
              ],
              ports: [{ name: 'web', containerPort: PORTS.prometheus, protocol: 'TCP' }],
              resources: resources(pool.podCores, pool.podMemoryBytes),
              startupProbe: httpProbe('/-/ready', PORTS.prometheus, { periodSeconds: 15, failureThreshold: START_SECONDS / 15 }),
              readinessProbe: httpProbe('/-/ready', PORTS.prometheus, { periodSeconds: 5, failureThreshold: 3 }),
              livenessProbe: httpProbe('/-/healthy', PORTS.prometheus, { periodSeconds: 10, failureThreshold: 6 }),
              securityContext: CONTAINER_SAFETY,
              volumeMounts: [
                { name: 'data', mountPath: DATA_DIRECTORY },
                { name: 'configuration', mountPath: '/etc/prometheus/configuration', readOnly: true },
                { name: 'rules', mountPath: RULES_DIRECTORY, readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'configuration', configMap: { name: CONFIGURATION, defaultMode: 0o444 } },
            { name: 'rules', configMap: { name: RULES_CONFIG, defaultMode: 0o444 } },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: pool.storageClass,
            resources: { requests: { storage: disk(pool.diskBytes) } },
          },
        },
      ],
    },
  });
}
