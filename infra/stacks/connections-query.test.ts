/** Case I2 by Prometheus itself: the autoscaler's query answers when every box has reported, and otherwise nothing, never 0. */
import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requires } from '../../services/runtime/requires.ts';
import { debianProgram } from '../verify/debian-program.ts';
import { PROMTOOL } from '../verify/own-tools-rung.ts';
import { connectionsQuery } from './gateway-scaling.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-query-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DEBIAN = {
  fact: 'promtool or apt-get',
  missing: () => (Bun.which('promtool') !== null || existsSync('/usr/bin/apt-get') ? undefined : 'neither'),
} as const;

const WANTED = { series: 'kube_statefulset_replicas{namespace="parley-gateway",statefulset="edges"}', values: '4 4' };
const box = (pod: number, values: string) => ({ series: `parley_edge_connections{namespace="parley-gateway",pod="edges-${pod}"}`, values });

interface Series {
  readonly series: string;
  readonly values: string;
}

/** What promtool says of the query over these series; `undefined`: as expected. */
async function judged(input: readonly Series[], expected: number | 'nothing'): Promise<string | undefined> {
  const file = join(folder, `${crypto.randomUUID()}.yml`);
  const samples = expected === 'nothing' ? [] : [{ labels: '{}', value: expected }];
  const tests = [
    { interval: '30s', input_series: input, promql_expr_test: [{ expr: connectionsQuery(), eval_time: '30s', exp_samples: samples }] },
  ];
  writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: '30s', tests }));
  const promtool = await debianProgram(PROMTOOL, () => undefined);
  const child = Bun.spawn([promtool, 'test', 'rules', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, error, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return code === 0 ? undefined : `${out}${error}`;
}

requires(DEBIAN).describe('the connections that an autoscaler is told', () => {
  const all = [box(0, '100 100'), box(1, '200 200'), box(2, '300 300'), box(3, '400 400')];

  test('are the sum over all boxes', async () => {
    expect(await judged([WANTED, ...all], 1_000)).toBeUndefined();
    // So that an expectation of nothing below is worth something.
    expect(await judged([WANTED, ...all], 'nothing')).toContain('FAILED');
  }, 120_000);

  for (const [what, series] of [
    ['no box is scraped', [WANTED]],
    ['one of four is not scraped', [WANTED, ...all.slice(1)]],
    ['one of four has gone out of the scrape', [WANTED, ...all.slice(1), box(0, '100 stale')]],
    ['one says NaN', [WANTED, ...all.slice(1), box(0, 'NaN NaN')]],
    ['nobody says how many there should be', all],
    ['there is nothing at all', []],
  ] as const) {
    test(`are nothing, not zero, when ${what}`, async () => {
      expect(await judged(series, 'nothing')).toBeUndefined();
    }, 120_000);
  }

  test('of a box that holds none are zero, and count', async () => {
    expect(await judged([WANTED, ...all.slice(1), box(0, '0 0')], 900)).toBeUndefined();
  }, 120_000);
});
