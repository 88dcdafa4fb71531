/**
 * What the kernel itself uses: slab, socket queues, page tables, interrupts, and the pressure on processors. Each reader
 * is one file; what may be missing on a machine (slab for those who are not root, pressure) is `Absent` with the reason.
 */
import { type Absent, isAbsent, readProcFile } from './proc-file.ts';

const US_PER_TICK = 10_000;
/** Caches below it are noise at the sizes that are measured, and a record holds several dozen of them. */
const SLAB_LEFT_OUT_BYTES = 262_144;

export interface MachineMemory {
  readonly totalBytes: number;
  /** What could be given to processes without swapping, as the kernel estimates it. */
  readonly availableBytes: number;
  readonly slabBytes: number;
  readonly pageTablesBytes: number;
}

export interface MachineCpuReading {
  readonly userUs: number;
  readonly systemUs: number;
  readonly softirqUs: number;
  readonly irqUs: number;
  readonly stealUs: number;
  readonly idleUs: number;
}

export interface SocketCounts {
  readonly tcpInUse: number;
  readonly tcpOrphans: number;
  readonly tcpTimeWait: number;
  /** Charged to send and receive queues; the whole machine’s, where the counts above are this network namespace’s. */
  readonly tcpQueueBytes: number;
}

export function readMachineMemory(): MachineMemory | Absent {
  const meminfo = readProcFile('/proc/meminfo');
  return isAbsent(meminfo) ? meminfo : parseMachineMemory(meminfo);
}

export function parseMachineMemory(meminfo: string): MachineMemory | Absent {
  const kiB = new Map([...meminfo.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map((line) => [line[1]!, Number(line[2])]));
  const bytesOf = (key: string) => (kiB.get(key) ?? Number.NaN) * 1_024;
  const reading = {
    totalBytes: bytesOf('MemTotal'),
    availableBytes: bytesOf('MemAvailable'),
    slabBytes: bytesOf('Slab'),
    pageTablesBytes: bytesOf('PageTables'),
  };
  return Object.values(reading).every(Number.isFinite) ? reading : { absent: 'not the text of /proc/meminfo' };
}

/** Bytes of the pages that each slab cache holds, by its name; caches under 256 KiB are left out. */
export function readSlabBytes(pageBytes = 4_096): Readonly<Record<string, number>> | Absent {
  const slabinfo = readProcFile('/proc/slabinfo');
  return isAbsent(slabinfo) ? slabinfo : parseSlabBytes(slabinfo, pageBytes);
}

export function parseSlabBytes(slabinfo: string, pageBytes: number): Readonly<Record<string, number>> | Absent {
  if (!slabinfo.startsWith('slabinfo - version: 2')) return { absent: 'not the text of /proc/slabinfo, version 2' };
  const bytes: Record<string, number> = {};
  for (const line of slabinfo.split('\n').slice(2)) {
    // name, objects in use, objects, bytes each, objects a slab, pages a slab : tunables … : slabdata in use, slabs, shared
    const fields = line.split(/\s+/);
    const size = Number(fields[5]) * Number(fields[14]) * pageBytes;
    if (size >= SLAB_LEFT_OUT_BYTES) bytes[fields[0]!] = size;
  }
  return bytes;
}

export function readSocketCounts(pageBytes = 4_096): SocketCounts | Absent {
  const sockstat = readProcFile('/proc/net/sockstat');
  return isAbsent(sockstat) ? sockstat : parseSocketCounts(sockstat, pageBytes);
}

export function parseSocketCounts(sockstat: string, pageBytes: number): SocketCounts | Absent {
  const line = /^TCP: inuse (\d+) orphan (\d+) tw (\d+) alloc \d+ mem (\d+)$/m.exec(sockstat);
  if (line === null) return { absent: 'not the text of /proc/net/sockstat' };
  return {
    tcpInUse: Number(line[1]),
    tcpOrphans: Number(line[2]),
    tcpTimeWait: Number(line[3]),
    tcpQueueBytes: Number(line[4]) * pageBytes,
  };
}

/** Of all cores together, since the machine began. */
export function readMachineCpu(): MachineCpuReading | Absent {
  const stat = readProcFile('/proc/stat');
  return isAbsent(stat) ? stat : parseMachineCpu(stat);
}

export function parseMachineCpu(stat: string): MachineCpuReading | Absent {
  // proc_stat(5): user nice system idle iowait irq softirq steal …; guest time is in user already.
  const line = /^cpu +(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stat);
  if (line === null) return { absent: 'not the text of /proc/stat' };
  const us = line.slice(1).map((ticks) => Number(ticks) * US_PER_TICK);
  return {
    userUs: us[0]! + us[1]!,
    systemUs: us[2]!,
    idleUs: us[3]! + us[4]!,
    irqUs: us[5]!,
    softirqUs: us[6]!,
    stealUs: us[7]!,
  };
}

/** Time in which at least one runnable task waited for a processor, since the machine began. */
export function readCpuPressureUs(): number | Absent {
  const pressure = readProcFile('/proc/pressure/cpu');
  if (isAbsent(pressure)) return pressure;
  const line = /^some .*total=(\d+)$/m.exec(pressure);
  return line === null ? { absent: 'not the text of /proc/pressure/cpu' } : Number(line[1]);
}
