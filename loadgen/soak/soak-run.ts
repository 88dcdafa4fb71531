/**
 * One soak from its box to its record: the box is started, or taken over from a soak whose process was killed, loaded with
 * churn and a daily curve, looked at, and judged. Nothing that it started outlives it.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { percentileUs } from '../../capacity/histogram.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { leakOf } from '../../capacity/soak/leak.ts';
import { noiseOf } from '../bench/noise.ts';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { DEFAULT_OPTIONS, planRun, type RunOptions } from '../coordinator/plan.ts';
import type { Progress } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { type ResumePoint, removeResumePoint, writeResumePoint } from '../coordinator/resume-point.ts';
import { Run } from '../coordinator/run.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import { preflight, refusalLines } from '../preflight/preflight.ts';
import { keptSamples, type SoakSample } from './samples.ts';
import { endedBetween, seriesOf } from './series.ts';
import { daySecondsOf, judgedFromMs, type SoakOptions, SWING, sampleEveryMs } from './soak-options.ts';
import type { SoakRecord } from './soak-record.ts';
import { type Restarts, watchSoak } from './soak-watch.ts';

export interface SoakResume extends ResumePoint {
  readonly restarts?: Restarts;
}

export interface SoakInput {
  readonly options: SoakOptions;
  readonly id: string;
  readonly command: readonly string[];
  /** Made, and kept. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Flags of the box that say where its backends are. */
  readonly boxFlags: readonly string[];
  readonly stack?: StackServers;
  /** Of the same folder: the soak whose process was killed goes on. */
  readonly resumes?: SoakResume;
}

const BOX_STOP_MS = 30_000;
const WORKERS = 2;
const MANY = 1_000_000;
/** Of one conversation, on average. */
const SECONDS_BETWEEN_MESSAGES = 10;
const READ_EVERY = 4;
const GROUP_SHARE = 0.2;
/** Without a sample for so many of their distances the soak's process was away. */
const GAP_SAMPLES = 4;
const LEAST_GAP_MS = 3_000;

/** What this machine can't bear, in one line; undefined when it can. */
export function cannotSoak(options: SoakOptions): string | undefined {
  const found = preflight({ connections: options.connections, bothEnds: true, edges: options.edges, workers: WORKERS });
  return found.stopped.length > 0 ? refusalLines(found).join(' ').replace(/\s+/g, ' ') : undefined;
}

export async function soak(input: SoakInput): Promise<SoakRecord> {
  const { options, folder, progress, resumes, stack } = input;
  const startedAt = new Date().toISOString();
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const boxCommand = resumes?.boxCommand ?? gatewayCommand(flagsOf(options, input.boxFlags));
  const box = resumes === undefined ? await Box.start(boxCommand, stateDir, BOX_STOP_MS) : Box.adopt(boxCommand, stateDir, BOX_STOP_MS);
  let restarts = resumes?.restarts;
  let disconnects: Readonly<Record<string, number>> = {};
  try {
    const found = preflight({ connections: options.connections, bothEnds: true, edges: options.edges, workers: WORKERS });
    const plan = resumes?.plan ?? planRun(runOptions(options), found.shape, randomBytes(4).readUInt32LE());
    const withStack = stack === undefined ? {} : { stack };
    const run = new Run({
      plan,
      box,
      folder,
      id: input.id,
      progress,
      signal: input.signal,
      limitValues: found.values,
      ...withStack,
      ...(resumes === undefined ? {} : { resumes }),
      during: async (chat) => {
        const point = { command: input.command, boxCommand, plan, chatStartMs: chat.startMs };
        const keep = () => {
          const resume: SoakResume = restarts === undefined ? point : { ...point, restarts };
          writeResumePoint(folder, resume);
        };
        keep();
        await watchSoak(
          {
            options,
            box,
            folder,
            ...withStack,
            ...(restarts === undefined ? {} : { restarts }),
            restarted: (made) => {
              restarts = made;
              keep();
            },
            say: (text) => progress.say(text),
          },
          chat,
        );
        disconnects = chat.group.byReason('disconnects');
      },
    });
    const record = await run.run();
    writeRecord(folder, record);
    return recordOf(input, startedAt, record, run.chatTimes.dueUntilMs, restarts, disconnects);
  } finally {
    await box.stop();
    keepBoxLog(stateDir, folder);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

export function writeSoak(folder: string, record: SoakRecord, clean: boolean): void {
  writeFileSync(join(folder, 'soak.json'), `${JSON.stringify(record, null, 1)}\n`);
  removeResumePoint(folder);
  // They are large, and say nothing more when all is well.
  if (clean) rmSync(join(folder, 'ledgers'), { recursive: true, force: true });
}

function recordOf(
  { options, id, command, folder }: SoakInput,
  startedAt: string,
  record: RunRecord,
  chatMs: number,
  restarts: Restarts | undefined,
  disconnects: Readonly<Record<string, number>>,
): SoakRecord {
  const samples = keptSamples(folder);
  const fromMs = judgedFromMs(options, restarts?.toMs);
  const noise = noiseOf(record, ['chat']).over;
  return {
    schema: 1,
    id,
    command,
    startedAt,
    endedAt: new Date().toISOString(),
    options,
    samples: samples.length,
    judgedFromMs: fromMs,
    chatMs,
    ...(restarts === undefined ? {} : { restarts }),
    gaps: gapsOf(samples, options),
    ended: endedBetween(samples, restarts),
    findings: seriesOf(samples, fromMs).map((series) => leakOf(series)),
    ledger: record.ledger,
    disconnects,
    latencies: record.latencies
      .filter(({ name }) => name === 'accepted' || name === 'delivered')
      .map((one) => ({ name: one.name, samples: one.count, p50Us: percentileUs(one, 0.5) ?? 0, p99Us: percentileUs(one, 0.99) ?? 0 })),
    latenessP99Us: record.generator.latenessP99Us,
    complete: record.complete,
    problems: record.problems,
    ...(noise === undefined ? {} : { noise }),
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

function flagsOf(options: SoakOptions, more: readonly string[]): string[] {
  return [
    `--edges=${options.edges}`,
    `--max-connections=${options.connections * 2}`,
    '--heartbeat-seconds=15',
    `--admissions-per-second=${MANY}`,
    `--admission-burst=${MANY}`,
    `--attempts-per-address-per-second=${MANY}`,
    `--attempts-per-address-burst=${MANY}`,
    // An edge that is replaced lets go of all that it has within seconds.
    `--drain-closes-per-second=${Math.max(1_000, options.connections)}`,
    '--drain-seconds=30',
    ...more,
  ];
}
