/**
 * One storm on a box of its own: connections open, messages go on, a stretch of calm, then a share is lost at once, and it
 * is watched until all are back and have what they missed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import type { StormObservation } from '../../capacity/storm/fit.ts';
import { ownClockMs } from '../clock/offset.ts';
import type { Box } from '../coordinator/box.ts';
import { DEFAULT_OPTIONS, type RunOptions } from '../coordinator/plan.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import { boxFlags } from '../frame/box-flags.ts';
import type { Frame } from '../frame/frame.ts';
import { ofRun } from '../frame/of-run.ts';
import { type Made, ownRun } from '../frame/own-run.ts';
import { preflight, refusalOf } from '../preflight/preflight.ts';
import { askedBetween, askedOf, type BoxAsked, NOTHING_ASKED } from './box-asked.ts';
import { drop } from './drop.ts';
import { processorUs, type Stretch, usPerConnect } from './processor-time.ts';
import { addSightings, peakPerSecond, type Sightings, secondsUntilShares } from './sightings.ts';
import { backoffOf, LONGEST_HINT_SECONDS, reconnectOf, type StormOptions } from './storm-options.ts';
import type { StormRecord } from './storm-record.ts';
import { seenOf, undisturbedOf } from './watch.ts';

const LEAST_WORKERS = 4;
const WARM_MS = 3_000;
const AFTER_MS = 2_000;
const STEP_MS = 250;
/** No connection was lost any more for so long: all that fall have fallen. */
const FALLEN_MS = 1_000;
const RAMP_SHARE = 0.8;
const CONVERSATIONS_SHARE = 0.1;

/** What this machine can't bear, in one line; undefined when it can. */
export function cannotStorm(options: StormOptions): string | undefined {
  return refusalOf(shapeFor(options));
}

export async function runStorm(frame: Frame, options: StormOptions): Promise<StormRecord> {
  const found = shapeFor(options);
  const { workers, edges } = found.shape;
  // Where all but the last worker's connections are too few, nobody looks on.
  const cohort = options.drop !== 'gateway' && options.share <= 1 - 1 / workers + 1e-9;
  let storm: Watched | undefined;
  return await ownRun(frame, {
    options: runOptions(options, cohort),
    found,
    flags: stormFlags(options, edges),
    during: async (chat, { box }) => {
      storm = await watch(options, box, chat, cohort, (text) => frame.progress.say(text));
    },
    told: (made) => recordOf(frame, options, made, storm),
  });
}

export function writeStorm(folder: string, record: StormRecord): void {
  writeFileSync(join(folder, 'storm.json'), `${JSON.stringify(record)}\n`);
}

interface Watched {
  readonly seen: Sightings;
  readonly asked?: BoxAsked;
  readonly undisturbed?: StormRecord['undisturbed'];
  readonly calm: Stretch;
  /** From the loss until all had caught up. */
  readonly storm: Stretch;
  readonly closedSeconds: number;
}

async function watch(options: StormOptions, box: Box, chat: RunningChat, cohort: boolean, say: (text: string) => void): Promise<Watched> {
  await Bun.sleep(WARM_MS);
  chat.group.broadcast({ type: 'calm' });
  const calmFromMs = chat.tMs;
  await Bun.sleep(options.calmSeconds * 1_000);
  const before = await askedOf(box);
  const fromMs = chat.tMs;
  say(`${options.drop}: ${Math.round(options.share * 100)} % of ${options.connections} connections are lost`);
  const fallen = await drop(options, box, chat, cohort);
  const base = options.drop === 'gateway' ? NOTHING_ASKED : options.drop === 'edges' ? await askedOf(box) : before;
  let mark = 0;
  let seen = addSightings([]);
  let toMs = fromMs;
  let droppedMs = ownClockMs();
  const untilMs = ownClockMs() + options.limitSeconds * 1_000;
  while (ownClockMs() < untilMs && !chat.over) {
    await Bun.sleep(STEP_MS);
    const now = addSightings([...(await seenOf(chat.group, mark++, false)).values()]);
    if (now.dropped > seen.dropped) droppedMs = ownClockMs();
    if (now.caughtUp < now.dropped || now.dropped === 0) toMs = chat.tMs;
    seen = now;
    if (seen.dropped > 0 && seen.caughtUp === seen.dropped && ownClockMs() - droppedMs > FALLEN_MS) break;
  }
  say(`${seen.caughtUp} of ${seen.dropped} are back and have what they missed`);
  await Bun.sleep(AFTER_MS);
  const last = await seenOf(chat.group, mark++, true);
  const after = await askedOf(box);
  const cohortSeen = cohort ? last.get(chat.group.workers.length - 1) : undefined;
  return {
    seen: addSightings([...last.values()]),
    ...(base === undefined || after === undefined ? {} : { asked: askedBetween(base, after) }),
    ...(cohortSeen === undefined ? {} : { undisturbed: undisturbedOf(cohortSeen) }),
    calm: { fromMs: calmFromMs, toMs: fromMs },
    storm: { fromMs, toMs: toMs + STEP_MS },
    closedSeconds: fallen.closedSeconds,
  };
}

