/**
 * One soak on a box of its own, or on that of a soak whose process was killed: loaded with churn and a daily curve, looked at, and
 * told as a record.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { percentileUs } from '../../capacity/histogram.ts';
import { leakOf } from '../../capacity/soak/leak.ts';
import { DEFAULT_OPTIONS, type RunOptions } from '../coordinator/plan.ts';
import { type ResumePoint, removeResumePoint, writeResumePoint } from '../coordinator/resume-point.ts';
import { boxFlags } from '../frame/box-flags.ts';
import type { Frame } from '../frame/frame.ts';
import { ofRun } from '../frame/of-run.ts';
import { type BoxBackends, type Made, ownRun, removeLedgers } from '../frame/own-run.ts';
import { preflight, refusalOf } from '../preflight/preflight.ts';
import { keptSamples, type SoakSample } from './samples.ts';
import { endedBetween, seriesOf } from './series.ts';
import { daySecondsOf, judgedFromMs, type SoakOptions, SWING, sampleEveryMs } from './soak-options.ts';
import type { SoakRecord } from './soak-record.ts';
import { type Restarts, watchSoak } from './soak-watch.ts';

export interface SoakResume extends ResumePoint {
  readonly restarts?: Restarts | undefined;
}

const WORKERS = 2;
/** Of one conversation, on average. */
const SECONDS_BETWEEN_MESSAGES = 10;
const READ_EVERY = 4;
const GROUP_SHARE = 0.2;
/** Without a sample for so many of their distances the soak's process was away. */
const GAP_SAMPLES = 4;
const LEAST_GAP_MS = 3_000;

/** What this machine can't bear, in one line; undefined when it can. */
export function cannotSoak(options: SoakOptions): string | undefined {
  return refusalOf(shapeFor(options));
}

/** `resumes`: of the frame's folder. */
export async function soak(frame: Frame, options: SoakOptions, on?: BoxBackends, resumes?: SoakResume): Promise<SoakRecord> {
  const { folder, progress } = frame;
  let restarts = resumes?.restarts;
  let disconnects: Readonly<Record<string, number>> = {};
  return await ownRun(frame, {
    options: runOptions(options),
    found: shapeFor(options),
    flags: soakFlags(options),
    on,
    resumes,
    keepsLedgers: true,
    during: async (chat, { box, point }) => {
      const keep = (made: Restarts | undefined) => {
        restarts = made;
        writeResumePoint<SoakResume>(folder, { ...point, restarts });
      };
      keep(restarts);
      await watchSoak({ options, box, folder, stack: on?.stack, restarts, restarted: keep, say: (text) => progress.say(text) }, chat);
      disconnects = chat.group.byReason('disconnects');
    },
    told: (made) => recordOf(frame, options, made, restarts, disconnects),
  });
}

export function writeSoak(folder: string, record: SoakRecord, clean: boolean): void {
  writeFileSync(join(folder, 'soak.json'), `${JSON.stringify(record, null, 1)}\n`);
  removeResumePoint(folder);
  // They are large, and say nothing more when all is well.
  if (clean) removeLedgers(folder);
}

function recordOf(
  { id, command, folder }: Frame,
  options: SoakOptions,
  { record, startedAt, chatTimes }: Made,
  restarts: Restarts | undefined,
  disconnects: Readonly<Record<string, number>>,
): SoakRecord {
  const samples = keptSamples(folder);
  const fromMs = judgedFromMs(options, restarts?.toMs);
  return {
    schema: 1,
    id,
    command,
    startedAt,
    endedAt: new Date().toISOString(),
    options,
    samples: samples.length,
    judgedFromMs: fromMs,
    chatMs: chatTimes.dueUntilMs,
    ...(restarts === undefined ? {} : { restarts }),
    gaps: gapsOf(samples, options),
    ended: endedBetween(samples, restarts),
    findings: seriesOf(samples, fromMs).map((series) => leakOf(series)),
    ...ofRun(record),
    disconnects,
    latencies: record.latencies
      .filter(({ name }) => name === 'accepted' || name === 'delivered')
      .map((one) => ({ name: one.name, samples: one.count, p50Us: percentileUs(one, 0.5) ?? 0, p99Us: percentileUs(one, 0.99) ?? 0 })),
  };
}

/** Pure. */
export function gapsOf(samples: readonly SoakSample[], options: SoakOptions): SoakRecord['gaps'] {
  const limitMs = Math.max(LEAST_GAP_MS, GAP_SAMPLES * sampleEveryMs(options));
  return samples.flatMap(({ tMs }, at) => {
    const before = samples[at - 1];
    const pidOf = (sample: SoakSample) => sample.processes.find(({ component }) => component === 'load coordinator')?.pid;
    return before !== undefined && (tMs - before.tMs > limitMs || pidOf(before) !== pidOf(samples[at]!))
      ? [{ fromMs: before.tMs, toMs: tMs }]
      : [];
  });
}

function shapeFor({ connections, edges }: SoakOptions) {
  return preflight({ connections, bothEnds: true, edges, workers: WORKERS });
}

function runOptions(options: SoakOptions): RunOptions {
  return {
    ...DEFAULT_OPTIONS,
    name: 'soak',
    command: ['soak'],
    connections: options.connections,
    connectionsPerSecond: 1_000,
    sendsPerSecond: options.sendsPerSecond,
    idleSeconds: 0,
    chatSeconds: options.seconds,
    settleSeconds: 0.2,
    quietSeconds: 120,
    quietSteadySeconds: 4,
    heartbeatSeconds: 15,
    attemptSeconds: 15,
    trustsAccepted: true,
    readEvery: READ_EVERY,
    groupShare: GROUP_SHARE,
    conversations: Math.max(1, Math.min(options.connections, options.sendsPerSecond * SECONDS_BETWEEN_MESSAGES)),
    seed: options.seed,
    reconnect: { ...DEFAULT_OPTIONS.reconnect, capMs: 5_000 },
    curve: { daySeconds: daySecondsOf(options), swing: SWING },
    meanLifetimeSeconds: options.meanLifetimeSeconds,
  };
}

function soakFlags({ edges, connections }: SoakOptions): string[] {
  return boxFlags({
    edges,
    'max-connections': connections * 2,
    'heartbeat-seconds': 15,
    // An edge that is replaced lets go of all that it has within seconds.
    'drain-closes-per-second': Math.max(1_000, connections),
    'drain-seconds': 30,
  });
}
