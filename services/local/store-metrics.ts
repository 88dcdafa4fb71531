/**
 * What the stores' own exporters are asked to tell, chosen once for stacks and for the servers of this machine. Kafka tells by
 * Strimzi's reporter inside the broker, by the same list of names in both. Cassandra tells in stacks by the agent of K8ssandra's
 * management API, which is in no public registry, so here the JMX exporter gives the same names and labels from the same beans:
 * the names are those of the agent's default rules (default-metric-settings.yaml of management-api-for-apache-cassandra), read in its source.
 * What is not here is not told at all: both have series by table, partition, client and quantile that nobody would read.
 */
import type { MetricSpec } from '../runtime/metrics.ts';

export type StoreMetric = Pick<MetricSpec, 'name' | 'type' | 'unit' | 'labels' | 'meaning'>;

const metric =
  (type: 'counter' | 'gauge') =>
  (name: string, unit: string, meaning: string, labels: readonly string[] = []) => ({
    name,
    type,
    unit,
    labels,
    meaning,
  });
const gauge = metric('gauge');
const counter = metric('counter');

/** Of a broker and of a controller; those by topic have a series of no topic beside, which is their sum. */
export const KAFKA_STORE_METRICS: readonly StoreMetric[] = [
  gauge('kafka_server_replicamanager_underreplicatedpartitions', 'partitions', 'that this broker leads and that lack a replica in sync'),
  gauge('kafka_server_replicamanager_underminisrpartitioncount', 'partitions', 'that this broker leads and that take no writes'),
  gauge('kafka_controller_kafkacontroller_offlinepartitionscount', 'partitions', 'without a leader, as the active controller knows'),
  gauge('kafka_controller_kafkacontroller_activecontrollercount', '1 or 0', 'whether this controller is the active one'),
  counter('kafka_server_brokertopicmetrics_bytesinpersec_total', 'bytes', 'taken from clients', ['topic']),
  counter('kafka_server_brokertopicmetrics_bytesoutpersec_total', 'bytes', 'given to clients', ['topic']),
  counter('kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent_total', 'nanoseconds', 'that request handlers were idle'),
  gauge('kafka_network_requestmetrics_totaltimems', 'milliseconds', 'of a request at the broker, quantiles of lately', [
    'request',
    'quantile',
  ]),
  gauge('kafka_log_log_size', 'bytes', 'of a partition’s log on this broker', ['topic', 'partition']),
];

interface Bean {
  /** Keys and values as Cassandra puts them; a `*` is a label in the order of `labels`. */
  readonly bean: string;
  readonly attribute: 'Value' | 'Count';
}

const TABLE = ['keyspace', 'table'] as const;

/** Of a node. What Cassandra counts up and down is a gauge, what it meters a counter. */
export const CASSANDRA_STORE_METRICS: ReadonlyArray<StoreMetric & Bean> = [
  {
    ...gauge(
      'org_apache_cassandra_metrics_table_max_partition_size',
      'bytes',
      'largest partition on the disk, at the end of its step',
      TABLE,
    ),
    bean: 'type=Table,keyspace=*,scope=*,name=MaxPartitionSize',
    attribute: 'Value',
  },
  {
    ...gauge('org_apache_cassandra_metrics_table_live_disk_space_used', 'bytes', 'of a table on the disk', TABLE),
    bean: 'type=Table,keyspace=*,scope=*,name=LiveDiskSpaceUsed',
    attribute: 'Count',
  },
  {
    ...gauge('org_apache_cassandra_metrics_compaction_pending_tasks', 'compactions', 'that wait'),
    bean: 'type=Compaction,name=PendingTasks',
    attribute: 'Value',
  },
  {
    ...gauge('org_apache_cassandra_metrics_storage_load', 'bytes', 'on the node’s disks'),
    bean: 'type=Storage,name=Load',
    attribute: 'Count',
  },
  {
    ...counter('org_apache_cassandra_metrics_dropped_message_dropped_total', 'messages', 'too old when their turn came', ['message_type']),
    bean: 'type=DroppedMessage,scope=*,name=Dropped',
    attribute: 'Count',
  },
  {
    ...gauge('org_apache_cassandra_metrics_thread_pools_pending_tasks', 'tasks', 'that wait for a thread', ['pool_type', 'pool_name']),
    bean: 'type=ThreadPools,path=*,scope=*,name=PendingTasks',
    attribute: 'Value',
  },
  {
    ...counter('org_apache_cassandra_metrics_client_request_timeouts_total', 'requests', 'without an answer in time', ['request_type']),
    bean: 'type=ClientRequest,scope=*,name=Timeouts',
    attribute: 'Count',
  },
  {
    ...counter('org_apache_cassandra_metrics_client_request_unavailables_total', 'requests', 'for which too few replicas were there', [
      'request_type',
    ]),
    bean: 'type=ClientRequest,scope=*,name=Unavailables',
    attribute: 'Count',
  },
];

/** Both exporters choose before they put this to a counter’s name. */
const withoutSuffix = (name: string) => name.replace(/_total$/, '');

/** As Strimzi's reporter takes it: a name matches as a whole. */
export const KAFKA_ALLOWED: readonly string[] = KAFKA_STORE_METRICS.map(({ name }) => withoutSuffix(name));

/** As K8ssandra's telemetry takes it, after its default rules. */
export const CASSANDRA_RELABELS = [
  { sourceLabels: ['__name__'], regex: CASSANDRA_STORE_METRICS.map(({ name }) => withoutSuffix(name)).join('|'), action: 'keep' },
] as const;

const DOMAIN = 'org.apache.cassandra.metrics';

/** The configuration of the JMX exporter beside Cassandra, which is YAML and takes JSON. */
export function cassandraJmxConfiguration(): string {
  const configuration = {
    includeObjectNames: CASSANDRA_STORE_METRICS.map(({ bean }) => `${DOMAIN}:${bean}`),
    rules: CASSANDRA_STORE_METRICS.map(({ name, type, labels, bean, attribute }) => ({
      pattern: `${DOMAIN}<${bean.replaceAll(',', ', ').replaceAll('*', '(\\w+)')}><>${attribute}`,
      name,
      type: type.toUpperCase(),
      ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels.map((label, index) => [label, `$${index + 1}`])) }),
    })),
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}

/** Settings of a broker by which it tells its metrics on a port. */
export function kafkaReporterSettings(host: string, port: number): Readonly<Record<string, string>> {
  return {
    'metric.reporters': 'io.strimzi.kafka.metrics.KafkaPrometheusMetricsReporter',
    'kafka.metrics.reporters': 'io.strimzi.kafka.metrics.YammerPrometheusMetricsReporter',
    'prometheus.metrics.reporter.listener': `http://${host}:${port}`,
    'prometheus.metrics.reporter.allowlist': KAFKA_ALLOWED.join(','),
  };
}
