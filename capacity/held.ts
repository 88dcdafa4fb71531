/**
 * What a run held, read from its samples: how many connections, at what rate, for how long, and what the processors of the
 * machine did meanwhile. The worst sample counts, never the best stretch.
 */
import { percentileUs } from './histogram.ts';
import { durationText } from './quantity-text.ts';
import { CLIENT_ROLES, type LatencyName, type Phase, type Role, type RunRecord, type RunSample, SERVER_ROLES } from './run-record.ts';

export interface HeldConnections {
  /** The fewest that client and box both had open in any sample. */
  readonly connections: number;
  readonly seconds: number;
  /** False when the box never said how many it holds. */
  readonly confirmed: boolean;
}

export interface HeldRate {
  readonly duePerSecond: number;
  readonly acceptedPerSecond: number;
  readonly seconds: number;
}

export interface Processors {
  /** Share of all processors that was busy with anything. */
  readonly busyShare: number;
  /** Share used by processes that are not of this run; softirq is not among them. */
  readonly othersShare: number;
  /** Share used by the load engine. */
  readonly generatorShare: number;
}

const STEADY: readonly Phase[] = ['hold', 'chat'];

export function steadySamples(record: RunRecord): readonly RunSample[] {
  return record.samples.filter((sample) => STEADY.includes(sample.phase));
}

/** While messages went: a failure of sends is judged by what the processors did then. */
export function chatSamples(record: RunRecord): readonly RunSample[] {
  return record.samples.filter((sample) => sample.phase === 'chat');
}

export function heldConnections(record: RunRecord): HeldConnections {
  const steady = steadySamples(record);
  if (steady.length === 0) return { connections: 0, seconds: 0, confirmed: false };
  const fewest = steady.map((sample) => Math.min(sample.connectionsClient, sample.connectionsServer ?? Number.POSITIVE_INFINITY));
  return {
    connections: fewest.reduce((least, count) => Math.min(least, count)),
    seconds: secondsBetween(steady),
    confirmed: steady.some((sample) => sample.connectionsServer !== undefined),
  };
}

export function heldRate(record: RunRecord): HeldRate {
  const chat = chatSamples(record);
  const seconds = secondsBetween(chat);
  if (seconds === 0) return { duePerSecond: 0, acceptedPerSecond: 0, seconds: 0 };
  const first = chat[0]!;
  const last = chat.at(-1)!;
  return {
    duePerSecond: (last.due - first.due) / seconds,
    acceptedPerSecond: (last.accepted - first.accepted) / seconds,
    seconds,
  };
}

/**
 * The fewest sends a second that were due in any stretch of so many seconds of the chat: a mean hides a pause and what was
 * made up for after it. Undefined where no two samples are so far apart.
 */
export function slowestDue(record: RunRecord, stretchSeconds: number): number | undefined {
  const chat = chatSamples(record);
  let slowest: number | undefined;
  for (let from = 0, to = 0; to < chat.length; to++) {
    while (from + 1 < to && (chat[to]!.tMs - chat[from + 1]!.tMs) / 1_000 >= stretchSeconds) from++;
    const seconds = (chat[to]!.tMs - chat[from]!.tMs) / 1_000;
    if (seconds < stretchSeconds) continue;
    const perSecond = (chat[to]!.due - chat[from]!.due) / seconds;
    if (slowest === undefined || perSecond < slowest) slowest = perSecond;
  }
  return slowest;
}

/** Longest time without a sample while connections were to be held. */
export function longestGapSeconds(record: RunRecord): number {
  const steady = steadySamples(record);
  let longest = 0;
  for (let at = 1; at < steady.length; at++) longest = Math.max(longest, (steady[at]!.tMs - steady[at - 1]!.tMs) / 1_000);
  return longest;
}

/**
 * Over a set of samples in order. Where the kernel counts softirq within processes it would be taken off twice here, so
 * that `othersShare` errs to the low side there.
 */
export function processors(record: RunRecord, samples: readonly RunSample[]): Processors {
  const seconds = secondsBetween(samples);
  if (seconds === 0) return { busyShare: 0, othersShare: 0, generatorShare: 0 };
  const first = samples[0]!;
  const last = samples.at(-1)!;
  const capacityUs = seconds * 1_000_000 * record.host.cores;
  const grown = (roles: readonly Role[]) =>
    roles.reduce((sum, role) => sum + Math.max(0, (last.cpuUs[role] ?? 0) - (first.cpuUs[role] ?? 0)), 0);
  const generatorUs = grown(CLIENT_ROLES);
  // A box on another machine is not among this machine's processes, and neither is it in its busy time.
  const oursUs = generatorUs + (record.settings.bothEnds ? grown(SERVER_ROLES) : 0);
  const busyUs = last.busyUs - first.busyUs;
  const softirqUs = last.softirqUs - first.softirqUs;
  return {
    busyShare: busyUs / capacityUs,
    othersShare: Math.max(0, busyUs - oursUs - softirqUs) / capacityUs,
    generatorShare: generatorUs / capacityUs,
  };
}

export function p99Us(record: RunRecord, name: LatencyName): number | undefined {
  const histogram = record.latencies.find((latency) => latency.name === name);
  return histogram === undefined ? undefined : percentileUs(histogram, 0.99);
}

export function latencyText(record: RunRecord): string {
  const shown = (name: LatencyName) => {
    const us = p99Us(record, name);
    return us === undefined ? 'not measured' : durationText(us);
  };
  return `accepted p99 ${shown('accepted')}, delivered p99 ${shown('delivered')}`;
}

export function secondsBetween(samples: readonly RunSample[]): number {
  return samples.length < 2 ? 0 : (samples.at(-1)!.tMs - samples[0]!.tMs) / 1_000;
}
