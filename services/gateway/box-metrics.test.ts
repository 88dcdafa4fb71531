import { expect, test } from 'bun:test';
import { type MetricSpec, Metrics } from '../runtime/metrics.ts';
import { type Answer, BoxMetrics } from './box-metrics.ts';

const SPECS: readonly MetricSpec[] = [
  { name: 'sends_total', type: 'counter', unit: 'sends', labels: [], aggregate: 'sum', meaning: 'sends' },
  { name: 'refused_total', type: 'counter', unit: 'upgrades', labels: ['reason'], aggregate: 'sum', meaning: 'refused' },
  { name: 'open', type: 'gauge', unit: 'connections', labels: [], aggregate: 'sum', meaning: 'open now' },
  { name: 'took_seconds', type: 'histogram', unit: 'seconds', labels: [], aggregate: 'sum', meaning: 'took', buckets: [0.2] },
  { name: 'most', type: 'gauge', unit: 'bytes', labels: [], aggregate: 'max', meaning: 'the most so far' },
];

/** A process of a box: its metrics begin at zero with each life. */
class Process {
  starts = 1;
  answers = true;
  metrics = new Metrics(SPECS);
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  restart(): void {
    this.starts++;
    this.metrics = new Metrics(SPECS);
  }

  async answer(): Promise<Answer> {
    return { process: this.name, starts: this.starts, snapshot: this.answers ? await this.metrics.snapshot() : undefined };
  }
}

function read(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

test('each metric is added by its own rule, and a process that does not answer is missing, not zero', async () => {
  const box = new BoxMetrics();
  const edges = [new Process('edge-0'), new Process('edge-1')];
  for (const [index, edge] of edges.entries()) {
    edge.metrics.cell('open').value = 100 + index;
    edge.metrics.cell('most').value = 7 + index;
    edge.metrics.cell('sends_total').value = 1_000 + index;
    edge.metrics.cell('refused_total', { reason: 'boxFull' }).value = 1 + index;
  }
  const all = read(await box.render(await Promise.all(edges.map((edge) => edge.answer()))));
  expect(Object.fromEntries(all)).toMatchObject({ open: 201, most: 8, sends_total: 2_001, 'refused_total{reason="boxFull"}': 3 });
  edges[1]!.answers = false;
  edges[0]!.metrics.cell('sends_total').value += 10;
  const one = read(await box.render(await Promise.all(edges.map((edge) => edge.answer()))));
  expect(one.get('parley_process_up{process="edge-1"}')).toBe(0);
  expect(Object.fromEntries(one)).toMatchObject({ open: 100, most: 7, sends_total: 2_011, 'refused_total{reason="boxFull"}': 3 });
});

test('a process that never answered has no samples at all', async () => {
  const box = new BoxMetrics();
  const edge = new Process('edge-0');
  edge.answers = false;
  const text = await box.render([await edge.answer()]);
  expect([...read(text).keys()].sort()).toEqual(['parley_process_starts_total{process="edge-0"}', 'parley_process_up{process="edge-0"}']);
});

test('a rate from scrapes equals the truth while processes stall, die and come back: a sum never falls', async () => {
  const box = new BoxMetrics();
  const edges = Array.from({ length: 8 }, (_, index) => new Process(`edge-${index}`));
  const values: number[] = [];
  let sent = 0;
  for (let scrape = 0; scrape < 24; scrape++) {
    for (const edge of edges) {
      edge.metrics.cell('sends_total').value += 62.5;
      sent += 62.5;
    }
    if (scrape === 8) edges[3]!.answers = false;
    if (scrape === 14) edges[3]!.answers = true;
    values.push(read(await box.render(await Promise.all(edges.map((edge) => edge.answer())))).get('sends_total')!);
    if (scrape === 10) edges[5]!.restart();
    if (scrape === 12) edges[3]!.restart();
    if (scrape === 13) edges[5]!.restart();
  }
  for (let scrape = 1; scrape < values.length; scrape++) expect(values[scrape]!).toBeGreaterThanOrEqual(values[scrape - 1]!);
  // What edge 3 did between its last answer and its death nobody heard: that much, and no more, is missing.
  expect(sent - values.at(-1)!).toBe(62.5 * 5);
});

test('what the supervisor says of the box stands beside its processes; what is not so is missing, not zero', async () => {
  const box = new BoxMetrics();
  const limits = new Map([['processFiles', 20_000]]);
  const facts = { connectionsMost: 500, connectionsByLimit: limits, certificateEndsSeconds: 1.8e9, drainLeftSeconds: undefined };
  const atRest = read(await box.render([], facts));
  expect(atRest.get('parley_box_connections_most')).toBe(500);
  expect(atRest.get('parley_box_limit_connections{limit="processFiles"}')).toBe(20_000);
  expect(atRest.get('parley_box_certificate_ends_seconds')).toBe(1.8e9);
  expect(atRest.has('parley_box_drain_left_seconds')).toBe(false);
  const draining = read(await box.render([], { ...facts, certificateEndsSeconds: undefined, drainLeftSeconds: 12.5 }));
  expect(draining.get('parley_box_drain_left_seconds')).toBe(12.5);
  expect(draining.has('parley_box_certificate_ends_seconds')).toBe(false);
});

test('buckets of a process that died are carried on by bucket, as counters are (G7)', async () => {
  const box = new BoxMetrics();
  const edges = [new Process('edge-0'), new Process('edge-1')];
  const render = async () => read(await box.render(await Promise.all(edges.map((edge) => edge.answer()))));
  edges[0]!.metrics.histogram('took_seconds').observe(0.1, 10);
  edges[1]!.metrics.histogram('took_seconds').observe(0.4, 4);
  await render();
  edges[1]!.restart();
  edges[1]!.metrics.histogram('took_seconds').observe(0.1);
  const after = await render();
  expect(after.get('took_seconds_bucket{le="0.2"}')).toBe(11);
  expect(after.get('took_seconds_bucket{le="+Inf"}')).toBe(15);
  expect(after.get('took_seconds_count')).toBe(15);
  expect(after.get('took_seconds_sum')).toBeCloseTo(2.7);
});
