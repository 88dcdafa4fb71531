/**
 * CPU and memory of processes. CPU is one small file a process and may be read every second; its step is a kernel tick of
 * 10 ms. Memory makes the kernel walk every page table of the process: read it at checkpoints only.
 */
import { type Absent, isAbsent, readProcFile } from './proc-file.ts';

/** USER_HZ, fixed in the kernel's interface whatever the kernel's own tick is. */
const US_PER_TICK = 10_000;

export interface ProcessCpuReading {
  readonly userUs: number;
  readonly systemUs: number;
}

export interface ProcessMemoryReading {
  /** Proportional share: a page mapped by n processes counts 1/n. */
  readonly pssBytes: number;
  readonly anonBytes: number;
  readonly rssBytes: number;
}

export interface Summed<T> {
  readonly processes: number;
  readonly sum: T;
  /** Processes that had ended or could not be read; they are in no sum. */
  readonly missing: readonly number[];
}

/** Since the process began. */
export function readProcessCpu(pid: number | 'self'): ProcessCpuReading | Absent {
  const stat = readProcFile(`/proc/${pid}/stat`);
  return isAbsent(stat) ? stat : parseProcessCpu(stat);
}

/** The command's name stands in parentheses and may hold anything, parentheses and spaces too: count from the last one. */
export function parseProcessCpu(stat: string): ProcessCpuReading | Absent {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // proc_pid_stat(5): the state is field 3, utime 14, stime 15.
  const userUs = Number(fields[11]) * US_PER_TICK;
  const systemUs = Number(fields[12]) * US_PER_TICK;
  return Number.isFinite(userUs) && Number.isFinite(systemUs) ? { userUs, systemUs } : { absent: 'not the text of /proc/<pid>/stat' };
}

export function readProcessMemory(pid: number | 'self'): ProcessMemoryReading | Absent {
  const rollup = readProcFile(`/proc/${pid}/smaps_rollup`);
  return isAbsent(rollup) ? rollup : parseProcessMemory(rollup);
}

export function parseProcessMemory(rollup: string): ProcessMemoryReading | Absent {
  const bytesOf = (key: string): number => {
    const line = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(rollup);
    return line === null ? Number.NaN : Number(line[1]) * 1_024;
  };
  const reading = { pssBytes: bytesOf('Pss'), anonBytes: bytesOf('Anonymous'), rssBytes: bytesOf('Rss') };
  // A process that is ending still has the file, but nothing in it.
  return Object.values(reading).every(Number.isFinite) ? reading : { absent: 'the process has no memory any more' };
}

export function sumProcessCpu(pids: readonly number[]): Summed<ProcessCpuReading> {
  return summed(pids, readProcessCpu, { userUs: 0, systemUs: 0 }, (left, right) => ({
    userUs: left.userUs + right.userUs,
    systemUs: left.systemUs + right.systemUs,
  }));
}

export function sumProcessMemory(pids: readonly number[]): Summed<ProcessMemoryReading> {
  return summed(pids, readProcessMemory, { pssBytes: 0, anonBytes: 0, rssBytes: 0 }, (left, right) => ({
    pssBytes: left.pssBytes + right.pssBytes,
    anonBytes: left.anonBytes + right.anonBytes,
    rssBytes: left.rssBytes + right.rssBytes,
  }));
}

function summed<T>(pids: readonly number[], read: (pid: number) => T | Absent, zero: T, add: (left: T, right: T) => T): Summed<T> {
  const missing: number[] = [];
  let sum = zero;
  for (const pid of pids) {
    const reading = read(pid);
    if (isAbsent(reading)) missing.push(pid);
    else sum = add(sum, reading);
  }
  return { processes: pids.length - missing.length, sum, missing };
}
