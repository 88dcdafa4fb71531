/**
 * One proof from its box to its record: the box is started, loaded, shot at, and stopped; then every message is looked up in
 * the ledgers. Nothing that it started outlives it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerSums, RunProblem } from '../../capacity/run-record.ts';
import { describeHost } from '../../services/runtime/host/describe.ts';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { DEFAULT_OPTIONS, planRun, type RunOptions, type RunPlan } from '../coordinator/plan.ts';
import type { Progress } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { removeResumePoint } from '../coordinator/resume-point.ts';
import { Run } from '../coordinator/run.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import { inTime } from '../ledger/in-time.ts';
import { mergeLedgers } from '../ledger/merge.ts';
import { fileChunks } from '../ledger/reader.ts';
import { Population } from '../plan/population.ts';
import { preflight, refusalLines } from '../preflight/preflight.ts';
import type { Fault } from './faults.ts';
import { type Judged, judgeProof } from './proof.ts';
import { type ResumeFile, shotsOf, writeResumeFile } from './resume-file.ts';
import { type Shot, shoot } from './shots.ts';
import type { Server, Target } from './target.ts';

export interface ProofOptions {
  readonly faults: readonly Fault[];
  readonly rounds: number;
  readonly seed: number;
  readonly connections: number;
  readonly sendsPerSecond: number;
  readonly edges: number;
  /** Flags of the box beside those of a proof; where it finds its backends above all. */
  readonly boxFlags: readonly string[];
  /** The command that starts a box; left out, this project's. */
  readonly boxCommand?: (flags: readonly string[]) => string[];
  /** What the box stands on, in words. */
  readonly system: string;
  readonly servers: readonly Server[];
  readonly stack?: StackServers;
  readonly calmLimitMs?: number;
}

export interface NotDone {
  readonly fault: string;
  readonly because: string;
}

export interface ProofRecord extends Judged {
  readonly schema: 1;
  readonly id: string;
  readonly command: readonly string[];
  readonly startedAt: string;
  readonly endedAt: string;
  readonly seed: number;
  readonly system: string;
  readonly settings: {
    readonly connections: number;
    readonly sendsPerSecond: number;
    readonly rounds: number;
    readonly edges: number;
    readonly acceptedWithinMs: number;
    readonly deliveredWithinMs: number;
  };
  readonly host: ReturnType<typeof describeHost>;
  readonly notDone: readonly NotDone[];
  readonly ledger: LedgerSums;
  readonly problems: readonly RunProblem[];
  readonly exitCode: 0 | 1 | 2;
}

export interface ProofInput {
  readonly options: ProofOptions;
  readonly id: string;
  readonly command: readonly string[];
  /** Exists. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Of the same folder: the proof whose process was killed goes on. */
  readonly resumes?: ResumeFile;
}

/** The objectives of the sheet, for every message and not for most: what a quarter of a second is judged by. */
export const ACCEPTED_WITHIN_MS = 200;
export const DELIVERED_WITHIN_MS = 500;
const STRETCH_MS = 250;
const EXIT_CODES = { held: 0, broken: 1, inconclusive: 2 } as const;
const BOX_STOP_MS = 30_000;
const WORKERS = 2;
/** Of load that is planned for each fault; what is not needed is cut off. */
const SECONDS_PER_FAULT = 160;
/** Members read in one conversation of so many. */
const READ_EVERY = 4;
/** Of one conversation, on average: so long nothing new shows a device that it lacks something. */
const SECONDS_BETWEEN_MESSAGES = 10;
const CREATIONS_PER_SECOND = 1_000;
const CALM_LIMIT_MS = 120_000;
const MANY = 1_000_000;

/** Undefined reasons: the proof can be made. */
export function cannotRun(options: ProofOptions): string | undefined {
  const found = preflight({ connections: options.connections, bothEnds: true, edges: options.edges, workers: WORKERS });
  return found.stopped.length > 0 ? refusalLines(found).join(' ').replace(/\s+/g, ' ') : undefined;
}

