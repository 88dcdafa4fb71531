/**
 * Reads the host limits of this machine, by the names of the table in `capacity/host-limits.ts` (which this file may not
 * import; a test of the check verb holds the two against each other). Values are as a process that starts now would find
 * them. -1 is "no limit". One that is not there is `Absent` with the reason, never a guess.
 */
import { readdirSync } from 'node:fs';
import { type CgroupLimit, readCgroupLimit } from './cgroup.ts';
import { readMachineMemory } from './kernel.ts';
import { type Absent, isAbsent, readProcFile } from './proc-file.ts';

export const NO_LIMIT = -1;

export interface LimitReading {
  readonly value: number;
  /** As the machine spells it; what an undo writes back. */
  readonly text: string;
}

export type LimitReadings = Readonly<Record<string, LimitReading | Absent>>;

/** Kernel settings that are one number, or the third of three. */
const SETTINGS: readonly (readonly [name: string, path: string])[] = [
  ['nrOpen', 'fs/nr_open'],
  ['fileMax', 'fs/file-max'],
  ['epollWatches', 'fs/epoll/max_user_watches'],
  ['acceptBacklog', 'net/core/somaxconn'],
  ['synBacklog', 'net/ipv4/tcp_max_syn_backlog'],
  ['tcpMemoryPages', 'net/ipv4/tcp_mem'],
  ['sendBufferBytes', 'net/ipv4/tcp_wmem'],
  ['receiveBufferBytes', 'net/ipv4/tcp_rmem'],
  ['orphans', 'net/ipv4/tcp_max_orphans'],
  ['timeWaitBuckets', 'net/ipv4/tcp_max_tw_buckets'],
  ['migrateRequests', 'net/ipv4/tcp_migrate_req'],
  ['packetBacklog', 'net/core/netdev_max_backlog'],
  ['tcpHashBuckets', 'net/ipv4/tcp_ehash_entries'],
  ['memoryMappings', 'vm/max_map_count'],
  ['threads', 'kernel/threads-max'],
  ['processIds', 'kernel/pid_max'],
];

/**
 * `unsafeSysctls`: the pod settings that a kubelet has to allow; how many of them it does is the value. `ports`: those that
 * are listened on; the value is how many of them an outgoing connection may take.
 */
export function readHostLimits(unsafeSysctls: readonly string[], ports: readonly number[] = []): LimitReadings {
  return {
    ...Object.fromEntries(SETTINGS.map(([name, path]) => [name, readSetting(path)])),
    processFiles: readProcessLimit('Max open files'),
    userProcesses: readProcessLimit('Max processes'),
    localPorts: readLocalPorts(),
    reservedPorts: readReservedPorts(ports),
    conntrack: readConntrack('net/netfilter/nf_conntrack_max'),
    conntrackBuckets: readConntrack('net/netfilter/nf_conntrack_buckets'),
    conntrackSeconds: readConntrack('net/netfilter/nf_conntrack_tcp_timeout_established'),
    memoryAvailable: readAvailable(),
    cgroupMemory: ofGroup(readCgroupLimit('memory')),
    cgroupProcesses: ofGroup(readCgroupLimit('pids')),
    containerRuntimeFiles: readContainerRuntimeFiles(),
    allowedUnsafeSysctls: readAllowedSysctls(unsafeSysctls),
  };
}

/** Those that are known, as plain numbers. */
export function limitValues(readings: LimitReadings): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(readings).flatMap(([name, one]) => (isAbsent(one) ? [] : [[name, one.value]])));
}

function readSetting(path: string): LimitReading | Absent {
  const content = readProcFile(`/proc/sys/${path}`);
  if (isAbsent(content)) return content;
  const text = content.trim().replaceAll(/\s+/g, ' ');
  const value = Number(text.split(' ').at(-1));
  if (!Number.isFinite(value)) return { absent: `/proc/sys/${path} is no number: ${text}` };
  // Below 0 a network namespace shares the machine's table (tcp_ehash_entries), whose size it still tells.
  if (value < 0) return { value: -value, text };
  // The kernel writes its own largest number for "no limit" (file-max on large machines).
  return { value: value >= 2 ** 53 ? NO_LIMIT : value, text };
}

/** The hard limit: the runtime raises its soft one to it when it starts. */
function readProcessLimit(name: string): LimitReading | Absent {
  const limits = readProcFile('/proc/self/limits');
  if (isAbsent(limits)) return limits;
  const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(limits)?.[1];
  if (hard === undefined) return { absent: `/proc/self/limits names no "${name}"` };
  return { value: hard === 'unlimited' ? NO_LIMIT : Number(hard), text: hard };
}