function recordOf({ id, command }: Frame, options: StormOptions, made: Made, storm: Watched | undefined): StormRecord {
  const { record, startedAt } = made;
  const seen = storm?.seen ?? addSightings([]);
  const caughtUpSeconds = secondsUntilShares(seen.bins.caughtUp, seen.dropped);
  const { busyCores, stormBusyUs } = storm === undefined ? { busyCores: 0, stormBusyUs: 0 } : usedIn(record, storm);
  const observation: StormObservation = {
    connections: options.connections,
    dropped: seen.dropped,
    policy: backoffOf(options),
    admissionsPerSecond: options.admissionsPerSecond,
    admissionBurst: options.admissionBurst,
    longestWaitSeconds: LONGEST_HINT_SECONDS,
    attemptSeconds: options.attemptSeconds,
    heartbeatSeconds: options.heartbeatSeconds,
    closedSeconds: storm?.closedSeconds ?? 0,
    cores: record.host.cores,
    busyCores,
    usPerConnect: usPerConnect(record) ?? 1,
    stormBusyUs,
    refused: Object.values(seen.refusals).reduce((sum, count) => sum + count, 0),
    caughtUpSeconds: caughtUpSeconds.map((seconds) => seconds ?? Number.POSITIVE_INFINITY),
  };
  return {
    schema: 1,
    id,
    command,
    startedAt,
    options,
    edges: record.settings.edges,
    workers: record.settings.workers,
    seen,
    backSeconds: secondsUntilShares(seen.bins.back, seen.dropped),
    caughtUpSeconds,
    peakBackPerSecond: peakPerSecond(seen.bins.back),
    peakAttemptsPerSecond: peakPerSecond(seen.bins.attempts),
    ...(storm?.asked === undefined ? {} : { asked: storm.asked }),
    ...(storm?.undisturbed === undefined ? {} : { undisturbed: storm.undisturbed }),
    observation,
    ...ofRun(record),
    complete: record.complete && storm !== undefined,
  };
}

function usedIn(record: RunRecord, { calm, storm }: Watched): { readonly busyCores: number; readonly stormBusyUs: number } {
  const lengthMs = (stretch: Stretch) => stretch.toMs - stretch.fromMs;
  const busyCores = (processorUs(record, calm) ?? 0) / 1_000 / Math.max(1, lengthMs(calm));
  const above = (processorUs(record, storm) ?? 0) - busyCores * 1_000 * lengthMs(storm);
  return { busyCores, stormBusyUs: Math.max(0, above) };
}

function shapeFor({ connections, tls, admissionsPerSecond, sendsPerSecond, heartbeatSeconds, edges, workers }: StormOptions) {
  const load = { connections, bothEnds: true, tls, connectionsPerSecond: admissionsPerSecond, sendsPerSecond, heartbeatSeconds, edges };
  const found = preflight({ ...load, workers });
  return workers !== undefined || found.shape.workers >= LEAST_WORKERS ? found : preflight({ ...load, workers: LEAST_WORKERS });
}

function runOptions(options: StormOptions, cohort: boolean): RunOptions {
  return {
    ...DEFAULT_OPTIONS,
    name: 'storm',
    command: ['storm'],
    connections: options.connections,
    connectionsPerSecond: Math.max(100, options.admissionsPerSecond * RAMP_SHARE),
    sendsPerSecond: options.sendsPerSecond,
    idleSeconds: 0,
    chatSeconds: WARM_MS / 1_000 + options.calmSeconds + options.limitSeconds + 30,
    settleSeconds: 1,
    quietSeconds: 60,
    quietSteadySeconds: 3,
    attemptSeconds: options.attemptSeconds,
    heartbeatSeconds: options.heartbeatSeconds,
    tls: options.tls,
    conversations: Math.max(1, Math.ceil(options.connections * CONVERSATIONS_SHARE)),
    seed: options.seed,
    reconnect: reconnectOf(options),
    storm: { cohort },
  };
}

function stormFlags(options: StormOptions, edges: number): string[] {
  return boxFlags({
    edges,
    'max-connections': options.connections + 1_000,
    'heartbeat-seconds': options.heartbeatSeconds,
    'admissions-per-second': options.admissionsPerSecond,
    'admission-burst': options.admissionBurst,
    tls: options.tls,
  });
}
