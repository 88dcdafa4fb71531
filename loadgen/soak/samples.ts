/**
 * What a soak sees every few seconds: memory, open files and threads of each process by its name, and the tables of the box by
 * its own gauges. Kept in a file, a line a sample, which a soak that is resumed goes on with.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isAbsent, readProcFile } from '../../services/runtime/host/proc-file.ts';
import { type Box, sumOf } from '../coordinator/box.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';

export interface NamedProcess {
  /** "edge 0", "relay", "kafka", "load worker 1". */
  readonly component: string;
  readonly pid: number;
  /** A server that keeps data in files, which it has open: they are its data, and no leak. */
  readonly keepsFiles?: true;
}

export interface ProcessSample extends NamedProcess {
  /** Memory that is the process's own; pages of files are not in it. */
  readonly anonBytes: number;
  /** Open files; of a server that keeps data those that are none on a disk: sockets, pipes, watches. */
  readonly files: number;
  readonly threads: number;
  /** Heap that a JVM takes at most by its own command. */
  readonly heapBytes?: number;
}

export interface SoakSample {
  /** Of the chat. */
  readonly tMs: number;
  readonly processes: readonly ProcessSample[];
  /** Gauges of the box, added over labels; none where it did not answer. */
  readonly tables: Readonly<Record<string, number>>;
  /** How long all processes of the box took to say their metrics: what waits in an event loop is in it. */
  readonly answerMs?: number;
}

const SAMPLES_FILE = 'samples.jsonl';
/** Gauges that are no table: states, the most so far. */
const NO_TABLE = /(_max_bytes|_connected|_links|_edges|_up|_partitions|_seconds)$/;

/** Undefined: the process has ended. */
export function readProcess({ component, pid, keepsFiles }: NamedProcess): ProcessSample | undefined {
  const status = readProcFile(`/proc/${pid}/status`);
  if (isAbsent(status)) return undefined;
  const numberOf = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  const files = keepsFiles === true ? openButOfDisk(pid) : openFiles(pid);
  // One that is ending still has the file, but no memory in it.
  const anonBytes = numberOf('RssAnon') * 1_024;
  if (!Number.isFinite(anonBytes) || files === undefined) return undefined;
  const heapBytes = heapOf(pid);
  return { component, pid, anonBytes, files, threads: numberOf('Threads'), ...(heapBytes === undefined ? {} : { heapBytes }) };
}

/** Since Linux 6.2 the size of the folder is their number: nothing has to be walked, and no inode is made for each. */
function openFiles(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}/fd`).size;
  } catch {
    return undefined;
  }
}

/** Walks the folder: a server has hundreds, where an edge has a connection each. */
function openButOfDisk(pid: number): number | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).filter((file) => !isOnDisk(`${folder}/${file}`)).length;
  } catch {
    return undefined;
  }
}

function isOnDisk(link: string): boolean {
  try {
    return readlinkSync(link).startsWith('/');
  } catch {
    // Closed meanwhile.
    return true;
  }
}

const heaps = new Map<number, number | undefined>();

function heapOf(pid: number): number | undefined {
  if (!heaps.has(pid)) {
    const command = readProcFile(`/proc/${pid}/cmdline`);
    heaps.set(pid, isAbsent(command) ? undefined : heapIn(command));
  }
  return heaps.get(pid);
}

/** "-Xmx512M" in a command; the last one counts. */
export function heapIn(command: string): number | undefined {
  const found = [...command.matchAll(/(?:^|\0)-Xmx(\d+)([kmg]?)(?=\0|$)/gi)].at(-1);
  if (found === undefined) return undefined;
  return Number(found[1]) * { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[found[2]!.toLowerCase() as '' | 'k' | 'm' | 'g'];
}

/** All processes of both ends and of what the box stands on, as they are now. */
export function processesOf(box: Box, stack: StackServers | undefined, workerPids: readonly number[]): NamedProcess[] {
  const { pids } = box.info;
  const one = (component: string, pid: number | undefined | null): NamedProcess[] => (typeof pid === 'number' ? [{ component, pid }] : []);
  return [
    ...one('supervisor', pids.supervisor),
    ...pids.edges.flatMap((pid, edge) => one(`edge ${edge}`, pid)),
    ...one('relay', pids.relay),
    ...one('embedded', pids.embedded),
    ...(pids.dispatchers ?? []).flatMap((pid, number) => one(`dispatch ${number}`, pid)),
    ...(stack?.servers ?? []).flatMap((server) =>
      one(server.name, stack?.pidOf(server)).map((found) => ({ ...found, keepsFiles: true as const })),
    ),
    ...one('load coordinator', process.pid),
    ...workerPids.flatMap((pid, worker) => one(`load worker ${worker}`, pid)),
  ];
}

export async function takeSample(
  tMs: number,
  box: Box,
  stack: StackServers | undefined,
  workerPids: readonly number[],
): Promise<SoakSample> {
  const askedMs = performance.now();
  const metrics = await box.metrics();
  const answerMs = performance.now() - askedMs;
  const processes = processesOf(box, stack, workerPids).flatMap((one) => readProcess(one) ?? []);
  return { tMs, processes, tables: metrics === undefined ? {} : tablesIn(metrics), ...(metrics === undefined ? {} : { answerMs }) };
}

export function tablesIn(metrics: string): Record<string, number> {
  const tables: Record<string, number> = {};
  for (const [, name] of metrics.matchAll(/^# TYPE (\S+) gauge$/gm)) {
    const value = NO_TABLE.test(name!) ? undefined : sumOf(metrics, name!);
    if (value !== undefined) tables[name!] = value;
  }
  return tables;
}

export function keepSample(folder: string, sample: SoakSample): void {
  appendFileSync(join(folder, SAMPLES_FILE), `${JSON.stringify(sample)}\n`);
}

/** What was kept; the last line may have been cut by a kill. */
export function keptSamples(folder: string): SoakSample[] {
  const path = join(folder, SAMPLES_FILE);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as SoakSample];
      } catch {
        return [];
      }
    });
}
