import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nodeContract } from '../hosts/node-contract.ts';
import { containerdDropIn, kubeletDropIn, PLACES } from '../hosts/node-files.ts';
import { sampleCell } from '../sources.harness.ts';
import { atLeast, checkNode, nodeText } from './node-check.ts';
import { kubeletOf, readNodeFacts } from './node-facts.ts';
import { readContract } from './read-contract.ts';

const { cell, environment } = sampleCell('production');
const CONTRACT = nodeContract('gateway', cell, environment);

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-node-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const states = () => Object.fromEntries(checkNode(CONTRACT, readNodeFacts(root)).map(({ clause, state }) => [clause, state]));

/** A node as the contract's own files make it. */
function goodNode(): void {
  put('proc/sys/kernel/osrelease', '6.1.0-aws\n');
  put('proc/cpuinfo', Array.from({ length: CONTRACT.machine.cores }, (_, at) => `processor\t: ${at}\n`).join('\n'));
  put('proc/meminfo', meminfo(CONTRACT.machine.memoryBytes * 0.96));
  put('proc/swaps', 'Filename\tType\tSize\tUsed\tPriority\n');
  for (const { name, value } of CONTRACT.settings) put(`proc/sys/${name.replaceAll('.', '/')}`, `${value.replaceAll(' ', '\t')}\n`);
  put('lib/systemd/system/containerd.service', '[Service]\nLimitNOFILE=1024:524288\n');
  put(PLACES.containerd, containerdDropIn(CONTRACT));
  put('var/lib/kubelet/config.yaml', 'kind: KubeletConfiguration\nallowedUnsafeSysctls: ["kernel.msg*"]\n');
  put(PLACES.kubelet, kubeletDropIn(CONTRACT));
  put('var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--node-labels=a=b,parley/pool=gateway"\n');
}

function meminfo(bytes: number): string {
  const fields = [
    'MemTotal',
    'MemFree',
    'MemAvailable',
    'Buffers',
    'Cached',
    'Slab',
    'SReclaimable',
    'SUnreclaim',
    'PageTables',
    'SwapTotal',
    'SwapFree',
    'KernelStack',
    'AnonPages',
    'Mapped',
    'Shmem',
  ];
  return fields.map((name) => `${name}: ${Math.ceil(bytes / 1_024)} kB\n`).join('');
}

describe('a node and its contract', () => {
  test('the contract’s own files make a node that keeps it', () => {
    goodNode();
    expect(Object.values(states()).every((state) => state === 'keeps')).toBe(true);
    expect(nodeText(CONTRACT, checkNode(CONTRACT, readNodeFacts(root)))).toEndWith('It keeps the contract, as far as can be seen.');
  });

  for (const [clause, spoil] of [
    ['kernel', () => put('proc/sys/kernel/osrelease', '5.10.0-30-amd64\n')],
    ['processors', () => put('proc/cpuinfo', 'processor\t: 0\n')],
    ['memory', () => put('proc/meminfo', meminfo(1e9))],
    ['swap', () => put('proc/swaps', 'Filename\tType\n/dev/sda2\tpartition\n')],
    ['net.netfilter.nf_conntrack_max', () => put('proc/sys/net/netfilter/nf_conntrack_max', '262144\n')],
    [
      'net.netfilter.nf_conntrack_tcp_timeout_established',
      () => put('proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established', '432000\n'),
    ],
    ['containerd LimitNOFILE', () => rmSync(join(root, PLACES.containerd))],
    ['kubelet allowedUnsafeSysctls', () => put(PLACES.kubelet, kubeletDropIn(CONTRACT).replace('  - net.ipv4.tcp_migrate_req\n', ''))],
    ['kubelet podPidsLimit', () => put(PLACES.kubelet, kubeletDropIn(CONTRACT).replace('podPidsLimit: 4096', 'podPidsLimit: 64'))],
    ['taint', () => put(PLACES.kubelet, kubeletDropIn(CONTRACT).replace('value: gateway', 'value: kafka'))],
  ] as const)
    test(`${clause}: one spoilt thing breaks one clause, and what mends it is told`, () => {
      goodNode();
      spoil();
      const findings = checkNode(CONTRACT, readNodeFacts(root));
      const broken = findings.filter(({ state }) => state === 'breaks');
      expect(broken.map((one) => one.clause)).toEqual([clause]);
      expect(broken[0]!.mend!.length).toBeGreaterThan(10);
      expect(nodeText(CONTRACT, findings)).toContain(`It breaks 1 of ${findings.length} clauses.`);
    });

  test('what can’t be seen is not said to be kept', () => {
    rmSync(root, { recursive: true });
    put('proc/sys/kernel/osrelease', '6.1.0\n');
    expect(states()).toMatchObject({ kernel: 'keeps', 'fs.file-max': 'unseen', kubelet: 'unseen', 'containerd LimitNOFILE': 'unseen' });
  });
});

test('a drop-in of the kubelet replaces whole fields of what is before it', () => {
  expect(kubeletOf(['a: 1\nallowedUnsafeSysctls: [x]\n', undefined, 'allowedUnsafeSysctls: [y]\n'])).toEqual({
    a: 1,
    allowedUnsafeSysctls: ['y'],
  });
  expect(kubeletOf([undefined])).toBeUndefined();
});

test('versions are compared as numbers', () => {
  expect(['5.14.0', '5.9.1', '6.0', '10.1-x', ''].map((version) => atLeast(version, '5.14'))).toEqual([true, false, true, true, false]);
});

test('a contract is read as it was written; what is wrong names field and file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'parley-contract-')), 'gateway.contract.json');
  writeFileSync(file, JSON.stringify(CONTRACT));
  expect(readContract(file)).toEqual(CONTRACT);
  writeFileSync(file, JSON.stringify({ ...CONTRACT, schema: 2 }));
  expect(readContract(file)).toMatchObject({ field: 'schema', file });
  rmSync(dirname(file), { recursive: true });
});
