/** One drain on a box of its own, from its start to its record. Nothing that it started outlives it. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spreadOf } from '../../capacity/box-shape.ts';
import { noiseOf } from '../bench/noise.ts';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { DEFAULT_OPTIONS, planRun, type RunOptions } from '../coordinator/plan.ts';
import type { Progress } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Run } from '../coordinator/run.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import { preflight, refusalLines } from '../preflight/preflight.ts';
import { addSightings } from '../storm/sightings.ts';
import { type DrainOptions, type DrainPlanned, plannedDrain } from './drain-options.ts';
import type { DrainRecord } from './drain-record.ts';
import { type Replaced, replaceParts } from './replace-parts.ts';

export interface DrainInput {
  readonly options: DrainOptions;
  readonly planned: DrainPlanned;
  readonly id: string;
  readonly command: readonly string[];
  /** Made, and kept. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Flags of the box that say where its backends are. */
  readonly boxFlags: readonly string[];
  readonly stack?: StackServers;
}

const BOX_STOP_MS = 30_000;
const RAMP_SHARE = 0.8;
const CONVERSATIONS_SHARE = 0.1;
const MANY = 1_000_000;
const MOST_EDGES = 128;

/** What this machine can't bear, in one line; undefined when it can. */
export function cannotDrain(options: DrainOptions): string | undefined {
  const found = shapeFor(options);
  if (found.stopped.length > 0) return refusalLines(found).join(' ').replace(/\s+/g, ' ');
  const { processFiles = Number.POSITIVE_INFINITY } = found.values;
  const room = processFiles - found.shape.costs.filesPerProcess;
  const most = Math.ceil(
    (options.relayOnly ? options.connections / options.edges : plannedDrain(options).rolling.mostOnOne) * spreadOf(found.shape),
  );
  return most > room
    ? `an edge would hold ${most} connections meanwhile and may open ${room} files: give more of --edges, ${Math.ceil((options.edges * most) / room)} or so`
    : undefined;
}

/** At least those of the options, and as many more as it takes that no edge holds more than it may while another is drained. */
export function fittingEdges(options: DrainOptions): number {
  for (let edges = options.edges; edges < MOST_EDGES; edges++) if (cannotDrain({ ...options, edges }) === undefined) return edges;
  return options.edges;
}

export async function runDrain(input: DrainInput): Promise<DrainRecord> {
  const { options, folder, progress, stack } = input;
  const startedAt = new Date().toISOString();
  const found = shapeFor(options);
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const box = await Box.start(gatewayCommand([...flagsOf(input), ...input.boxFlags]), stateDir, BOX_STOP_MS);
  let replaced: Replaced | undefined;
  try {
    const run = new Run({
      plan: planRun(runOptions(options, input.planned), found.shape, randomBytes(4).readUInt32LE()),
      box,
      folder,
      id: input.id,
      progress,
      signal: input.signal,
      limitValues: found.values,
      ...(stack === undefined ? {} : { stack }),
      during: async (chat) => {
        replaced = await replaceParts(options, box, chat, (text) => progress.say(text));
      },
    });
    const record = await run.run();
    writeRecord(folder, record);
    const noise = noiseOf(record, ['chat']).over;
    return {
      schema: 1,
      id: input.id,
      command: input.command,
      startedAt,
      options,
      parts: replaced?.parts ?? [],
      ...(replaced?.relayDelays === undefined ? {} : { relayDelays: replaced.relayDelays }),
      seen: replaced?.seen ?? addSightings([]),
      ledger: record.ledger,
      latenessP99Us: record.generator.latenessP99Us,
      complete: record.complete && replaced !== undefined,
      problems: record.problems,
      ...(noise === undefined ? {} : { noise }),
    };
  } finally {
    await box.stop();
    keepBoxLog(stateDir, folder);
    rmSync(stateDir, { recursive: true, force: true });
    rmSync(join(folder, 'ledgers'), { recursive: true, force: true });
  }
}

export function writeDrain(folder: string, record: DrainRecord): void {
  writeFileSync(join(folder, 'drain.json'), `${JSON.stringify(record)}\n`);
}

function shapeFor(options: DrainOptions) {
  return preflight({
    connections: options.connections,
    bothEnds: true,
    tls: options.tls,
    connectionsPerSecond: options.admissionsPerSecond,
    sendsPerSecond: options.sendsPerSecond,
    heartbeatSeconds: options.heartbeatSeconds,
    edges: options.edges,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
}

function runOptions(options: DrainOptions, { rolling }: DrainPlanned): RunOptions {
  const parts = options.relayOnly ? 1 : options.edges + 1;
  return {
    ...DEFAULT_OPTIONS,
    name: 'drain',
    command: ['drain'],
    connections: options.connections,
    connectionsPerSecond: Math.max(100, options.admissionsPerSecond * RAMP_SHARE),
    sendsPerSecond: options.sendsPerSecond,
    idleSeconds: 0,
    // What is not needed is cut off.
    chatSeconds: Math.ceil(30 + options.calmSeconds + Math.min(parts * options.limitSeconds, 3 * rolling.seconds + options.limitSeconds)),
    settleSeconds: 0.2,
    quietSeconds: 60,
    quietSteadySeconds: 2,
    heartbeatSeconds: options.heartbeatSeconds,
    tls: options.tls,
    conversations: Math.max(1, Math.ceil(options.connections * CONVERSATIONS_SHARE)),
    seed: options.seed,
    // Without jitter of their own: what spreads the clients is the server's delay, or nothing.
    reconnect: { ...DEFAULT_OPTIONS.reconnect, kind: 'none', honourHint: true },
    storm: { cohort: false },
  };
}

function flagsOf({ options, planned }: DrainInput): string[] {
  const { edges, connections, admissionsPerSecond, heartbeatSeconds } = options;
  return [
    `--edges=${edges}`,
    `--max-connections=${Math.ceil(Math.max(connections, edges * planned.rolling.mostOnOne)) + 1_000}`,
    `--heartbeat-seconds=${heartbeatSeconds}`,
    `--admissions-per-second=${admissionsPerSecond}`,
    `--admission-burst=${Math.max(edges, Math.round(admissionsPerSecond / 4))}`,
    `--attempts-per-address-per-second=${MANY}`,
    `--attempts-per-address-burst=${MANY}`,
    // Of a box that is drained as a whole: each edge has its share of it.
    `--drain-closes-per-second=${planned.closesPerSecond * edges}`,
    `--drain-seconds=${Math.ceil(options.limitSeconds)}`,
    ...(options.tls ? ['--tls'] : []),
  ];
}