function readLocalPorts(): LimitReading | Absent {
  const range = readProcFile('/proc/sys/net/ipv4/ip_local_port_range');
  if (isAbsent(range)) return range;
  const reserved = readProcFile('/proc/sys/net/ipv4/ip_local_reserved_ports');
  const [low, high] = range.trim().split(/\s+/).map(Number);
  return { value: usablePorts(low!, high!, isAbsent(reserved) ? '' : reserved.trim()), text: `${low} ${high}` };
}

/** Ports from `low` to `high` that are not in a list such as "8080,9000-9010". */
export function usablePorts(low: number, high: number, reserved: string): number {
  const parts = reserved === '' ? [] : reserved.split(',');
  const taken = parts.map((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return Math.max(0, Math.min(high, to!) - Math.max(low, from!) + 1);
  });
  return Math.max(0, high - low + 1 - taken.reduce((sum, count) => sum + count, 0));
}

/** Text is the list of reserved ports; an empty one where none is. */
function readReservedPorts(ports: readonly number[]): LimitReading | Absent {
  const range = readProcFile('/proc/sys/net/ipv4/ip_local_port_range');
  const reserved = readProcFile('/proc/sys/net/ipv4/ip_local_reserved_ports');
  if (isAbsent(range)) return range;
  if (isAbsent(reserved)) return reserved;
  const [low, high] = range.trim().split(/\s+/).map(Number);
  return { value: takeablePorts(ports, low!, high!, reserved.trim()).length, text: reserved.trim() };
}

/** Those of `ports` from `low` to `high` that are not in the list of reserved ones. */
export function takeablePorts(ports: readonly number[], low: number, high: number, reserved: string): readonly number[] {
  return ports.filter((port) => usablePorts(Math.max(low, port), Math.min(high, port), reserved) === 1);
}

function readConntrack(path: string): LimitReading | Absent {
  const setting = readSetting(path);
  const count = readSetting('net/netfilter/nf_conntrack_count');
  if (isAbsent(setting)) return setting;
  if (!isAbsent(count) && count.value === 0) return { absent: 'no connection is tracked in this network namespace (count 0)' };
  return setting;
}

function readAvailable(): LimitReading | Absent {
  const memory = readMachineMemory();
  return isAbsent(memory) ? memory : { value: memory.availableBytes, text: String(memory.availableBytes) };
}

function ofGroup(limit: CgroupLimit | Absent): LimitReading | Absent {
  if (isAbsent(limit)) return limit;
  return { value: limit.maximum ?? NO_LIMIT, text: limit.maximum === undefined ? 'max' : String(limit.maximum) };
}

/** As its systemd unit and drop-ins say; the last one that names it counts. */
function readContainerRuntimeFiles(): LimitReading | Absent {
  const unit = [readProcFile('/lib/systemd/system/containerd.service'), readProcFile('/etc/systemd/system/containerd.service')];
  const units = unit.filter((content): content is string => !isAbsent(content));
  if (units.length === 0) return { absent: 'no containerd unit on this machine' };
  const text = containerRuntimeFiles([...units, ...dropIns('/etc/systemd/system/containerd.service.d')]);
  return { value: text === 'infinity' ? NO_LIMIT : Number(text), text };
}

/** systemd's own default hard limit is 524,288. */
export function containerRuntimeFiles(units: readonly string[]): string {
  const named = units.flatMap((content) => [...content.matchAll(/^LimitNOFILE=(?:\d+:)?(\d+|infinity)\s*$/gm)].map((line) => line[1]!));
  return named.at(-1) ?? '524288';
}

function dropIns(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.conf'));
    return names.toSorted().flatMap((name) => {
      const content = readProcFile(`${folder}/${name}`);
      return isAbsent(content) ? [] : [content];
    });
  } catch {
    return []; // No drop-ins.
  }
}

function readAllowedSysctls(wanted: readonly string[]): LimitReading | Absent {
  const configuration = readProcFile('/var/lib/kubelet/config.yaml');
  if (isAbsent(configuration)) return { absent: 'no kubelet on this machine' };
  const allowed = allowedSysctls(configuration);
  return { value: wanted.filter((setting) => isAllowed(setting, allowed)).length, text: allowed.join(', ') };
}

/** The list as YAML writes it, in brackets or one item a line. */
export function allowedSysctls(configuration: string): readonly string[] {
  const inline = /^allowedUnsafeSysctls:\s*\[([^\]]*)\]/m.exec(configuration)?.[1];
  const lines = /^allowedUnsafeSysctls:\s*\n((?:\s*- .+\n?)+)/m.exec(configuration)?.[1];
  const items = inline?.split(',') ?? lines?.split('\n').map((line) => line.replace(/^\s*-/, '')) ?? [];
  return items.map((item) => item.trim().replaceAll(/^["']|["']$/g, '')).filter((item) => item !== '');
}

/** A kubelet takes names, and prefixes that end in "*". */
function isAllowed(setting: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => one === setting || (one.endsWith('*') && setting.startsWith(one.slice(0, -1))));
}
