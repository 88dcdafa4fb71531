/**
 * What a cell's Prometheus scrapes, and how often: each process of ours on its admin port, Kafka, Cassandra and Redis on the
 * ports that their operators give them, the state of Kubernetes and of the nodes. Data, in the form of prometheus.yml.
 */
import { NAMESPACES } from '../names.ts';
import type { CellSizes } from '../sizes.ts';
import { EDGES, RELAY } from './gateway-names.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of one target; more is a label that grew without bound, and the target is dropped instead of the server. */
const SAMPLES_MOST = 20_000;

interface Job {
  readonly name: string;
  readonly namespace: string;
  /** Values of the pods' label app.kubernetes.io/name; every pod when left out. */
  readonly pods?: readonly string[];
  /** Name of the container's port. */
  readonly port: string;
  /** Labels of what is scraped go before ours. */
  readonly honorLabels?: boolean;
}

export const SCRAPE_JOBS: readonly Job[] = [
  { name: 'gateway', namespace: NAMESPACES.gateway.name, pods: [EDGES, RELAY], port: 'admin' },
  { name: 'services', namespace: NAMESPACES.services.name, port: 'admin' },
  { name: 'loadgen', namespace: NAMESPACES.loadgen.name, port: 'admin' },
  { name: 'kafka', namespace: NAMESPACES.data.name, port: 'tcp-prometheus' },
  { name: 'cassandra', namespace: NAMESPACES.data.name, port: 'metrics' },
  { name: 'redis', namespace: NAMESPACES.data.name, port: 'redis-exporter' },
  { name: 'kubernetes', namespace: NAMESPACES.operators.name, pods: ['kube-state-metrics'], port: 'http', honorLabels: true },
  { name: 'nodes', namespace: NAMESPACES.operators.name, pods: ['prometheus-node-exporter'], port: 'http-metrics' },
  { name: 'prometheus', namespace: NAMESPACES.observability.name, port: 'web' },
];

export const RULES_DIRECTORY = '/etc/prometheus/rules';

export function prometheusConfiguration({ observability, cell }: CellSizes): Fields {
  const interval = `${observability.scrapeSeconds}s`;
  return {
    global: {
      scrape_interval: interval,
      scrape_timeout: `${Math.min(10, observability.scrapeSeconds)}s`,
      evaluation_interval: interval,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Prometheus puts its own name in
      external_labels: { cell: cell.name, region: cell.region, replica: '${HOSTNAME}' },
    },
    rule_files: [`${RULES_DIRECTORY}/*.rules.yml`],
    scrape_configs: SCRAPE_JOBS.map(scrape),
  };
}

function scrape({ name, namespace, pods, port, honorLabels }: Job): Fields {
  const keep = (source: string, regex: string) => ({ source_labels: [source], regex, action: 'keep' });
  const take = (source: string, target: string) => ({ source_labels: [source], target_label: target });
  return {
    job_name: name,
    sample_limit: SAMPLES_MOST,
    ...(honorLabels === true ? { honor_labels: true } : {}),
    kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: [namespace] } }],
    relabel_configs: [
      ...(pods === undefined ? [] : [keep('__meta_kubernetes_pod_label_app_kubernetes_io_name', pods.join('|'))]),
      keep('__meta_kubernetes_pod_container_port_name', port),
      // What has ended, or has no address yet, is no target that is down.
      keep('__meta_kubernetes_pod_phase', 'Running'),
      take('__meta_kubernetes_namespace', 'namespace'),
      take('__meta_kubernetes_pod_name', 'pod'),
      take('__meta_kubernetes_pod_node_name', 'node'),
      take('__meta_kubernetes_pod_label_app_kubernetes_io_name', 'app'),
    ],
  };
}
