import { expect, test } from 'bun:test';
import { requires } from '../../services/runtime/requires.ts';
import { NETWORK_NAMESPACES } from '../hosts/network-namespace.ts';
import { podSysctls } from '../hosts/pod-sysctls.ts';
import type { ApiObject } from './kubernetes-api.ts';
import { sysctlRung } from './sysctl-rung.ts';

const rungOf = (...objects: readonly ApiObject[]) =>
  sysctlRung({
    synthesized: {
      environment: 'production',
      stacks: ['cell-000-gateway'],
      objects: objects.map((manifest) => ({ stack: 'cell-000-gateway', resource: 'x', manifest })),
      charts: [],
      problems: [],
    },
    out: '',
    crds: undefined,
    charts: undefined,
    plugins: undefined,
    say: () => {},
  });

const edges = (spec: object): ApiObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'edges', namespace: 'parley-gateway' },
    spec: { template: { spec } },
  }) as unknown as ApiObject;

requires(NETWORK_NAMESPACES).describe('rung 6', () => {
  test('takes the settings that come from the table', async () => {
    const sysctls = podSysctls(237_000, [8_443, 9_100], { edges: 2 }).map(({ name, value }) => ({ name, value }));
    const { findings, did } = await rungOf(edges({ securityContext: { sysctls } }));
    expect(findings).toEqual([]);
    expect(did).toBe(`${sysctls.length} settings of 1 workloads written in a network namespace and read back`);
  });

  test('finds a setting of the node, one that no kernel has, and a value that does not stick', async () => {
    const sysctls = [
      { name: 'net.core.rmem_max', value: '16777216' },
      { name: 'net.ipv4.tcp_max_syn_backlogs', value: '4096' },
      { name: 'net.ipv4.tcp_migrate_req', value: '7' },
    ];
    const { findings } = await rungOf(edges({ securityContext: { sysctls } }));
    expect(findings.map(({ problem }) => problem)).toEqual([
      'spec.securityContext.sysctls[0]: net.core.rmem_max = 16777216: a network namespace does not take that',
      'spec.securityContext.sysctls[1]: net.ipv4.tcp_max_syn_backlogs = 4096: a network namespace has no such setting: it is the node’s',
      'spec.securityContext.sysctls[2]: net.ipv4.tcp_migrate_req = 7: a network namespace does not take that',
    ]);
    expect(findings[0]!.subject).toBe('cell-000-gateway StatefulSet parley-gateway/edges');
  });

  test('refuses settings in the network of the node', async () => {
    const { findings } = await rungOf(
      edges({ hostNetwork: true, securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } }),
    );
    expect(findings).toHaveLength(1);
  });

  test('has nothing to say of what asks for none', async () => {
    expect((await rungOf(edges({}))).did).toStartWith('0 settings of 0 workloads');
  });
});
