/**
 * One scrape for a box: the snapshots of all its processes, added by each metric's own rule, with a line per process that
 * says whether it answered. One that does not is seen as missing and its gauges are absent, never zero. Its counters stay
 * at what it last said, and those of a process that died are carried on: a sum that fell would read as a reset of the whole
 * box, and rates as many times too high (vtex/node-vtex-api#667).
 */
import { type MetricSpec, Metrics, type MetricsSnapshot } from '../runtime/metrics.ts';
import { renderMetrics } from '../runtime/metrics-sum.ts';

export const BOX_METRICS: readonly MetricSpec[] = [
  {
    name: 'parley_process_up',
    type: 'gauge',
    unit: '1 or 0',
    labels: ['process'],
    aggregate: 'max',
    meaning: 'the process answered this scrape',
  },
  {
    name: 'parley_process_starts_total',
    type: 'counter',
    unit: 'starts',
    labels: ['process'],
    aggregate: 'sum',
    meaning: 'starts of the process by its supervisor',
  },
  fact('parley_box_connections_most', 'connections', 'connections that the box may hold: its setting'),
  fact('parley_box_limit_connections', 'connections', 'connections at which a limit of the host stops the box, as it was at its start', [
    'limit',
  ]),
  fact('parley_box_certificate_ends_seconds', 'seconds', 'end of the certificate that is served, since 1970; not there without TLS'),
  fact('parley_box_drain_left_seconds', 'seconds', 'until what a drain has left is cut; not there at rest'),
];

/** What the supervisor says of the box itself. What is not so is not there, never zero. */
export interface BoxFacts {
  readonly connectionsMost: number;
  readonly connectionsByLimit: ReadonlyMap<string, number>;
  readonly certificateEndsSeconds: number | undefined;
  readonly drainLeftSeconds: number | undefined;
}

function fact(name: string, unit: string, meaning: string, labels: readonly string[] = []): MetricSpec {
  return { name, type: 'gauge', unit, labels, aggregate: 'max', meaning };
}

export interface Answer {
  readonly process: string;
  readonly starts: number;
  readonly snapshot: MetricsSnapshot | undefined;
}

interface Known {
  readonly starts: number;
  readonly counters: MetricsSnapshot;
}

type Metric = MetricsSnapshot[number];

export class BoxMetrics {
  /** By process: the counters of its present life, as last told. */
  private readonly known = new Map<string, Known>();
  /** Counters of lives that are over, added up, by metric. */
  private readonly carried = new Map<string, Metric>();

  async render(answers: readonly Answer[], facts?: BoxFacts): Promise<string> {
    const own = new Metrics(BOX_METRICS);
    for (const { process, starts, snapshot } of answers) {
      own.cell('parley_process_up', { process }).value = snapshot === undefined ? 0 : 1;
      own.cell('parley_process_starts_total', { process }).value = starts;
      this.learn(process, starts, snapshot);
    }
    const silent = answers.flatMap(({ process, snapshot }) => (snapshot === undefined ? (this.known.get(process)?.counters ?? []) : []));
    const told = answers.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]));
    return renderMetrics([await factsSnapshot(own, facts), ...told, silent, [...this.carried.values()]]);
  }

  private learn(process: string, starts: number, snapshot: MetricsSnapshot | undefined): void {
    const known = this.known.get(process);
    if (known !== undefined && known.starts !== starts) {
      for (const counter of known.counters) this.carry(counter);
      this.known.delete(process);
    }
    if (snapshot !== undefined) this.known.set(process, { starts, counters: snapshot.filter(onlyGrows) });
  }

  private carry(counter: Metric): void {
    const before = this.carried.get(counter.name);
    const sums = new Map((before?.values ?? []).map((value) => [keyOf(value), value] as const));
    for (const value of counter.values) {
      const sum = sums.get(keyOf(value))?.value ?? 0;
      sums.set(keyOf(value), { ...value, value: sum + value.value });
    }
    this.carried.set(counter.name, { ...counter, values: [...sums.values()] });
  }
}

/** A metric without a value keeps its name and type, and has no sample. */
async function factsSnapshot(own: Metrics, facts: BoxFacts | undefined): Promise<MetricsSnapshot> {
  const values = new Map<string, number | undefined>([
    ['parley_box_connections_most', facts?.connectionsMost],
    ['parley_box_certificate_ends_seconds', facts?.certificateEndsSeconds],
    ['parley_box_drain_left_seconds', facts?.drainLeftSeconds],
  ]);
  for (const [name, value] of values) own.cell(name).value = value ?? 0;
  for (const [limit, connections] of facts?.connectionsByLimit ?? [])
    own.cell('parley_box_limit_connections', { limit }).value = connections;
  const isMissing = (name: string) => values.has(name) && values.get(name) === undefined;
  return (await own.snapshot()).map((metric) => (isMissing(metric.name) ? { ...metric, values: [] } : metric));
}

function onlyGrows({ type }: Metric): boolean {
  // prom-client types its own enumeration; at run time the type is the word of the text format.
  return ['counter', 'histogram'].includes(String(type));
}

/** A sample is told by its labels and, in a histogram, by the series it belongs to. */
function keyOf(value: Metric['values'][number] & { readonly metricName?: string }): string {
  return JSON.stringify([value.metricName, Object.entries(value.labels).sort()]);
}
