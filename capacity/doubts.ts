/**
 * Why a run may prove nothing, whatever its figures say: its sums do not close, a part of the generator was lost, the
 * generator or another user of the machine was in the way, or the record has holes. Each doubt is one sentence with its
 * numbers. A doubt makes a claim inconclusive, never refuted; `firm` ones do so even where the box failed too.
 */
import { heldConnections, longestGapSeconds, processors, secondsBetween, steadySamples } from './held.ts';
import { boundsOf, LARGEST_US } from './histogram.ts';
import { durationText, percentText, text } from './quantity-text.ts';
import type { CpuWindow, LatencyHistogram, RunRecord } from './run-record.ts';

export interface Doubt {
  readonly text: string;
  /** The record itself can't be believed, so that not even a failure counts. */
  readonly firm: boolean;
}

export const BOUNDS = {
  /** A quarter of what a send may take to be accepted. */
  latenessP99Us: 50_000,
  workerCpuShare: 0.9,
  /** Of a machine that workers joined from. */
  hostBusyShare: 0.95,
  clockErrorUs: 5_000,
  invalidLatencyShare: 0.001,
  unsentShare: 0.001,
  sampleGapSeconds: 5,
  othersShare: 0.25,
  /** Of the time of all processors, by which their ticks may miss it; looked at over so many seconds at least. */
  ticksShare: 0.15,
  ticksSeconds: 10,
  /** By the clock of the day, after the last sample: ledgers are merged meanwhile. */
  endSeconds: 120,
  heartbeatsMissingShare: 0.05,
  /** Heartbeats on their way while the two ends are counted. */
  heartbeatsInFlightShare: 0.001,
} as const;

export function doubtsOf(record: RunRecord): readonly Doubt[] {
  return [...brokenSums(record), ...lostWorkers(record), ...missingSamples(record), ...slowGenerator(record), ...busyMachine(record)];
}

/** Those that are about the load engine alone, in words. */
export function generatorDoubts(record: RunRecord): readonly string[] {
  return [...lostWorkers(record), ...slowGenerator(record)].map((doubt) => doubt.text);
}

function brokenSums(record: RunRecord): readonly Doubt[] {
  const { ledger, connections, heartbeats } = record;
  const sums: [name: string, total: number, parts: number][] = [
    ['sends: due', ledger.due, ledger.accepted + ledger.refused + ledger.unknown + ledger.unsent],
    ['deliveries: expected', ledger.recipientsExpected, ledger.delivered + ledger.waiting + ledger.rejected + ledger.lost],
    ['connections: attempted', connections.attempted, connections.opened + connections.refused + connections.failed + connections.unopened],
    ['heartbeats: due', heartbeats.due, heartbeats.sent + heartbeats.unsent],
  ];
  const broken = sums
    .filter(([, total, parts]) => total !== parts)
    .map(([name, total, parts]) => `the sums do not close: ${name} ${text(total)}, parts ${text(parts)}`);
  // What came twice, or for nobody, may have been timed: that is the box's fault and no doubt about the record.
  const surplus = ledger.duplicated + ledger.unexpected;
  // What was said to be a warm-up has no latencies; at its end those of a second may be on their way.
  const { chatSeconds, warmSeconds = 0 } = record.settings;
  const measuredShare = chatSeconds === 0 ? 1 : Math.max(0, chatSeconds - warmSeconds - (warmSeconds > 0 ? 2 : 0)) / chatSeconds;
  const least = (events: number) => Math.floor(events * measuredShare);
  const counted: [name: string, samples: number, events: number, most: number][] = [
    ['accepted', samplesOf(record, 'accepted'), ledger.accepted, ledger.accepted],
    ['delivered', samplesOf(record, 'delivered') + ledger.invalidLatency, ledger.delivered, ledger.delivered + surplus],
  ];
  const uncounted = counted
    .filter(([, samples, events, most]) => samples < least(events) || samples > most)
    .map(([name, samples, events]) => `latency of ${name} has ${text(samples)} samples for ${text(events)} events`);
  const received = heartbeats.received;
  const miscounted =
    received !== undefined && received > heartbeats.sent
      ? [`the box counted ${text(received)} heartbeats of ${text(heartbeats.sent)} that were sent`]
      : [];
  return [...broken, ...uncounted, ...miscounted, ...contradictions(record), ...record.latencies.flatMap(brokenHistogram)].map((one) => ({
    text: one,
    firm: true,
  }));
}

