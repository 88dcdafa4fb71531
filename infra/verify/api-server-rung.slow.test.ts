/** With a real kube-apiserver and etcd, built where the cache has none: the first time takes minutes. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { requires } from '../../services/runtime/requires.ts';
import { apiServerRung, showAll } from './api-server-rung.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { install } from './custom-resources.ts';
import type { ApiObject } from './kubernetes-api.ts';
import { programs } from './programs.ts';
import type { RungContext } from './rung.ts';
import type { SynthesizedObject } from './synthesized.ts';

const BUILD_LIMIT_MS = 840_000;

requires('go').describe('a real API server', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    await programs(['etcd', 'kube-apiserver'], console.error);
    plane = await startControlPlane(console.error);
    await install(plane.api, [widgets]);
  }, BUILD_LIMIT_MS);
  afterAll(async () => plane?.stop());

  const shown = (...manifests: ApiObject[]) => showAll(plane, contextOf(manifests));

  test('what is right is stored and read back as it was written', async () => {
    const result = await shown(namespace('right', 'restricted'), workload('right', {}), budget('right'), widget('right', { size: 3 }));
    expect(result.findings).toEqual([]);
    expect(result.did).toStartWith('4 of 4 objects of 4 kinds stored and read back, 1 pod templates admitted as pods');
  });

  test('a field that no version has is refused by its name', async () => {
    const budgetWithTypo = { ...budget('typo'), spec: { maxUnavailabel: 1, selector: { matchLabels: { app: 'edge' } } } };
    const { findings } = await shown(namespace('typo', 'restricted'), budgetWithTypo);
    expect(findings).toMatchObject([{ subject: 'cell-000-gateway PodDisruptionBudget typo/edge' }]);
    expect(findings[0]!.problem).toContain('.spec.maxUnavailabel: field not declared in schema');
  });

  test("a custom resource is held against its operator's schema", async () => {
    const { findings } = await shown(namespace('schema', 'restricted'), widget('schema', { size: 'big', colour: 'red' }));
    expect(findings[0]!.problem).toMatch(/colour|size/);
  });

  test('a safe sysctl is admitted at the level baseline, an unsafe one is refused when its pod is', async () => {
    const safe = [{ name: 'net.ipv4.tcp_rmem', value: '4096 8192 65536' }];
    const unsafe = [{ name: 'net.core.somaxconn', value: '65535' }];
    const right = await shown(namespace('safe', 'baseline'), workload('safe', { sysctls: safe }));
    expect(right.findings).toEqual([]);
    const wrong = await shown(namespace('unsafe', 'baseline'), workload('unsafe', { sysctls: unsafe }));
    expect(wrong.findings.map(({ problem }) => problem).join('\n')).toContain('net.core.somaxconn');
  });

  test('a sysctl of the network beside the network of the host is refused', async () => {
    const spec = { hostNetwork: true, sysctls: [{ name: 'net.core.somaxconn', value: '65535' }] };
    const { findings } = await shown(namespace('host', 'privileged'), workload('host', spec));
    expect(findings[0]!.problem).toContain("may not be specified when 'hostNetwork' is true");
  });

  test('a service account that nobody makes is found by the pod that would use it', async () => {
    const { findings } = await shown(namespace('account', 'restricted'), workload('account', {}, { serviceAccountName: 'nobody' }));
    expect(findings[0]!.problem).toContain('serviceaccount "nobody" not found');
  });

  test('a quantity that comes back in another writing is told', async () => {
    const { findings } = await shown(namespace('amount', 'restricted'), workload('amount', {}, {}, '1000m'));
    expect(findings.map(({ problem }) => problem)).toEqual([
      'read back otherwise: spec.template.spec.containers[0].resources.limits.cpu: "1000m" was written, "1" is there',
    ]);
  });

  test('the same object from two stacks is found', async () => {
    const { findings } = await shown(namespace('twice', 'restricted'), budget('twice'), budget('twice'));
    expect(findings).toMatchObject([{ problem: 'two stacks, or two resources of one, make this object' }]);
  });

  test('a kind of an operator is left out with its reason while no schemas were given', async () => {
    const unknown = { apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka', metadata: { name: 'bus', namespace: 'default' } };
    expect(await shown(unknown)).toMatchObject({ findings: [], skipped: [expect.stringContaining('1 Kafka: no schema')] });
    const given = await showAll(plane, { ...contextOf([unknown]), crds: 'given' });
    expect(given.findings).toMatchObject([{ problem: 'the server knows no kafka.strimzi.io/v1 Kafka' }]);
  });

  test('a rung has a server of its own and leaves nothing behind', async () => {
    const result = await apiServerRung(contextOf([namespace('right', 'restricted'), budget('right')]));
    expect(result).toMatchObject({ rung: 3, environment: 'staging', findings: [], skipped: [] });
  });
});

function contextOf(manifests: readonly ApiObject[]): RungContext {
  const objects = manifests.map((manifest, index): SynthesizedObject => ({ stack: 'cell-000-gateway', resource: `r${index}`, manifest }));
  return {
    synthesized: { environment: 'staging', stacks: ['cell-000-gateway'], objects, charts: [], problems: [] },
    out: 'none',
    crds: undefined,
    charts: undefined,
    plugins: undefined,
    say: console.error,
  };
}

function namespace(name: string, level: 'restricted' | 'baseline' | 'privileged'): ApiObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } } };
}

function workload(inNamespace: string, pod: { sysctls?: unknown; hostNetwork?: boolean }, spec: object = {}, cpu = '1'): ApiObject {
  const { sysctls, ...rest } = pod;
  const labels = { app: 'edge' };
  const security = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'edge', namespace: inNamespace },
    spec: {
      serviceName: 'edge',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: {
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
            ...(sysctls === undefined ? {} : { sysctls }),
          },
          containers: [
            { name: 'edge', image: 'example.org/edge:1', securityContext: security, resources: { limits: { cpu, memory: '1Gi' } } },
          ],
          ...rest,
          ...spec,
        },
      },
    },
  };
}

function budget(inNamespace: string): ApiObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'edge', namespace: inNamespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'edge' } } },
  };
}

function widget(inNamespace: string, spec: object): ApiObject {
  return { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'one', namespace: inNamespace }, spec };
}

const widgets: ApiObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.org' },
  spec: {
    group: 'example.org',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
};