export async function prove(input: ProofInput): Promise<ProofRecord> {
  const { options, folder, progress } = input;
  const startedAt = new Date();
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const { resumes } = input;
  const boxCommand = resumes?.boxCommand ?? (options.boxCommand ?? gatewayCommand)(boxFlags(options));
  const box = resumes === undefined ? await Box.start(boxCommand, stateDir, BOX_STOP_MS) : Box.adopt(boxCommand, stateDir, BOX_STOP_MS);
  const notDone: NotDone[] = [];
  let shots: Shot[] = [];
  let planned = 0;
  try {
    const found = preflight({ connections: options.connections, bothEnds: true, edges: options.edges, workers: WORKERS });
    const plan = resumes?.plan ?? planRun(runOptions(options), found.shape, randomBytes(4).readUInt32LE());
    const run = new Run({
      plan,
      box,
      folder,
      id: input.id,
      progress,
      signal: input.signal,
      limitValues: found.values,
      ...(options.stack === undefined ? {} : { stack: options.stack }),
      ...(resumes === undefined ? {} : { resumes }),
      during: async (chat) => {
        const toResume = { command: input.command, boxCommand, plan, chatStartMs: chat.startMs };
        const before = resumes === undefined ? [] : shotsOf(resumes, options.faults);
        writeResumeFile(folder, toResume, before);
        const target: Target = {
          box,
          servers: options.servers,
          workers: plan.shape.workers,
          restartWorker: (worker) => chat.restartWorker(worker),
        };
        const faults = options.faults.filter((fault) => {
          const because = fault.cannot?.(target);
          if (because !== undefined) notDone.push({ fault: fault.name, because });
          return because === undefined;
        });
        planned = faults.length * options.rounds;
        const { rounds, connections, sendsPerSecond } = options;
        const calmLimitMs = options.calmLimitMs ?? CALM_LIMIT_MS;
        shots = await shoot({ faults, rounds, connections, sendsPerSecond, calmLimitMs, before }, target, chat, options.seed, {
          say: (text) => progress.say(text),
          shot: (done) => writeResumeFile(folder, toResume, done),
        });
      },
    });
    const record = await run.run();
    writeRecord(folder, record);
    const judged = judge(plan, run, folder, { shots, planned, problems: record.problems, complete: record.complete });
    return {
      schema: 1,
      id: input.id,
      command: input.command,
      startedAt: startedAt.toISOString(),
      endedAt: new Date().toISOString(),
      seed: options.seed,
      system: options.system,
      settings: {
        connections: options.connections,
        sendsPerSecond: options.sendsPerSecond,
        rounds: options.rounds,
        edges: options.edges,
        acceptedWithinMs: ACCEPTED_WITHIN_MS,
        deliveredWithinMs: DELIVERED_WITHIN_MS,
      },
      host: describeHost(),
      ...judged,
      notDone,
      ledger: record.ledger,
      problems: record.problems,
      exitCode: EXIT_CODES[judged.outcome],
    };
  } finally {
    await box.stop();
    keepBoxLog(stateDir, folder);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

export function writeProof(folder: string, proof: ProofRecord): void {
  writeFileSync(join(folder, 'proof.json'), `${JSON.stringify(proof, null, 1)}\n`);
  removeResumePoint(folder);
  // They are large, and say nothing more when all is well.
  if (proof.outcome === 'held') rmSync(join(folder, 'ledgers'), { recursive: true, force: true });
}

function judge(
  plan: RunPlan,
  run: Run,
  folder: string,
  seen: { readonly shots: readonly Shot[]; readonly planned: number; readonly problems: readonly RunProblem[]; readonly complete: boolean },
): Judged {
  const { startMs, dueUntilMs } = run.chatTimes;
  const population = new Population(plan.population);
  const files = Array.from({ length: plan.shape.workers }, (_, worker) => join(folder, 'ledgers', `worker-${worker}.ledger`));
  const merged = mergeLedgers({
    population,
    schedule: plan.schedule,
    nonce: plan.nonce,
    dueUntilMs,
    ledgers: files.map((path, worker) => ({ worker, chunks: existsSync(path) ? fileChunks(path) : undefined })),
    periodStartsMs: [0, ...seen.shots.map((shot) => shot.atMs)],
  });
  const stretches = Number.isNaN(startMs)
    ? []
    : inTime({
        population,
        schedule: plan.schedule,
        ledgers: files.filter((path) => existsSync(path)).map((path) => fileChunks(path)),
        chatStartMs: startMs,
        dueUntilMs,
        stretchMs: STRETCH_MS,
        acceptedWithinMs: ACCEPTED_WITHIN_MS,
        deliveredWithinMs: DELIVERED_WITHIN_MS,
      });
  return judgeProof({
    ...seen,
    periods: merged.periods,
    stretches,
    stretchMs: STRETCH_MS,
    sums: merged.sums,
    faults: merged.faults,
  });
}

function runOptions(options: ProofOptions): RunOptions {
  return {
    ...DEFAULT_OPTIONS,
    name: 'prove',
    command: ['prove'],
    connections: options.connections,
    connectionsPerSecond: 1_000,
    sendsPerSecond: options.sendsPerSecond,
    idleSeconds: 0,
    chatSeconds: Math.max(60, options.faults.length * options.rounds * SECONDS_PER_FAULT),
    settleSeconds: 0.5,
    // A client that lost its edge comes back within seconds, resends, and pulls what it missed.
    quietSeconds: 120,
    quietSteadySeconds: 8,
    heartbeatSeconds: 3,
    attemptSeconds: 10,
    resendSeconds: 5,
    trustsAccepted: true,
    readEvery: READ_EVERY,
    conversations: options.sendsPerSecond * SECONDS_BETWEEN_MESSAGES,
    creationsPerSecond: CREATIONS_PER_SECOND,
    seed: options.seed,
    // What is asked here is the box's time to recover, not how long clients hold back.
    reconnect: { ...DEFAULT_OPTIONS.reconnect, capMs: 2_000 },
  };
}

function boxFlags(options: ProofOptions): string[] {
  return [
    `--edges=${options.edges}`,
    `--max-connections=${options.connections * 2}`,
    `--admissions-per-second=${MANY}`,
    `--admission-burst=${MANY}`,
    `--attempts-per-address-per-second=${MANY}`,
    `--attempts-per-address-burst=${MANY}`,
    `--drain-closes-per-second=${MANY}`,
    '--drain-seconds=5',
    ...options.boxFlags,
  ];
}