/** Figures of one record that can't all be true. */
function contradictions(record: RunRecord): readonly string[] {
  const found: string[] = [];
  const last = record.samples.at(-1);
  const most = record.samples.reduce((most, sample) => Math.max(most, sample.connectionsClient), 0);
  if (most > record.connections.opened) found.push(`${text(most)} connections in a sample, ${text(record.connections.opened)} ever opened`);
  if (last !== undefined && (last.due > record.ledger.due || last.accepted > record.ledger.accepted)) {
    found.push('the samples count more sends than the ledger');
  }
  const lastedMs = Date.parse(record.endedAt) - Date.parse(record.startedAt);
  if (last !== undefined && last.tMs > lastedMs + 1_000)
    found.push(`samples go on after the run had ended (${text(last.tMs)} ms of ${text(lastedMs)} ms)`);
  return found;
}

/** What no histogram that was filled sample by sample can be. */
function brokenHistogram({ name, buckets, subBucketBits, count, minUs, maxUs, sumUs }: LatencyHistogram): readonly string[] {
  if (count === 0) return [];
  let [least, most] = [0, 0];
  for (let at = 0; at < buckets.length; at += 2) {
    const { fromUs, belowUs } = boundsOf(buckets[at]!, subBucketBits);
    least += fromUs * buckets[at + 1]!;
    most += (belowUs - 1) * buckets[at + 1]!;
  }
  const first = boundsOf(buckets[0]!, subBucketBits);
  const last = boundsOf(buckets.at(-2)!, subBucketBits);
  // Values beyond the last bucket that there is count in it, and in the sum as they are.
  const open = last.belowUs > LARGEST_US;
  const isFirst = minUs >= first.fromUs && minUs < first.belowUs;
  const isLast = maxUs >= last.fromUs && (open || maxUs < last.belowUs);
  const fits = isFirst && isLast && sumUs >= least && (open || sumUs <= most);
  return fits ? [] : [`the histogram of ${name} is not of its own samples: its sum, least or most is of others`];
}

function samplesOf(record: RunRecord, name: string): number {
  return record.latencies.filter((latency) => latency.name === name).reduce((sum, latency) => sum + latency.count, 0);
}

function lostWorkers(record: RunRecord): readonly Doubt[] {
  const { workersExpected, workersReported } = record.generator;
  const found: string[] = [];
  if (workersReported < workersExpected) {
    const incomplete = (record.generator.hosts ?? []).filter((host) => host.reported < host.workers).map((host) => host.name);
    const where = incomplete.length === 0 ? '' : `; lost at ${incomplete.join(', ')}`;
    found.push(`${workersReported} of ${workersExpected} workers of the load engine reported${where}`);
  }
  if (record.connections.droppedByGenerator > 0) {
    found.push(`the load engine lost ${text(record.connections.droppedByGenerator)} connections of its own`);
  }
  return found.map((one) => ({ text: one, firm: true }));
}

function missingSamples(record: RunRecord): readonly Doubt[] {
  const found: string[] = [];
  const steady = steadySamples(record);
  const broke = record.problems.some((problem) => problem.whose === 'box');
  if (steady.length === 0 && !broke) found.push('there is no sample of a time in which connections were held');
  else if (steady.length > 0 && !heldConnections(record).confirmed) found.push('the box never said how many connections it holds');
  const gap = longestGapSeconds(record);
  if (gap > BOUNDS.sampleGapSeconds) found.push(`there is no sample for ${gap.toFixed(1)} s while connections were held`);
  const { due, sent, received } = record.heartbeats;
  const period = record.settings.heartbeatSeconds;
  const least = period === 0 ? 0 : heldConnections(record).connections * Math.floor(secondsBetween(steady) / period);
  if (period === 0) found.push('the connections were to send no heartbeats');
  else if (due < least * (1 - BOUNDS.heartbeatsMissingShare)) {
    found.push(`${text(due)} heartbeats were due, fewer than the ${text(least)} of the connections that were held`);
  }
  if (sent > 0 && received === undefined) found.push('the box did not count the heartbeats');
  else if (received !== undefined && received < sent && sent - received <= sent * BOUNDS.heartbeatsInFlightShare) {
    found.push(`${text(sent - received)} of ${text(sent)} heartbeats are not accounted for`);
  }
  return found.map((one) => ({ text: one, firm: false }));
}

