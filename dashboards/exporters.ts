/**
 * Metrics that are not ours and that a board or an alert reads: Prometheus itself, the exporters of nodes, Kubernetes and Redis, and
 * what Kafka and Cassandra are asked to tell (services/local/store-metrics.ts). Which of them answered a real Prometheus, and why
 * another did not, says dashboards/seen. Seen first on 2026-12-01: all of Kafka 4.4.0 by metrics-reporter 0.2.0, and all of
 * Cassandra 5.0.8 by the JMX exporter 1.0.1; a broker of three and more, and K8ssandra's own agent, never.
 */
import { CASSANDRA_STORE_METRICS, KAFKA_STORE_METRICS } from '../services/local/store-metrics.ts';
import type { MetricSpec } from '../services/runtime/metrics.ts';

const metric = (name: string, type: 'counter' | 'gauge', unit: string, labels: readonly string[] = []) =>
  ({ name, type, unit, labels }) satisfies Partial<MetricSpec>;

export const EXPORTER_METRICS = [
  metric('up', 'gauge', '1 or 0'),
  metric('scrape_samples_post_metric_relabeling', 'gauge', 'samples'),
  metric('node_cpu_seconds_total', 'counter', 'seconds', ['cpu', 'mode']),
  metric('node_filesystem_avail_bytes', 'gauge', 'bytes', ['device', 'fstype', 'mountpoint']),
  metric('node_filesystem_size_bytes', 'gauge', 'bytes', ['device', 'fstype', 'mountpoint']),
  metric('node_timex_offset_seconds', 'gauge', 'seconds'),
  metric('node_timex_sync_status', 'gauge', '1 or 0'),
  metric('node_memory_MemAvailable_bytes', 'gauge', 'bytes'),
  metric('prometheus_rule_evaluation_failures_total', 'counter', 'evaluations', ['rule_group']),
  metric('prometheus_target_scrapes_exceeded_sample_limit_total', 'counter', 'scrapes'),
  metric('kube_statefulset_replicas', 'gauge', 'pods', ['statefulset']),
  metric('kube_statefulset_status_replicas_ready', 'gauge', 'pods', ['statefulset']),
  metric('redis_memory_used_bytes', 'gauge', 'bytes'),
  metric('redis_commands_processed_total', 'counter', 'commands'),
  metric('redis_evicted_keys_total', 'counter', 'keys'),
  ...KAFKA_STORE_METRICS,
  ...CASSANDRA_STORE_METRICS,
];
