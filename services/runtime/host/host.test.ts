import { describe, expect, test } from 'bun:test';
import { placeOf, readCgroupLimit, upwards } from './cgroup.ts';
import { describeHost } from './describe.ts';
import {
  parseMachineCpu,
  parseMachineMemory,
  parseSlabBytes,
  parseSocketCounts,
  readCpuPressureUs,
  readMachineCpu,
  readMachineMemory,
  readSlabBytes,
  readSocketCounts,
} from './kernel.ts';
import { allowedSysctls, containerRuntimeFiles, limitValues, readHostLimits, takeablePorts, usablePorts } from './limits.ts';
import { type Absent, isAbsent, readProcFile } from './proc-file.ts';
import { parseProcessCpu, parseProcessMemory, readProcessCpu, readProcessMemory, sumProcessCpu, sumProcessMemory } from './processes.ts';

/** Larger than any pid that a kernel gives out. */
const NO_PROCESS = 2 ** 30;

function present<T>(value: T): Exclude<T, Absent> {
  if (isAbsent(value)) throw new Error(value.absent);
  return value as Exclude<T, Absent>;
}

describe('processes', () => {
  test('CPU of this process grows while it works', () => {
    const before = present(readProcessCpu('self'));
    const until = process.cpuUsage().user + 60_000;
    let sink = 0;
    while (process.cpuUsage().user < until) for (let at = 0; at < 10_000; at++) sink += at % 7;
    const after = present(readProcessCpu('self'));
    expect(sink).toBeGreaterThan(0);
    expect(after.userUs + after.systemUs).toBeGreaterThan(before.userUs + before.systemUs);
  });

  test('a name with spaces and parentheses does not shift the fields', () => {
    const stat = '12 (a) b (c)) S 1 12 12 0 -1 4194560 100 0 0 0 25 7 0 0 20 0 1 0 500 1000 200';
    expect(parseProcessCpu(stat)).toEqual({ userUs: 250_000, systemUs: 70_000 });
  });

  test('memory of this process: the share is within the resident pages and the runtime’s base', () => {
    const memory = present(readProcessMemory('self'));
    expect(memory.pssBytes).toBeLessThanOrEqual(memory.rssBytes);
    expect(memory.anonBytes).toBeGreaterThan(1_000_000);
    expect(memory.rssBytes).toBeGreaterThan(memory.anonBytes);
  });

  test('a process that has ended is missing, never zero', () => {
    expect(isAbsent(readProcessCpu(NO_PROCESS))).toBe(true);
    expect(isAbsent(readProcessMemory(NO_PROCESS))).toBe(true);
    const cpu = sumProcessCpu([process.pid, NO_PROCESS]);
    expect(cpu.processes).toBe(1);
    expect(cpu.missing).toEqual([NO_PROCESS]);
    expect(sumProcessMemory([process.pid]).sum.rssBytes).toBeGreaterThan(0);
  });

  test('an ending process has a file with nothing in it', () => {
    expect(isAbsent(parseProcessMemory(''))).toBe(true);
    expect(isAbsent(parseProcessCpu('12 (sh) Z'))).toBe(true);
  });
});

describe('the kernel', () => {
  test('memory of this machine', () => {
    const memory = present(readMachineMemory());
    expect(memory.availableBytes).toBeLessThanOrEqual(memory.totalBytes);
    expect(memory.pageTablesBytes).toBeGreaterThan(0);
    expect(memory.slabBytes).toBeGreaterThan(0);
  });

  test('meminfo without a field is not the text that is meant', () => {
    expect(isAbsent(parseMachineMemory('MemTotal:       24000 kB\n'))).toBe(true);
  });

  test('slab caches are counted in pages, small ones left out', () => {
    const slabinfo = [
      'slabinfo - version: 2.1',
      '# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> …',
      'TCP               119980 120000   2304   14    8 : tunables    0    0    0 : slabdata   8572   8572      0',
      'ip_fib_alias           0      0     56   73    1 : tunables    0    0    0 : slabdata      1      1      0',
    ].join('\n');
    expect(parseSlabBytes(slabinfo, 4_096)).toEqual({ TCP: 8_572 * 8 * 4_096 });
    expect(isAbsent(parseSlabBytes('nonsense', 4_096))).toBe(true);
  });

  test('slab of this machine is read by root, and others are told why not', () => {
    const slab = readSlabBytes();
    if (isAbsent(slab)) expect(slab.absent).toContain('/proc/slabinfo');
    else expect(Object.keys(slab)).toContain('dentry');
  });

  test('socket queues are pages', () => {
    const text = 'sockets: used 13\nTCP: inuse 5 orphan 1 tw 2 alloc 6 mem 63\nUDP: inuse 0 mem 0\n';
    expect(parseSocketCounts(text, 4_096)).toEqual({ tcpInUse: 5, tcpOrphans: 1, tcpTimeWait: 2, tcpQueueBytes: 258_048 });
    expect(present(readSocketCounts()).tcpQueueBytes).toBeGreaterThanOrEqual(0);
  });

  test('processor time of all cores, nice counted as user and waiting for disks as idle', () => {
    expect(parseMachineCpu('cpu  100 20 50 2000 30 4 5 6 0 0\ncpu0 1 2 3\n')).toEqual({
      userUs: 1_200_000,
      systemUs: 500_000,
      idleUs: 20_300_000,
      irqUs: 40_000,
      softirqUs: 50_000,
      stealUs: 60_000,
    });
    expect(present(readMachineCpu()).userUs).toBeGreaterThan(0);
    expect(isAbsent(parseMachineCpu('intr 5'))).toBe(true);
  });

  test('processor pressure is a total, or says why it is not there', () => {
    const pressure = readCpuPressureUs();
    if (isAbsent(pressure)) expect(pressure.absent).toContain('/proc/pressure/cpu');
    else expect(pressure).toBeGreaterThanOrEqual(0);
  });

  test('a file that is not there is an answer with a reason', () => {
    expect(readProcFile('/proc/sys/no/such/setting')).toEqual({ absent: '/proc/sys/no/such/setting does not exist' });
  });
});

