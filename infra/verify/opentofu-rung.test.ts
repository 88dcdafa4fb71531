/** The cycle with a program that only writes down what it was asked; the real one needs the providers' plugins. */
import { afterAll, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesApi } from './kubernetes-api.ts';
import { Cycle } from './opentofu-rung.ts';
import { mirrorOf } from './plugin-mirror.ts';
import type { RungContext } from './rung.ts';
import { readSynthesized } from './synthesized.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-cycle-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder = '';
let made = 0;
beforeEach(() => {
  folder = join(root, String(made++));
  for (const name of ['work', 'plugins', 'out/staging/cell-000-operators', 'out/staging/cell-000-data'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(
    join(folder, 'kubeconfig'),
    JSON.stringify({ contexts: [{ name: 'verify', context: { cluster: 'verify', user: 'verify' } }] }),
  );
  writeFileSync(join(folder, 'plugins', 'terraform-provider-kubernetes_v2.38.0_x5'), '');
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'data' } };
  writeStack('cell-000-operators', { helm_release: { keda: { name: 'keda', chart: 'keda', version: '2' } } });
  writeStack('cell-000-data', { kubernetes_manifest: { one: { manifest, depends_on: ['helm_release.keda'] } } });
});

function writeStack(stack: string, resource: unknown): void {
  const terraform = { backend: { s3: { key: stack } } };
  const provider = { kubernetes: [{ config_context: 'parley-cell-000' }] };
  writeFileSync(join(folder, 'out/staging', stack, 'cdk.tf.json'), JSON.stringify({ terraform, provider, resource }));
}

/** Ends with `code` where its words have `at`. */
function cycle(leftovers: boolean, code = 0, at = 'nothing'): Cycle {
  const program = join(folder, 'tofu');
  const log = join(folder, 'asked');
  writeFileSync(
    program,
    `#!/bin/sh\necho "$(basename "$PWD") $*" >> ${log}\ncase "$*" in *${at}*) echo "  # kubernetes_manifest.one will be updated"; exit ${code};; esac\n`,
    { mode: 0o755 },
  );
  const api = { serves: () => true, read: async () => ({ accepted: leftovers }) } as unknown as KubernetesApi;
  const context: RungContext = {
    synthesized: readSynthesized(join(folder, 'out'), 'staging'),
    out: join(folder, 'out'),
    crds: 'given',
    charts: undefined,
    plugins: join(folder, 'plugins'),
    say: () => {},
  };
  return new Cycle({ api, kubeconfigFile: join(folder, 'kubeconfig') }, context, join(folder, 'work'), program);
}

const asked = () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');

test('each stack is initialised, validated, planned, applied and planned again, then all are destroyed', async () => {
  const run = cycle(false);
  await run.run();
  expect(run.findings).toEqual([]);
  expect(run.skipped).toEqual(['cell-000-operators: charts keda left out, they are not in a folder (--charts DIR)']);
  expect(asked().map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'cell-000-data init',
    'cell-000-data validate',
    'cell-000-data plan',
    'cell-000-data apply',
    'cell-000-data plan',
    'cell-000-data destroy',
  ]);
});

test('a stack is used as it was written, with its state in a file and its context at the test server', async () => {
  await cycle(false).run();
  const stack = JSON.parse(readFileSync(join(folder, 'work/cell-000-data/cdk.tf.json'), 'utf8'));
  expect(stack.terraform.backend).toEqual({ s3: { key: 'cell-000-data' } });
  expect(stack.resource.kubernetes_manifest.one.depends_on).toEqual(['helm_release.keda']);
  expect(existsSync(join(folder, 'work/cell-000-data/backend_override.tf.json'))).toBe(true);
  expect(JSON.parse(readFileSync(join(folder, 'work/kubeconfig'), 'utf8')).contexts).toEqual([
    { name: 'parley-cell-000', context: { cluster: 'verify', user: 'verify' } },
  ]);
});

test('a second plan with changes is found, and so is what a destroy leaves', async () => {
  const changed = cycle(false, 2, 'detailed-exitcode');
  await changed.run();
  expect(changed.findings).toMatchObject([
    { rung: 4, subject: 'cell-000-data', problem: 'a second plan shows changes: # kubernetes_manifest.one will be updated' },
  ]);
  const leaving = cycle(true);
  rmSync(join(folder, 'work'), { recursive: true });
  mkdirSync(join(folder, 'work'));
  await leaving.run();
  expect(leaving.findings).toMatchObject([{ problem: 'ConfigMap one is left after destroy' }]);
});

test('an apply that fails is found, and what it made is destroyed', async () => {
  const failing = cycle(false, 1, 'apply');
  await failing.run();
  expect(failing.findings).toHaveLength(1);
  expect(asked().at(-1)).toStartWith('cell-000-data destroy');
});

test('plugins are found below the host names of both tools, from a mirror or from a plain folder', () => {
  const mirror = mirrorOf(join(folder, 'plugins'), join(folder, 'mirror'));
  const platform = `linux_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  for (const host of ['registry.terraform.io', 'registry.opentofu.org']) {
    expect(existsSync(join(mirror, host, 'hashicorp/kubernetes/2.38.0', platform, 'terraform-provider-kubernetes_v2.38.0_x5'))).toBe(true);
  }
});
