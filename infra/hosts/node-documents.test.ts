import { describe, expect, test } from 'bun:test';
import { sampleCell } from '../sources.harness.ts';
import { nodeContract } from './node-contract.ts';
import { nodeDocuments } from './node-documents.ts';
import { cloudInit, kubeletDropIn, kubeProxyConfiguration } from './node-files.ts';
import { podSysctls, unsafeSysctls } from './pod-sysctls.ts';
import { nodeTuner } from './tuner.ts';

const production = sampleCell('production');
const contractOf = (pool: Parameters<typeof nodeContract>[0]) => nodeContract(pool, production.cell, production.environment);

describe('the contract of a gateway’s node', () => {
  const contract = contractOf('gateway');

  test('is for the machine of the plan, in its pool', () => {
    const { gateway } = production.cell.pools;
    expect(contract.machine).toMatchObject({ shape: gateway.shape, cores: gateway.shapeCores, memoryBytes: gateway.shapeMemoryBytes });
    expect(contract.poolLabel).toEqual({ key: 'parley/pool', value: 'gateway' });
    expect(contract.connections).toBe(production.cell.gateway.connectionsMost);
  });

  test('allows every setting that a gateway’s pod may ask for, whatever its edges', () => {
    for (const edges of [1, 2, 8, 32])
      for (const { name } of unsafeSysctls(podSysctls(contract.connections, [8_443], { edges, connectionsPerSecond: 50_000 })))
        expect(contract.kubelet.allowedUnsafeSysctls).toContain(name);
  });

  test('no setting is one of the pod’s network, and the files that a container may have are the kernel’s own most', () => {
    for (const { limit } of contract.settings)
      expect([
        'nrOpen',
        'fileMax',
        'epollWatches',
        'tcpMemoryPages',
        'packetBacklog',
        'orphans',
        'conntrack',
        'conntrackBuckets',
        'conntrackSeconds',
        'memoryMappings',
        'threads',
        'processIds',
      ]).toContain(limit);
    expect(contract.runtimeFiles).toBe(1_048_576);
    // Nor may the runtime ask for more than the kernel lets a process have.
    expect(contract.settings.find(({ limit }) => limit === 'nrOpen')!.value).toBe('1048576');
  });
});

describe('the files of a node', () => {
  test('cloud-init is YAML that has each file as it is meant', () => {
    const contract = contractOf('gateway');
    const read = Bun.YAML.parse(cloudInit(contract)) as {
      write_files: { path: string; content: string; permissions: string }[];
      runcmd: string[];
    };
    expect(read.write_files.map(({ path }) => path)).toEqual([
      '/usr/local/sbin/parley-node-tuner',
      '/etc/systemd/system/parley-node-tuner.service',
      '/etc/systemd/system/containerd.service.d/20-parley.conf',
      '/etc/kubernetes/kubelet.conf.d/20-parley.conf',
      '/etc/modules-load.d/parley.conf',
    ]);
    expect(read.write_files[0]!.permissions).toBe('0755');
    expect(read.write_files[2]!.content).toContain('LimitNOFILE=1048576\n');
    expect(Bun.spawnSync(['/bin/sh', '-n', '-c', read.write_files[0]!.content]).exitCode).toBe(0);
    expect(read.runcmd).toContain('systemctl enable --now parley-node-tuner.service');
  });

  test('the kubelet’s drop-in allows, limits, reserves and taints', () => {
    expect(Bun.YAML.parse(kubeletDropIn(contractOf('gateway')))).toEqual({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      allowedUnsafeSysctls: [
        'net.core.somaxconn',
        'net.ipv4.tcp_max_syn_backlog',
        'net.ipv4.tcp_max_tw_buckets',
        'net.ipv4.tcp_migrate_req',
      ],
      podPidsLimit: 4096,
      kubeReserved: { cpu: '400m', memory: '763Mi' },
      registerWithTaints: [{ key: 'parley/pool', value: 'gateway', effect: 'NoSchedule' }],
    });
  });

  test('kube-proxy leaves the table of connections', () => {
    expect(Bun.YAML.parse(kubeProxyConfiguration())).toMatchObject({ conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s' } });
  });

  test('a pool without clients allows nothing unsafe, and has what its database asks for', () => {
    const contract = contractOf('cassandra');
    expect(contract.kubelet.allowedUnsafeSysctls).toEqual([]);
    expect(contract.settings).toEqual([expect.objectContaining({ name: 'vm.max_map_count', value: '1048575' })]);
  });
});

test('documents for every pool of every environment, and none of them says undefined', () => {
  for (const name of ['local', 'staging', 'production'] as const) {
    const { cell, environment } = sampleCell(name);
    const documents = nodeDocuments(cell, environment);
    for (const [path, text] of Object.entries(documents)) {
      expect([path, text]).not.toEqual([path, expect.stringMatching(/undefined|NaN|Infinity/)]);
      if (path.endsWith('.yaml')) Bun.YAML.parse(text);
      if (path.endsWith('.json')) JSON.parse(text);
    }
    expect(documents['NODES.md']).toContain('| gateway |');
  }
});

test('the tuner is one privileged container that ends, on the nodes of its pool only', () => {
  const tuner = nodeTuner(contractOf('gateway'), { namespace: 'parley-gateway', labels: {}, image: 'busybox@sha256:0' }) as unknown as {
    spec: {
      template: {
        spec: { nodeSelector: object; initContainers: { securityContext: object }[]; containers: { securityContext: object }[] };
      };
    };
  };
  const { nodeSelector, initContainers, containers } = tuner.spec.template.spec;
  expect(nodeSelector).toEqual({ 'parley/pool': 'gateway' });
  expect(initContainers.map(({ securityContext }) => securityContext)).toEqual([expect.objectContaining({ privileged: true })]);
  for (const { securityContext } of containers)
    expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, runAsNonRoot: true });
});
