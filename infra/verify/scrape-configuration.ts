/**
 * What the stacks tell Prometheus, as Prometheus itself reads it: rules, scrape configuration, and the queries that
 * autoscalers ask. Monitors are translated as the Prometheus operator does, field by field (`scrapeTimeout` is
 * `scrape_timeout`). Left out is what promtool could not judge: secrets, TLS files, and which pods are found (Debian's is built
 * without that). Pure.
 */
import type { ApiObject } from './kubernetes-api.ts';

export interface PrometheusPart {
  readonly kind: 'rules' | 'config';
  /** The object that it comes from. */
  readonly object: ApiObject;
  /** YAML (JSON is YAML). */
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

export function prometheusParts(objects: readonly ApiObject[]): PrometheusPart[] {
  const parts: PrometheusPart[] = [];
  for (const object of objects) {
    const { kind } = object;
    const spec = (object.spec ?? {}) as Fields;
    if (kind === 'PrometheusRule') parts.push({ kind: 'rules', object, text: JSON.stringify({ groups: spec.groups }) });
    if (kind === 'PodMonitor' || kind === 'ServiceMonitor') parts.push(config(object, monitored(object, spec)));
    if (kind === 'ScrapeConfig') parts.push(config(object, [{ job_name: nameOf(object), ...endpoint(spec), ...staticTargets(spec) }]));
    if (kind === 'ScaledObject') {
      const queries = queriesOf(spec);
      if (queries.length > 0)
        parts.push({ kind: 'rules', object, text: JSON.stringify({ groups: [{ name: 'queries', rules: queries }] }) });
    }
    if (kind === 'ConfigMap') parts.push(...filesOf(object));
  }
  return parts;
}

const nameOf = ({ metadata }: ApiObject) => `${metadata.namespace ?? 'default'}/${metadata.name}`;

function config(object: ApiObject, jobs: readonly Fields[]): PrometheusPart {
  return { kind: 'config', object, text: JSON.stringify({ scrape_configs: jobs.map(withoutDiscovery) }) };
}

function monitored(object: ApiObject, spec: Fields): Fields[] {
  const endpoints = (spec.podMetricsEndpoints ?? spec.endpoints ?? []) as readonly Fields[];
  return endpoints.map((one, index) => ({ job_name: `${nameOf(object)}/${index}`, ...endpoint(one) }));
}

/** Settings that an endpoint of a monitor and a scrape configuration share. */
function endpoint(fields: Fields): Fields {
  const taken: Record<string, unknown> = {};
  const interval = fields.interval ?? fields.scrapeInterval;
  if (interval !== undefined) taken.scrape_interval = interval;
  if (fields.scrapeTimeout !== undefined) taken.scrape_timeout = fields.scrapeTimeout;
  if (fields.path ?? fields.metricsPath) taken.metrics_path = fields.path ?? fields.metricsPath;
  for (const [name, key] of [
    ['honorLabels', 'honor_labels'],
    ['honorTimestamps', 'honor_timestamps'],
    ['params', 'params'],
    ['sampleLimit', 'sample_limit'],
  ] as const) {
    if (fields[name] !== undefined) taken[key] = fields[name];
  }
  if (fields.scheme !== undefined) taken.scheme = String(fields.scheme).toLowerCase();
  const relabel = fields.relabelings ?? fields.relabelConfigs;
  if (relabel !== undefined) taken.relabel_configs = (relabel as readonly Fields[]).map(relabeling);
  const metrics = fields.metricRelabelings ?? fields.metricRelabelConfigs;
  if (metrics !== undefined) taken.metric_relabel_configs = (metrics as readonly Fields[]).map(relabeling);
  return taken;
}

function relabeling({ sourceLabels, targetLabel, action, ...same }: Fields): Fields {
  return {
    ...(sourceLabels === undefined ? {} : { source_labels: sourceLabels }),
    ...(targetLabel === undefined ? {} : { target_label: targetLabel }),
    ...(action === undefined ? {} : { action: String(action).toLowerCase() }),
    ...same,
  };
}

function staticTargets({ staticConfigs }: Fields): Fields {
  return staticConfigs === undefined ? {} : { static_configs: staticConfigs };
}

function queriesOf(spec: Fields): Fields[] {
  const triggers = (spec.triggers ?? []) as ReadonlyArray<{ type: string; metadata?: { query?: string } }>;
  return triggers.flatMap(({ type, metadata }, index) =>
    type === 'prometheus' && metadata?.query !== undefined ? [{ record: `trigger:${index}`, expr: metadata.query }] : [],
  );
}

/** Whole files that are mounted into a Prometheus. */
function filesOf(object: ApiObject): PrometheusPart[] {
  const data = (object.data ?? {}) as Readonly<Record<string, string>>;
  return Object.entries(data).flatMap(([name, text]): PrometheusPart[] => {
    if (/prometheus\.ya?ml$/.test(name)) return [{ kind: 'config', object, text: judged(text) }];
    return /\.rules\.ya?ml$/.test(name) ? [{ kind: 'rules', object, text }] : [];
  });
}

/** Debian builds its Prometheus without the discovery of Kubernetes: to its promtool that would be an unknown field. */
function withoutDiscovery({ kubernetes_sd_configs: _, ...job }: Fields): Fields {
  return job;
}

/** Files of ours are JSON, which YAML takes; another is judged as it is. */
function judged(text: string): string {
  if (!text.startsWith('{')) return text;
  const { scrape_configs: jobs = [], ...rest } = JSON.parse(text) as Fields & { readonly scrape_configs?: readonly Fields[] };
  return JSON.stringify({ ...rest, scrape_configs: jobs.map(withoutDiscovery) });
}
