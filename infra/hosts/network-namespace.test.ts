import { expect, test } from 'bun:test';
import { DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import { HOST_LIMITS } from '../../capacity/host-limits.ts';
import { requires } from '../../services/runtime/requires.ts';
import { NETWORK_NAMESPACES, namespaceCommand, plain, trySysctls } from './network-namespace.ts';
import { podSysctls } from './pod-sysctls.ts';
import { tunerScript } from './tuner-script.ts';

const PORTS = [8_443, 9_100, 9_101];

requires(NETWORK_NAMESPACES).describe('rung 6: settings in a network namespace made for the test', () => {
  for (const connections of [1_000, 50_000, 500_000, 2_000_000])
    test(`every setting of a pod with ${connections.toLocaleString('en-GB')} connections sticks and is read back`, () => {
      for (const edges of [1, 2, 8]) {
        const sysctls = podSysctls(connections, PORTS, { edges, workers: 2, connectionsPerSecond: 20_000 });
        expect(sysctls.length).toBeGreaterThanOrEqual(4);
        expect(trySysctls(sysctls).filter((one) => !one.stuck)).toEqual([]);
      }
    });

  test('each limit of the table that is said to be a namespace’s can be set there, and none that is said to be the node’s', () => {
    const rows = HOST_LIMITS.flatMap((limit) =>
      limit.sysctls(limit.name === 'migrateRequests' ? 1 : 4_096, { ...DEFAULT_SHAPE, ports: PORTS }).map((sysctl) => ({ limit, sysctl })),
    );
    // Those of files, memory and processes are no network's: a namespace does not hide them, so they are not tried here.
    const tried = rows.filter(({ sysctl, limit }) => sysctl.name.startsWith('net.') && limit.name !== 'acceptBacklog');
    const results = trySysctls(tried.map(({ sysctl }) => sysctl));
    const wrong = tried.flatMap(({ limit, sysctl }, at) => {
      const { stuck } = results[at]!;
      // Its own timer of a connection that is tracked in the pod's network, which nothing tracks.
      if (limit.name === 'conntrackSeconds') return [];
      return stuck === (limit.scope === 'netns')
        ? []
        : [`${sysctl.name} is said to be ${limit.scope}: ${results[at]!.problem ?? 'it was set'}`];
    });
    expect(wrong).toEqual([]);
  });

  test('what a new namespace begins with is within what the table says of it', () => {
    const { stdout } = Bun.spawnSync([
      ...namespaceCommand([
        'cat',
        ...[
          'net/core/somaxconn',
          'net/ipv4/tcp_max_syn_backlog',
          'net/ipv4/tcp_max_tw_buckets',
          'net/ipv4/tcp_migrate_req',
          'net/ipv4/tcp_wmem',
          'net/ipv4/tcp_rmem',
        ].map((path) => `/proc/sys/${path}`),
      ]),
    ]);
    const values = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => Number(plain(line).split(' ').at(-1)));
    const names = ['acceptBacklog', 'synBacklog', 'timeWaitBuckets', 'migrateRequests', 'sendBufferBytes', 'receiveBufferBytes'];
    for (const [at, name] of names.entries()) {
      const [least, most] = HOST_LIMITS.find((limit) => limit.name === name)!.fresh!;
      expect([name, values[at]! >= least && values[at]! <= most]).toEqual([name, true]);
    }
  });

  test('what belongs to the node is refused by name: mutations of a stack', () => {
    const wrong = [
      'net.core.rmem_max',
      'net.ipv4.tcp_mem',
      'net.core.netdev_max_backlog',
      'net.ipv4.tcp_max_orphans',
      'net.netfilter.nf_conntrack_max',
    ];
    const found = trySysctls(wrong.map((name) => ({ name, value: '9999999' })));
    expect(found.map(({ stuck, problem }) => [stuck, problem])).toEqual([
      [false, 'a network namespace does not take that'],
      [false, 'a network namespace has no such setting: it is the node’s'],
      [false, 'a network namespace has no such setting: it is the node’s'],
      [false, 'a network namespace has no such setting: it is the node’s'],
      [false, 'a network namespace does not take that'],
    ]);
  });

  test('the tuner ends with a failure where a setting can’t be written, after it has tried all', () => {
    const script = tunerScript([
      { name: 'net.core.rmem_max', value: '999999999', when: 'below', limit: '', why: '' },
      { name: 'net.ipv4.tcp_wmem', value: '4096 16384 65536', when: 'above', limit: '', why: '' },
    ]);
    const { exitCode, stdout } = Bun.spawnSync([...namespaceCommand(['/bin/sh', '-c', script])]);
    const [first, second] = stdout.toString().split('\n');
    expect(first).toMatch(/^REFUSED net\.core\.rmem_max = 999999999 \(is \d+\)$/);
    expect(second).toMatch(/^set {5}net\.ipv4\.tcp_wmem = 4096 16384 65536 {3}# undo: sysctl -w net\.ipv4\.tcp_wmem="4096 16384 \d+"$/);
    expect(exitCode).toBe(1);
  });
});

test('only a name of a kernel setting becomes part of a command', () => {
  expect(() => trySysctls([{ name: 'net.core.x; rm', value: '1' }])).toThrow('no kernel setting');
});