function slowGenerator(record: RunRecord): readonly Doubt[] {
  const { generator, ledger, heartbeats } = record;
  const found: string[] = record.problems.filter((problem) => problem.whose === 'generator').map((problem) => problem.text);
  if (generator.latenessP99Us > BOUNDS.latenessP99Us) {
    found.push(`the load engine was late: p99 ${durationText(generator.latenessP99Us)} of at most ${durationText(BOUNDS.latenessP99Us)}`);
  }
  if (generator.workerCpuShareMax > BOUNDS.workerCpuShare) {
    found.push(`a worker of the load engine used ${percentText(generator.workerCpuShareMax)} of a core`);
  }
  for (const { name, busyShare = 0 } of generator.hosts ?? [])
    if (busyShare > BOUNDS.hostBusyShare) found.push(`the processors of worker host ${name} were full (${percentText(busyShare)})`);
  if (generator.clockErrorUs > BOUNDS.clockErrorUs)
    found.push(`clocks of workers agree within ${durationText(generator.clockErrorUs)} only`);
  if (ledger.invalidLatency > ledger.delivered * BOUNDS.invalidLatencyShare) {
    found.push(`${text(ledger.invalidLatency)} latency samples were beyond the clocks’ error`);
  }
  if (ledger.unsent > ledger.due * BOUNDS.unsentShare) {
    found.push(`${text(ledger.unsent)} of ${text(ledger.due)} sends that were due were never sent`);
  }
  if (heartbeats.unsent > heartbeats.due * BOUNDS.unsentShare) {
    found.push(`${text(heartbeats.unsent)} of ${text(heartbeats.due)} heartbeats that were due were never sent`);
  }
  return found.map((one) => ({ text: one, firm: false }));
}

function busyMachine(record: RunRecord): readonly Doubt[] {
  const found = record.problems.filter((problem) => problem.whose === 'machine').map((problem) => problem.text);
  const { othersShare } = processors(record, steadySamples(record));
  const ticks = ticksOf(record);
  if (ticks.seconds >= BOUNDS.ticksSeconds) {
    if (Math.abs(ticks.sumShare - 1) > BOUNDS.ticksShare)
      found.push(`the ticks of the machine’s processors add up to ${percentText(ticks.sumShare)} of the time that passed`);
    if (record.settings.bothEnds && ticks.oursShare > ticks.busyShare * (1 + BOUNDS.ticksShare))
      found.push(
        `processes of the run used ${percentText(ticks.oursShare)} of the processors, which were busy for ${percentText(ticks.busyShare)}`,
      );
  }
  const lastMs = record.samples.at(-1)?.tMs ?? 0;
  const beyond = (Date.parse(record.endedAt) - Date.parse(record.startedAt) - lastMs) / 1_000;
  if (record.complete && record.samples.length > 0 && beyond > BOUNDS.endSeconds)
    found.push(`the run ended ${text(beyond)} s after its last sample: the clock was moved, or the machine slept`);
  if (othersShare > BOUNDS.othersShare) found.push(`others used ${percentText(othersShare)} of the machine’s processors`);
  return found.map((one) => ({ text: one, firm: false }));
}

/** Over all windows, as shares of the time of all processors: a short one alone is a few ticks of 10 ms. */
function ticksOf({ cpuWindows, host }: RunRecord) {
  const sum = (read: (window: CpuWindow) => number) => cpuWindows.reduce((total, window) => total + read(window), 0);
  const seconds = sum(({ wallMs }) => wallMs) / 1_000;
  const allUs = seconds * (host.onlineProcessors ?? host.cores) * 1e6;
  const busyUs = sum(({ machine }) => machine.userUs + machine.systemUs + machine.softirqUs + machine.irqUs + machine.stealUs);
  const oursUs = sum(({ roles }) => Object.values(roles).reduce((total, { userUs, systemUs }) => total + userUs + systemUs, 0));
  const idleUs = sum(({ machine }) => machine.idleUs);
  return { seconds, sumShare: (busyUs + idleUs) / allUs, busyShare: busyUs / allUs, oursShare: oursUs / allUs };
}
