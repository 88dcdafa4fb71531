import { describe, expect, test } from 'bun:test';
import { DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import { HOST_LIMITS, hostLimit } from '../../capacity/host-limits.ts';
import { RESERVED_FILES } from '../../services/gateway/edge-plan.ts';
import type { LimitReadings } from '../../services/runtime/host/limits.ts';
import { requires } from '../../services/runtime/requires.ts';
import { NETWORK_NAMESPACES } from '../hosts/network-namespace.ts';
import { bindingOrder, diagnose } from './diagnosis.ts';
import { Machine } from './machine.harness.ts';
import { remedyFor } from './remedy.ts';
import { diagnosisText } from './report.ts';
import { type Evidence, judgeSurroundings, type Surroundings } from './surroundings.ts';

const NOWHERE: Evidence = { environment: {}, exists: () => false, firstProcessGroups: '0::/init.scope\n', user: 0, writable: () => true };
const HOST: Surroundings = { place: 'host', because: 'test', ownNetwork: false, root: true, writable: () => true };
const POD: Surroundings = { place: 'pod', because: 'test', ownNetwork: true, root: false, writable: () => false };
const READINGS: LimitReadings = {
  processFiles: { value: 20_000, text: '20000' },
  fileMax: { value: 2_466_170, text: '2466170' },
  localPorts: { value: 28_232, text: '32768 60999' },
  reservedPorts: { value: 1, text: '30000-30002' },
  memoryAvailable: { value: 24_000_000_000, text: '24000000000' },
  sendBufferBytes: { value: 4_194_304, text: '4096 16384 4194304' },
  migrateRequests: { value: 0, text: '0' },
  conntrack: { absent: 'no connection is tracked' },
};
const ASKED = { connections: 60_000, bothEnds: false, cores: 2, edges: 2, ports: [40_001] };

describe('where the doctor stands', () => {
  const at = (evidence: Partial<Evidence>) => judgeSurroundings({ ...NOWHERE, ...evidence });
  test('a bare host shows nothing of a container', () => {
    expect(at({}).place).toBe('host');
    expect(at({ exists: (path) => path.endsWith('tcp_mem') }).ownNetwork).toBe(false);
    expect(at({}).ownNetwork).toBe(true);
  });
  test('a pod is told by its service address, its mount or its control group', () => {
    expect(at({ environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }).place).toBe('pod');
    expect(at({ exists: (path) => path === '/var/run/secrets/kubernetes.io' }).place).toBe('pod');
    expect(at({ firstProcessGroups: '0::/kubepods.slice/pod1\n' }).place).toBe('pod');
  });
  test('a container is told by the file of its runtime or its control group', () => {
    expect(at({ exists: (path) => path === '/.dockerenv' })).toMatchObject({ place: 'container', because: '/.dockerenv is there' });
    expect(at({ firstProcessGroups: '0::/system.slice/docker-0123.scope\n' }).place).toBe('container');
  });
});

describe('the diagnosis', () => {
  const found = diagnose(ASKED, READINGS, HOST);

  test('names the limit that binds first, the next ones in order, and what can’t be seen', () => {
    expect(found.stopped.map(({ limit, connections }) => [limit.name, connections])).toEqual([
      ['reservedPorts', 0],
      ['processFiles', 34_608],
    ]);
    expect(bindingOrder(found).map(({ limit }) => limit.name)).toEqual(['reservedPorts', 'processFiles', 'fileMax', 'memoryAvailable']);
    expect(found.unseen).toEqual([{ name: 'conntrack', setting: 'net.netfilter.nf_conntrack_max', reason: 'no connection is tracked' }]);
    expect(found.healthy).toBe(false);
  });

  test('tells people what stops, why, what is seen, what lifts it and how to go back', () => {
    const text = diagnosisText(found);
    expect(text).toContain(
      'Not healthy: net.ipv4.ip_local_reserved_ports stops it at 0 of 60,000 connections; then RLIMIT_NOFILE (hard) at 34,608.',
    );
    expect(text).toContain('STOPS at 34,608: RLIMIT_NOFILE (hard) = 20000, at least 34,600 (files)');
    expect(text).toContain('ulimit -Hn 34600');
    expect(text).toContain('undo  sysctl -w net.ipv4.ip_local_reserved_ports=30000-30002');
    expect(text).toContain('degrades: net.ipv4.tcp_migrate_req = 0, at least 1');
  });

  test('a healthy machine is told what binds next', () => {
    expect(
      diagnosisText(diagnose({ ...ASKED, ports: [], connections: 1_000 }, { ...READINGS, reservedPorts: { value: 0, text: '' } }, HOST)),
    ).toMatch(/Healthy: 1,000 connections fit\. .* bears 34,608, where RLIMIT_NOFILE \(hard\) binds\.$/);
  });

  test('ports are reserved before the range of source ports is widened, though none is in it yet', () => {
    const asked = { connections: 60_000, bothEnds: true, cores: 2, workers: 4, destinationAddresses: 3, ports: [8_443] };
    const names = diagnose(asked, { localPorts: READINGS.localPorts!, reservedPorts: { value: 0, text: '' } }, HOST).remedies.map(
      ({ limit }) => limit.name,
    );
    expect(names).toEqual(['reservedPorts', 'localPorts']);
  });
});

describe('what lifts a limit', () => {
  const lift = (name: string, surroundings: Surroundings) =>
    remedyFor(hostLimit(name)!, hostLimit(name)!.needed(500_000, SHAPE), SHAPE, { value: 0, text: '0' }, surroundings);
  const SHAPE = { ...DEFAULT_SHAPE, edges: 8, ports: [8_443] };

  test('is written here where it can be', () => {
    expect(lift('migrateRequests', HOST)).toMatchObject({
      by: 'here',
      writes: [{ name: 'net.ipv4.tcp_migrate_req', value: '1' }],
      commands: ['sysctl -w net.ipv4.tcp_migrate_req=1'],
      undo: ['sysctl -w net.ipv4.tcp_migrate_req=0'],
    });
  });

  test('is root’s on a host, a start option of a container', () => {
    const notRoot = { ...HOST, root: false, writable: () => false };
    expect(lift('migrateRequests', notRoot)).toMatchObject({
      by: 'root',
      writes: [],
      commands: ['sudo sysctl -w net.ipv4.tcp_migrate_req=1'],
    });
    expect(lift('migrateRequests', { ...notRoot, place: 'container' }).commands).toEqual([
      "# at its start: --sysctl 'net.ipv4.tcp_migrate_req=1'",
    ]);
  });

  test('stands in a pod’s specification, and in the kubelet’s list where it is unsafe', () => {
    expect(lift('sendBufferBytes', POD)).toMatchObject({
      by: 'podSpecification',
      commands: [
        "# in the pod's specification (Kubernetes 1.32):",
        'securityContext.sysctls: [{ name: net.ipv4.tcp_wmem, value: "4096 16384 65536" }]',
      ],
    });
    expect(lift('migrateRequests', POD).commands.at(-1)).toBe('# kubelet: allowedUnsafeSysctls: [net.ipv4.tcp_migrate_req]');
  });

  test('is the node’s where a pod can’t: its settings, and the limit of files of its runtime', () => {
    expect(lift('fileMax', POD)).toMatchObject({ by: 'node', writes: [] });
    const files = lift('processFiles', POD);
    expect(files.by).toBe('node');
    expect(files.commands.join()).toContain('containerd.service.d');
  });

  test('keeps ports that others have reserved', () => {
    const remedy = remedyFor(hostLimit('reservedPorts')!, 0, SHAPE, { value: 1, text: '30000-30002' }, HOST);
    expect(remedy.writes).toEqual([{ name: 'net.ipv4.ip_local_reserved_ports', value: '8443,30000-30002' }]);
  });

  test('is never a write of what is no kernel setting', () => {
    for (const limit of HOST_LIMITS) {
      const { by, writes } = remedyFor(limit, limit.needed(500_000, SHAPE), SHAPE, { value: 0, text: '0' }, HOST);
      expect([limit.name, writes.length > 0]).toEqual([limit.name, by === 'here']);
    }
  });
});

test('an edge keeps as many files for itself as the table says', () => {
  expect(RESERVED_FILES).toBe(DEFAULT_SHAPE.costs.filesPerProcess);
});

requires(NETWORK_NAMESPACES).describe('parley doctor in a network namespace', () => {
  const ASKING = ['--connections', '1000', '--edges', '2', '--ports', '40001'];

  test('--fix writes what degrades and stops, reads it back, and its way back works', async () => {
    const machine = await Machine.inNamespace([{ name: 'net.core.somaxconn', value: '16' }]);
    try {
      const before = machine.doctor(...ASKING);
      expect(before.exitCode).toBe(1);
      expect(before.limit('acceptBacklog')).toMatchObject({ value: 16, bindsAt: 32, state: 'degrades' });
      const fixed = machine.doctor(...ASKING, '--fix');
      expect(fixed.exitCode).toBe(0);
      expect(fixed.document.applied!.every(({ stuck }) => stuck)).toBe(true);
      expect(fixed.document.applied!.map(({ setting }) => setting).toSorted()).toEqual([
        'net.core.somaxconn',
        'net.ipv4.ip_local_reserved_ports',
        'net.ipv4.tcp_migrate_req',
        'net.ipv4.tcp_rmem',
        'net.ipv4.tcp_wmem',
      ]);
      expect(fixed.limit('acceptBacklog')).toMatchObject({ value: 250, state: 'fits' });
      for (const { undo } of fixed.document.applied!) expect(machine.run('/bin/sh', '-c', undo).exitCode).toBe(0);
      const after = machine.doctor(...ASKING);
      expect(after.document.limits.map(({ name, value }) => [name, value]).filter(([name]) => name !== 'memoryAvailable')).toEqual(
        before.document.limits.map(({ name, value }) => [name, value]).filter(([name]) => name !== 'memoryAvailable'),
      );
    } finally {
      await machine.end();
    }
  }, 30_000);

  test('as a pod has it, with settings that can only be read: each problem is sent to who can mend it, and --fix writes nothing', () => {
    const readOnly = 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; exec env KUBERNETES_SERVICE_HOST=10.0.0.1 "$@"';
    const pod = new Machine(['unshare', '--net', '--mount', '--', '/bin/sh', '-ec', readOnly, 'sh']);
    const { exitCode, document } = pod.doctor(...ASKING, '--fix');
    expect(exitCode).toBe(1);
    expect(document.applied).toEqual([]);
    expect(Object.fromEntries(document.remedies.map(({ name, by }) => [name, by]))).toEqual({
      reservedPorts: 'podSpecification',
      sendBufferBytes: 'podSpecification',
      receiveBufferBytes: 'podSpecification',
      migrateRequests: 'podSpecification',
    });
  });

  test('a wrong number or port is named with its option and ends with 3', () => {
    const machine = new Machine();
    const parley = new URL('../../parley.ts', import.meta.url).pathname;
    for (const wrong of [['--connections', 'many'], ['--ports', '8443,x'], ['--ports', '70000'], ['--nonsense']]) {
      const { exitCode, stderr } = machine.run(process.execPath, parley, 'doctor', ...wrong);
      expect([exitCode, stderr.startsWith('parley doctor: ')]).toEqual([3, true]);
    }
  });
});
