import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentsIn, readSynthesized } from './synthesized.ts';

const out = mkdtempSync(join(tmpdir(), 'parley-synthesized-'));
afterAll(() => rmSync(out, { recursive: true }));

function writeStack(environment: string, stack: string, resource: unknown): void {
  mkdirSync(join(out, environment, stack), { recursive: true });
  writeFileSync(join(out, environment, stack, 'cdk.tf.json'), JSON.stringify({ resource }));
}

const configMap = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data });

test('objects and charts of all stacks are found, operators before cells', () => {
  writeStack('staging', 'cell-000-gateway', { kubernetes_manifest: { one: { manifest: configMap({ a: '1' }) } } });
  writeStack('staging', 'cell-000-data', { kubernetes_manifest: { two: { manifest: configMap({ a: '2' }) } } });
  writeStack('staging', 'operators', { helm_release: { keda: { name: 'keda', chart: 'keda', version: '2.21.0', values: ['{}'] } } });
  const found = readSynthesized(out, 'staging');
  expect(environmentsIn(out)).toEqual(['staging']);
  expect(found.stacks).toEqual(['operators', 'cell-000-data', 'cell-000-gateway']);
  expect(found.objects.map(({ resource }) => resource)).toEqual(['two', 'one']);
  expect(found.charts).toMatchObject([{ name: 'keda', version: '2.21.0', namespace: 'default' }]);
  expect(found.problems).toEqual([]);
});

test('escapes of Terraform are undone, references are a problem', () => {
  writeStack('local', 'loadgen', {
    kubernetes_manifest: {
      one: { manifest: configMap({ script: 'echo $${HOME} %%{x}', reference: `\${kubernetes_manifest.two.object}` }) },
    },
  });
  const found = readSynthesized(out, 'local');
  expect(found.objects[0]?.manifest.data).toMatchObject({ script: `echo \${HOME} %{x}` });
  expect(found.problems).toEqual([
    `loadgen kubernetes_manifest.one.manifest.data.reference: "\${kubernetes_manifest.two.object}" is known only after an apply`,
  ]);
});

test('a resource that no API server could be shown is a problem', () => {
  writeStack('production', 'operators', { null_resource: { trick: {} } });
  expect(readSynthesized(out, 'production').problems).toEqual(['operators: null_resource is no object that can be shown to an API server']);
});
