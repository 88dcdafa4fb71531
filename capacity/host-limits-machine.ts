/**
 * Limits of the machine and of the container around it: memory, threads, mappings, and what a kubelet lets a pod set.
 */
import { type BoxShape, baseBytes, bytesPerConnection, memoryFor, processesOf } from './box-shape.ts';
import { type HostLimit, noSysctls, sysctl, wholeAbove, wholeBelow } from './host-limit.ts';

/** Left free for page cache, other services and bursts, so that the kernel need not reclaim under load. */
const MEMORY_RESERVE_BYTES = 400_000_000;
const THREADS_OF_OTHERS = 500;

function memoryNeeded(connections: number, shape: BoxShape): number {
  return wholeAbove(memoryFor(connections, shape) + MEMORY_RESERVE_BYTES);
}

function connectionsByMemory(bytes: number, shape: BoxShape): number {
  return wholeBelow((bytes - MEMORY_RESERVE_BYTES - baseBytes(shape)) / bytesPerConnection(shape));
}

/** Of a group: page cache, which is given back under pressure, and the garbage of a moment in which many connect. */
const GROUP_SHARE_USED = 0.95;

function groupBytes(connections: number, shape: BoxShape): number {
  return wholeAbove(memoryFor(connections, shape) / GROUP_SHARE_USED);
}

function connectionsOfGroup(bytes: number, shape: BoxShape): number {
  return wholeBelow((bytes * GROUP_SHARE_USED - baseBytes(shape)) / bytesPerConnection(shape));
}

function threads(shape: BoxShape): number {
  return processesOf(shape) * shape.costs.threadsPerProcess + THREADS_OF_OTHERS;
}

/** Nothing starts below the need, and above it connections do not matter. */
function allOrNothing(value: number, needed: number): number {
  return value >= needed ? Number.POSITIVE_INFINITY : 0;
}

export const machineLimits: readonly HostLimit[] = [
  {
    name: 'memoryAvailable',
    setting: 'MemAvailable',
    sysctls: noSysctls,
    scope: 'node',
    unit: 'bytes',
    effect: 'stops',
    safer: 'larger',
    needed: memoryNeeded,
    holds: connectionsByMemory,
    why: 'kernel memory of each socket, session state in each edge, a route, and the base of each process',
    symptom: 'the kernel reclaims, then kills the largest process: an edge with all its clients',
    lift: () => ['# a machine with more memory, fewer connections, or the clients on another machine'],
    undo: () => [],
    atRunTime: false,
    pod: { kind: 'node' },
  },
  {
    name: 'cgroupMemory',
    setting: 'memory.max',
    sysctls: noSysctls,
    scope: 'runtime',
    unit: 'bytes',
    effect: 'stops',
    safer: 'larger',
    needed: groupBytes,
    holds: connectionsOfGroup,
    why: 'sockets are charged to the group of the process that made them, like its own memory',
    symptom: 'oom_kill in memory.events; an edge vanishes while the machine has memory left',
    lift: (value) => [`echo ${value} > /sys/fs/cgroup/GROUP/memory.max   # a pod: resources.limits.memory`],
    undo: (previous) => [`echo ${previous} > /sys/fs/cgroup/GROUP/memory.max`],
    atRunTime: true,
    pod: { kind: 'node' },
  },
  {
    name: 'memoryMappings',
    ...sysctl('vm.max_map_count'),
    scope: 'node',
    unit: 'mappings per process',
    effect: 'stops',
    safer: 'larger',
    needed: (_connections, shape) => shape.costs.mappingsPerProcess,
    holds: (value, shape) => allOrNothing(value, shape.costs.mappingsPerProcess),
    why: 'the runtime’s heap is mapped in blocks; their number hardly grows with connections',
    symptom: 'mmap fails with ENOMEM while memory is free; the process aborts',
    pod: { kind: 'node' },
  },
  {
    name: 'threads',
    ...sysctl('kernel.threads-max'),
    scope: 'node',
    unit: 'threads',
    effect: 'stops',
    safer: 'larger',
    needed: (_connections, shape) => threads(shape),
    holds: (value, shape) => allOrNothing(value, threads(shape)),
    why: 'each process of the runtime has threads for its collector, its compiler and its pool',
    symptom: 'fork and thread creation fail with EAGAIN; edges can’t be restarted',
    pod: { kind: 'node' },
  },
  {
    name: 'processIds',
    ...sysctl('kernel.pid_max'),
    scope: 'node',
    unit: 'ids',
    effect: 'stops',
    safer: 'larger',
    needed: (_connections, shape) => threads(shape),
    holds: (value, shape) => allOrNothing(value, threads(shape)),
    why: 'a thread takes an id as a process does',
    symptom: 'fork fails with EAGAIN though threads-max is far',
    pod: { kind: 'node' },
  },
  {
    name: 'userProcesses',
    setting: 'RLIMIT_NPROC (hard)',
    sysctls: noSysctls,
    scope: 'process',
    unit: 'threads of the user',
    effect: 'stops',
    safer: 'larger',
    needed: (_connections, shape) => threads(shape),
    holds: (value, shape) => allOrNothing(value, threads(shape)),
    why: 'counts the threads of a user, in all processes',
    symptom: 'fork fails with EAGAIN for this user only',
    lift: (value) => [`ulimit -Hu ${value}   # a service: LimitNPROC=${value}`],
    undo: (previous) => [`ulimit -Hu ${previous}`],
    atRunTime: false,
    pod: { kind: 'node' },
  },
  {
    name: 'cgroupProcesses',
    setting: 'pids.max',
    sysctls: noSysctls,
    scope: 'runtime',
    unit: 'threads',
    effect: 'stops',
    safer: 'larger',
    needed: (_connections, shape) => threads(shape) - THREADS_OF_OTHERS,
    holds: (value, shape) => allOrNothing(value, threads(shape) - THREADS_OF_OTHERS),
    why: 'a kubelet gives each pod a number of ids (podPidsLimit)',
    symptom: 'fork fails with EAGAIN in one container; max in pids.events grows',
    lift: (value) => [`echo ${value} > /sys/fs/cgroup/GROUP/pids.max   # a kubelet: podPidsLimit: ${value}`],
    undo: (previous) => [`echo ${previous} > /sys/fs/cgroup/GROUP/pids.max`],
    atRunTime: true,
    pod: { kind: 'node' },
  },
  {
    name: 'allowedUnsafeSysctls',
    setting: 'kubelet allowedUnsafeSysctls',
    sysctls: noSysctls,
    scope: 'runtime',
    unit: 'settings of this table allowed',
    effect: 'degrades',
    safer: 'larger',
    needed: () => UNSAFE_POD_SYSCTLS.length,
    holds: () => Number.POSITIVE_INFINITY,
    why: 'a new network namespace starts with the kernel’s defaults, not with the node’s values, and a pod may set these only where its kubelet allows it',
    symptom: 'SysctlForbidden: the pod is scheduled and refused, and its controller makes the next one',
    lift: () => [`# kubelet configuration, then restart it: allowedUnsafeSysctls: [${UNSAFE_POD_SYSCTLS.join(', ')}]`],
    undo: () => ['# kubelet configuration, then restart it: allowedUnsafeSysctls: []'],
    atRunTime: false,
    pod: { kind: 'node' },
  },
];

/** Held against the table by a test: every setting there whose pod kind is `unsafe`. */
export const UNSAFE_POD_SYSCTLS = [
  'net.core.somaxconn',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_migrate_req',
] as const;
