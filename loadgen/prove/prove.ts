/**
 * One proof on a box of its own: it is loaded and shot at, then every message is looked up in the ledgers.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerSums, RunProblem } from '../../capacity/run-record.ts';
import { describeHost } from '../../services/runtime/host/describe.ts';
import { DEFAULT_OPTIONS, type RunOptions } from '../coordinator/plan.ts';
import { removeResumePoint } from '../coordinator/resume-point.ts';
import { boxFlags } from '../frame/box-flags.ts';
import type { Frame } from '../frame/frame.ts';
import { type BoxBackends, type Made, ownRun, removeLedgers } from '../frame/own-run.ts';
import { inTime } from '../ledger/in-time.ts';
import { mergeLedgers } from '../ledger/merge.ts';
import { fileChunks } from '../ledger/reader.ts';
import { Population } from '../plan/population.ts';
import { preflight, refusalOf } from '../preflight/preflight.ts';
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
  readonly on?: BoxBackends | undefined;
  /** The command that starts a box; left out, this project's. */
  readonly boxCommand?: (flags: readonly string[]) => string[];
  /** What the box stands on, in words. */
  readonly system: string;
  readonly servers: readonly Server[];
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

/** The objectives of the sheet, for every message and not for most: what a quarter of a second is judged by. */
export const ACCEPTED_WITHIN_MS = 200;
export const DELIVERED_WITHIN_MS = 500;
const STRETCH_MS = 250;
const EXIT_CODES = { held: 0, broken: 1, inconclusive: 2 } as const;
const WORKERS = 2;
/** Of load that is planned for each fault; what is not needed is cut off. */
const SECONDS_PER_FAULT = 160;
/** Members read in one conversation of so many. */
const READ_EVERY = 4;
/** Of one conversation, on average: so long nothing new shows a device that it lacks something. */
const SECONDS_BETWEEN_MESSAGES = 30;
const CREATIONS_PER_SECOND = 1_000;
const CALM_LIMIT_MS = 120_000;

/** What this machine can't bear, in one line; undefined when it can. */
export function cannotProve(options: ProofOptions): string | undefined {
  return refusalOf(shapeFor(options));
}

/** `resumes`: of the frame's folder. */
export async function prove(frame: Frame, options: ProofOptions, resumes?: ResumeFile): Promise<ProofRecord> {
  const notDone: NotDone[] = [];
  let shots: Shot[] = [];
  let planned = 0;
  return await ownRun(frame, {
    options: runOptions(options),
    found: shapeFor(options),
    flags: proofFlags(options),
    on: options.on,
    boxCommand: options.boxCommand,
    resumes,
    keepsLedgers: true,
    during: async (chat, { box, plan, point }) => {
      const before = resumes === undefined ? [] : shotsOf(resumes, options.faults);
      const keep = (done: readonly Shot[]) => writeResumeFile(frame.folder, point, done);
      keep(before);
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
      const { rounds, connections, sendsPerSecond, calmLimitMs = CALM_LIMIT_MS } = options;
      shots = await shoot({ faults, rounds, connections, sendsPerSecond, calmLimitMs, before }, target, chat, options.seed, {
        say: (text) => frame.progress.say(text),
        shot: keep,
      });
    },
    told: (made) => recordOf(frame, options, made, notDone, judge(frame.folder, made, shots, planned)),
  });
}

export function writeProof(folder: string, proof: ProofRecord): void {
  writeFileSync(join(folder, 'proof.json'), `${JSON.stringify(proof, null, 1)}\n`);
  removeResumePoint(folder);
  // They are large, and say nothing more when all is well.
  if (proof.outcome === 'held') removeLedgers(folder);
}

function recordOf({ id, command }: Frame, options: ProofOptions, made: Made, notDone: readonly NotDone[], judged: Judged): ProofRecord {
  const { connections, sendsPerSecond, rounds, edges, seed, system } = options;
  return {
    schema: 1,
    id,
    command,
    startedAt: made.startedAt,
    endedAt: new Date().toISOString(),
    seed,
    system,
    settings: {
      connections,
      sendsPerSecond,
      rounds,
      edges,
      acceptedWithinMs: ACCEPTED_WITHIN_MS,
      deliveredWithinMs: DELIVERED_WITHIN_MS,
    },
    host: describeHost(),
    ...judged,
    notDone,
    ledger: made.record.ledger,
    problems: made.record.problems,
    exitCode: EXIT_CODES[judged.outcome],
  };
}

function judge(folder: string, { record, plan, chatTimes }: Made, shots: readonly Shot[], planned: number): Judged {
  const { startMs, dueUntilMs } = chatTimes;
  const population = new Population(plan.population);
  const files = Array.from({ length: plan.shape.workers }, (_, worker) => join(folder, 'ledgers', `worker-${worker}.ledger`));
  const merged = mergeLedgers({
    population,
    schedule: plan.schedule,
    nonce: plan.nonce,
    dueUntilMs,
    ledgers: files.map((path, worker) => ({ worker, chunks: existsSync(path) ? fileChunks(path) : undefined })),
    periodStartsMs: [0, ...shots.map((shot) => shot.atMs)],
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
    shots,
    planned,
    problems: record.problems,
    complete: record.complete,
    periods: merged.periods,
    stretches,
    stretchMs: STRETCH_MS,
    sums: merged.sums,
    faults: merged.faults,
  });
}

function shapeFor({ connections, edges }: ProofOptions) {
  return preflight({ connections, bothEnds: true, edges, workers: WORKERS });
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

function proofFlags({ edges, connections }: ProofOptions): string[] {
  return boxFlags({ edges, 'max-connections': connections * 2 });
}
