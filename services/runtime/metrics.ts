/**
 * Metrics from a catalogue. A spec says what a metric is; a cell is the number that the hot path changes; prom-client turns
 * cells into samples when asked. `metrics-sum.ts` adds those of many processes.
 */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Registry from 'prom-client/lib/registry.js';
import { HistogramCell } from './histogram-cell.ts';

export interface MetricSpec {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Unit of the value, in words: `bytes`, `seconds`, `frames`. */
  readonly unit: string;
  readonly labels: readonly string[];
  /** How the processes of a box are added up. */
  readonly aggregate: 'sum' | 'max';
  readonly meaning: string;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

export interface Cell {
  value: number;
}

export type MetricsSnapshot = MetricObjectWithValues<MetricValue<string>>[];

export class Metrics {
  private readonly registry = new Registry();
  private readonly specs = new Map<string, MetricSpec>();
  private readonly cells = new Map<string, Map<string, { labels: Record<string, string>; cell: Cell }>>();
  private readonly histograms = new Map<string, HistogramCell>();

  constructor(catalogue: readonly MetricSpec[]) {
    for (const spec of catalogue) this.register(spec);
  }

  /** The number behind a counter or gauge; the same cell for the same labels. */
  cell(name: string, labels: Record<string, string> = {}): Cell {
    const spec = this.specs.get(name);
    if (spec === undefined) throw new Error(`metric ${name} is not in the catalogue`);
    if (Object.keys(labels).sort().join() !== [...spec.labels].sort().join())
      throw new Error(`metric ${name} has the labels ${spec.labels.join()}`);
    const cells = this.cells.get(name)!;
    const key = spec.labels.map((label) => labels[label]).join('\u0000');
    const known = cells.get(key);
    if (known !== undefined) return known.cell;
    const cell: Cell = { value: 0 };
    cells.set(key, { labels, cell });
    return cell;
  }

  /** The numbers behind a histogram, which has no labels. */
  histogram(name: string): HistogramCell {
    const histogram = this.histograms.get(name);
    if (histogram === undefined) throw new Error(`histogram ${name} is not in the catalogue`);
    return histogram;
  }

  snapshot(): Promise<MetricsSnapshot> {
    return this.registry.getMetricsAsJSON() as Promise<MetricsSnapshot>;
  }

  private register(spec: MetricSpec): void {
    const base = {
      name: spec.name,
      help: `${spec.meaning} [${spec.unit}]`,
      labelNames: [...spec.labels],
      registers: [this.registry],
      aggregator: spec.aggregate,
    };
    this.specs.set(spec.name, spec);
    if (spec.type === 'histogram') {
      const cell = new HistogramCell(spec.buckets ?? []);
      this.histograms.set(spec.name, cell);
      const { name, help, aggregator } = base;
      // Only what is plain data: a snapshot goes to the supervisor as JSON.
      const asked = { name, get: () => ({ name, help, aggregator, type: 'histogram', values: samplesOf(name, cell) }) };
      this.registry.registerMetric(asked as unknown as Parameters<Registry['registerMetric']>[0]);
      return;
    }
    const cells = new Map<string, { labels: Record<string, string>; cell: Cell }>();
    this.cells.set(spec.name, cells);
    const collect = function (this: Counter | Gauge) {
      this.reset();
      for (const { labels, cell } of cells.values()) this.inc(labels, cell.value);
    };
    if (spec.type === 'counter') new Counter({ ...base, collect });
    else new Gauge({ ...base, collect });
    if (spec.labels.length === 0) this.cell(spec.name);
  }
}

/** As the text format has it: buckets hold what is below their bound, those before included. */
function samplesOf(name: string, { bounds, counts, sum }: HistogramCell): Array<MetricValue<string> & { readonly metricName: string }> {
  let count = 0;
  const buckets = counts.map((inBucket, index) => {
    count += inBucket;
    return { metricName: `${name}_bucket`, labels: { le: bounds[index] ?? '+Inf' }, value: count };
  });
  const whole = (part: string, value: number) => ({ metricName: `${name}_${part}`, labels: {}, value });
  return [...buckets, whole('sum', sum), whole('count', count)];
}
