/**
 * Which part was the limit of a run, by utilisation and by queues: a process of one thread whose core is full, or the machine's
 * processors, with who used them; memory; and where what was due piled up. A guess from outside: a part that waits for its disk
 * shows as none of them but by what piles up before it.
 */
import { chatSamples, steadySamples } from '../../capacity/held.ts';
import { percentText, text } from '../../capacity/quantity-text.ts';
import { fitLine } from '../../capacity/regression.ts';
import {
  type ByRole,
  CLIENT_ROLES,
  type CpuWindow,
  type ProcessCpu,
  type Role,
  type RunRecord,
  type RunSample,
  SERVER_ROLES,
} from '../../capacity/run-record.ts';

/** Their work is one thread's; servers on JVMs have many. */
const SINGLE: ReadonlySet<Role> = new Set(['edge', 'relay', 'dispatch', 'redis', 'worker']);
const FULL_CORE = 0.85;
const FULL_MACHINE = 0.92;
/** Of the machine's memory: less is none. */
const LITTLE_MEMORY = 0.05;
/** Of the rate, by which a queue must grow each second to be told. */
const GROWING_SHARE = 0.01;

export function limitOf(record: RunRecord): string {
  const windows = steadyWindows(record.cpuWindows);
  const wallUs = windows.reduce((sum, window) => sum + window.wallMs, 0) * 1_000;
  if (wallUs === 0) return 'not known: the run has no window of its processors';
  const cores = coresOf(windows, wallUs);
  const full = cores.filter(({ role, each }) => SINGLE.has(role) && each >= FULL_CORE);
  const busy = 1 - windows.reduce((sum, { machine }) => sum + machine.idleUs, 0) / (wallUs * record.host.cores);
  const used = cores.map(({ role, all }) => `${role} ${all.toFixed(2)}`).join(', ');
  const machine = `the machine's ${record.host.cores} processors were busy for ${percentText(busy)} (cores: ${used})`;
  const waits = [memoryText(record), ...queueTexts(record)].filter((part) => part !== undefined);
  if (full.length > 0) return [`${full.map(({ role }) => role).join(' and ')}, with a full core each`, machine, ...waits].join('; ');
  return [busy >= FULL_MACHINE ? machine : `no processor was full: something waited; ${machine}`, ...waits].join('; ');
}

/** Of the chat, without the first, in which it begins, where there is another; of a run that only holds, of its heartbeats. */
function steadyWindows(windows: readonly CpuWindow[]): readonly CpuWindow[] {
  const [first, ...later] = windows.filter(({ name }) => name === 'chat');
  if (first === undefined) return windows.filter(({ name }) => name === 'heartbeat');
  return later.length > 0 ? later : [first];
}

function coresOf(windows: readonly CpuWindow[], wallUs: number): Array<{ role: Role; all: number; each: number }> {
  return [...SERVER_ROLES, ...CLIENT_ROLES]
    .map((role) => {
      const all = windows.reduce((sum, window) => sum + usedBy(window.roles, role), 0) / wallUs;
      return { role, all, each: all / Math.max(1, windows[0]!.roles[role]?.processes ?? 1) };
    })
    .filter(({ all }) => all >= 0.01)
    .sort((one, other) => other.all - one.all);
}

function usedBy(roles: ByRole<ProcessCpu>, role: Role): number {
  return (roles[role]?.userUs ?? 0) + (roles[role]?.systemUs ?? 0);
}

function memoryText(record: RunRecord): string | undefined {
  const least = Math.min(...steadySamples(record).map((sample) => sample.memAvailableBytes));
  const share = least / record.host.memoryBytes;
  return share < LITTLE_MEMORY ? `only ${percentText(share)} of the memory was left` : undefined;
}

export interface Queues {
  /** Sends without ACCEPTED, more each second. */
  readonly acceptGrowth: number;
  /** Deliveries of accepted messages that have not come, more each second. */
  readonly deliverGrowth: number;
}

/** Slopes of what waited, over the chat; undefined where it was too short for one. */
export function queueGrowth(record: RunRecord): Queues | undefined {
  const { accepted, recipientsExpected } = record.ledger;
  const each = accepted === 0 ? 0 : recipientsExpected / accepted;
  const chat = chatSamples(record);
  const acceptGrowth = slope(chat, (sample) => sample.due - sample.accepted);
  const deliverGrowth = slope(chat, (sample) => sample.accepted * each - sample.delivered);
  return acceptGrowth === undefined || deliverGrowth === undefined ? undefined : { acceptGrowth, deliverGrowth };
}

function queueTexts(record: RunRecord): readonly string[] {
  const growth = queueGrowth(record);
  const least = record.settings.sendsPerSecond * GROWING_SHARE;
  if (growth === undefined) return [];
  return [
    growth.acceptGrowth > least ? `${text(growth.acceptGrowth)} more sends a second waited for ACCEPTED: the queue was before the bus` : '',
    growth.deliverGrowth > least ? `${text(growth.deliverGrowth)} more deliveries a second waited: the queue was behind the bus` : '',
  ].filter((part) => part !== '');
}

function slope(samples: readonly RunSample[], read: (sample: RunSample) => number): number | undefined {
  const line = fitLine(samples.map((sample) => ({ x: sample.tMs / 1_000, y: read(sample) })));
  return 'unfit' in line ? undefined : line.slope;
}