describe('limits', () => {
  test('this machine has a limit of files, ports and memory', () => {
    const values = limitValues(readHostLimits([]));
    expect(values.localPorts).toBeGreaterThan(0);
    expect(values.memoryAvailable).toBeGreaterThan(0);
    expect(values.processFiles).not.toBe(0);
  });

  test('each is a value with the machine’s own spelling, or a reason', () => {
    for (const [name, reading] of Object.entries(readHostLimits([]))) {
      if (isAbsent(reading)) expect(reading.absent.length).toBeGreaterThan(10);
      else if (name !== 'reservedPorts') expect(reading.text.length).toBeGreaterThan(0);
    }
  });

  test('reserved ports inside the range are not usable', () => {
    expect(usablePorts(32_768, 60_999, '')).toBe(28_232);
    expect(usablePorts(40_000, 40_010, '40003,40008-40020,9000')).toBe(7);
  });

  test('a port may be taken as the source of a connection when it is in the range and not reserved', () => {
    expect(takeablePorts([8_443, 40_000, 40_003, 40_010, 40_011], 40_000, 40_010, '40002-40004')).toEqual([40_000, 40_010]);
    expect(takeablePorts([40_000], 40_000, 40_010, '')).toEqual([40_000]);
  });

  test('the last drop-in that names a limit of files counts, and systemd’s default when none does', () => {
    expect(containerRuntimeFiles(['[Service]\nLimitNOFILE=infinity\n', '[Service]\nLimitNOFILE=1048576\n'])).toBe('1048576');
    expect(containerRuntimeFiles(['[Service]\nLimitNOFILE=1024:65536\n'])).toBe('65536');
    expect(containerRuntimeFiles(['[Service]\n'])).toBe('524288');
  });

  test('the kubelet’s list is read in both spellings', () => {
    expect(allowedSysctls('a: 1\nallowedUnsafeSysctls: ["net.core.somaxconn", net.ipv4.*]\n')).toEqual([
      'net.core.somaxconn',
      'net.ipv4.*',
    ]);
    expect(allowedSysctls('allowedUnsafeSysctls:\n  - net.core.somaxconn\n- "net.ipv4.tcp_migrate_req"\nb: 2\n')).toEqual([
      'net.core.somaxconn',
      'net.ipv4.tcp_migrate_req',
    ]);
    expect(allowedSysctls('a: 1\n')).toEqual([]);
  });
});

describe('control groups', () => {
  test('version 1 has a line a controller, version 2 one for all', () => {
    const mixed = '9:name=systemd:/\n8:cpu,cpuacct:/x\n4:memory:/a/b\n0::/\n';
    expect(placeOf(mixed, 'memory')).toEqual({ version: 'version1', root: '/sys/fs/cgroup/memory', path: '/a/b' });
    expect(placeOf('0::/kubepods/pod1\n', 'pids')).toEqual({ version: 'version2', root: '/sys/fs/cgroup', path: '/kubepods/pod1' });
    expect(placeOf('9:name=systemd:/\n', 'memory')).toBeUndefined();
  });

  test('every group up to the root may limit', () => {
    expect(upwards('/a/b')).toEqual(['/a/b', '/a', '']);
    expect(upwards('/')).toEqual(['']);
  });

  test('this process has a limit, none, or a reason', () => {
    const limit = readCgroupLimit('memory');
    if (!isAbsent(limit) && limit.maximum !== undefined) expect(limit.maximum).toBeGreaterThan(0);
  });
});

test('the machine is described without anything that identifies it', () => {
  const host = describeHost();
  expect(
    Object.keys(host)
      .toSorted()
      .filter((key) => key !== 'interruptTimeApart'),
  ).toEqual(['bun', 'cores', 'cpuModel', 'kernel', 'memoryBytes']);
  expect(host.cores).toBeGreaterThan(0);
});
