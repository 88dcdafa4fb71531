/** Boards are held to the catalogue and the plan; each mistake planted here is named with its file and line. */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { Board, Panel, Unit } from './board.ts';
import { boardFindings } from './board-check.ts';
import { BOARDS } from './boards.ts';
import { CATALOGUE, catalogueOf, SERVICE_METRICS } from './catalogue.ts';
import { defaultPlanRows } from './plan-rows.ts';
import { queryFindings } from './query-check.ts';
import { renderBoard } from './render.ts';
import { READ_BY_NO_BOARD, unreadMetrics } from './unread.ts';

const PLAN = defaultPlanRows();
const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const problems = (expr: string, catalogue = CATALOGUE) => queryFindings(expr, catalogue).map(({ problem }) => problem);

const LATENCY = catalogueOf([
  { name: 'a_seconds', type: 'histogram', unit: 'seconds', labels: [] },
  { name: 'b_seconds', type: 'gauge', unit: 'seconds', labels: ['quantile'] },
]);

test('all boards are good', () => {
  expect(boardFindings(BOARDS, CATALOGUE, PLAN, read)).toEqual([]);
});

test('a metric that was renamed is found in every board that reads it, by file and line', () => {
  const renamed = new Map(CATALOGUE);
  renamed.delete('parley_relay_sends_total');
  const source = read('dashboards/boards/message-path.ts').split('\n');
  const lines = source.flatMap((line, index) => (line.includes('parley_relay_sends_total') ? [index + 1] : []));
  expect(boardFindings(BOARDS, renamed, PLAN, read).map((finding) => finding.split(': ')[0]!)).toEqual(
    lines.map((line) => `dashboards/boards/message-path.ts:${line}`),
  );
});

for (const [what, expr, problem] of [
  ['that does not parse', 'sum(rate(parley_edge_heartbeats_total[5m])', 'does not parse'],
  ['that is empty', ' ', 'does not parse'],
  ['of a metric that nobody has', 'sum(parley_edge_conections)', 'names parley_edge_conections'],
  ['of no name at all', '{job="gateway"}', 'selects by no name'],
  ['of a label that the metric does not have', 'parley_edge_connections{reason="silent"}', 'label reason'],
  ['of the rate of a gauge', 'rate(parley_edge_connections[5m])', 'takes rate of parley_edge_connections'],
  ['of the slope of a counter', 'deriv(parley_edge_upgrades_total[5m])', 'takes deriv of parley_edge_upgrades_total'],
  ['of a counter as it is', 'sum(parley_edge_upgrades_total)', 'as it is'],
  ['of the most of a counter over time', 'max_over_time(parley_edge_upgrades_total[5m])', 'as it is'],
] as const) {
  test(`a query ${what} is found`, () => {
    expect(problems(expr)).toHaveLength(1);
    expect(problems(expr)[0]).toContain(problem);
  });
}

test('quantiles are made of summed buckets and never averaged', () => {
  const good = 'histogram_quantile(0.99, sum by (le) (rate(a_seconds_bucket[5m])))';
  expect(problems(good, LATENCY)).toEqual([]);
  expect(problems(`max(${good})`, LATENCY)).toEqual([]);
  expect(problems(`avg(${good})`, LATENCY)).toEqual(['averages or adds quantiles']);
  expect(problems(`avg_over_time((${good})[5m:])`, LATENCY)).toEqual(['averages or adds quantiles']);
  expect(problems('histogram_quantile(0.99, rate(a_seconds_bucket[5m]))', LATENCY)).toEqual([
    'takes a quantile of buckets that are not summed by le',
  ]);
  expect(problems('avg(b_seconds{quantile="0.99"})', LATENCY)).toEqual(['averages b_seconds, which is quantiles already']);
});

const PANEL: Panel = {
  id: 1,
  title: 'Sends',
  description: '',
  unit: 'suffix: messages/s',
  queries: [{ expr: 'sum(rate(parley_relay_sends_total[5m]))', legend: '' }],
};

function findingsOf(...panels: readonly Panel[]): readonly string[] {
  const board: Board = { uid: 'one', title: 'One', description: '', file: 'one.ts', panels };
  return boardFindings([board], CATALOGUE, PLAN, () => 'first\nSends\nthe peak\n');
}

test('a panel without a unit, a query or an id of its own is found', () => {
  expect(findingsOf(PANEL)).toEqual([]);
  expect(findingsOf({ ...PANEL, unit: '' as Unit })).toEqual(['one.ts:2: “Sends”: no unit, or one that is not in the list']);
  expect(findingsOf({ ...PANEL, queries: [] })).toEqual(['one.ts:2: “Sends”: no query']);
  expect(findingsOf(PANEL, PANEL)).toEqual(['one.ts:2: “Sends”: the id 1 is taken in this board']);
});

test('a line with no row of the plan behind it is found', () => {
  const line = { label: 'the peak', rows: ['demand.sendsPerSecond', 'no.suchRow'] };
  expect(findingsOf({ ...PANEL, lines: [line] })).toEqual(['one.ts:3: “Sends”: the line “the peak” has no value of the plan behind it']);
});

test('a board is the same text each time, with its ids and the plan’s values in it', () => {
  for (const board of BOARDS) {
    const text = renderBoard(board, PLAN);
    expect(renderBoard(board, PLAN)).toBe(text);
    const { uid, panels } = JSON.parse(text);
    expect(uid).toBe(board.uid);
    expect(panels.map(({ id }: { id: number }) => id)).toEqual(board.panels.map(({ id }) => id));
    for (const [index, { lines = [] }] of board.panels.entries())
      expect(panels[index].fieldConfig.defaults.thresholds.steps).toHaveLength(lines.length + 1);
  }
});

test('no metric of ours stands in the catalogue twice', () => {
  const names = SERVICE_METRICS.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('what no board reads is listed with its reason, and what is listed no board reads', () => {
  expect([...unreadMetrics(BOARDS, SERVICE_METRICS)].sort()).toEqual(Object.keys(READ_BY_NO_BOARD).sort());
});

test('a metric that is read by a bucket only counts as read, one of another name that begins with it does not', () => {
  const board: Board = { uid: 'one', title: 'One', description: '', file: 'one.ts', panels: [PANEL] };
  const metric = (name: string) => ({ name, type: 'counter', unit: '', labels: [] }) as const;
  const bucket = { ...PANEL, queries: [{ expr: 'sum by (le) (rate(a_seconds_bucket[5m]))', legend: '' }] };
  const asked = ['parley_relay_sends', 'parley_relay_sends_total', 'a_seconds'].map(metric);
  expect(unreadMetrics([{ ...board, panels: [PANEL, bucket] }], asked)).toEqual(['parley_relay_sends']);
});
