/** One drain on a box of its own: what clients see while its relay and its edges are replaced. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spreadOf } from '../../capacity/box-shape.ts';
import { DEFAULT_OPTIONS, type RunOptions } from '../coordinator/plan.ts';
import { boxFlags } from '../frame/box-flags.ts';
import type { Frame } from '../frame/frame.ts';
import { ofRun } from '../frame/of-run.ts';
import { type BoxBackends, type Made, ownRun } from '../frame/own-run.ts';
import { preflight, refusalOf } from '../preflight/preflight.ts';
import { addSightings } from '../storm/sightings.ts';
import { type DrainOptions, type DrainPlanned, plannedDrain } from './drain-options.ts';
import type { DrainRecord } from './drain-record.ts';
import { type Replaced, replaceParts } from './replace-parts.ts';

const RAMP_SHARE = 0.8;
const CONVERSATIONS_SHARE = 0.1;
const MOST_EDGES = 128;

/** What this machine can't bear, in one line; undefined when it can. */
export function cannotDrain(options: DrainOptions): string | undefined {
  const found = shapeFor(options);
  const refusal = refusalOf(found);
  if (refusal !== undefined) return refusal;
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

export async function runDrain(frame: Frame, options: DrainOptions, planned: DrainPlanned, on?: BoxBackends): Promise<DrainRecord> {
  let replaced: Replaced | undefined;
  return await ownRun(frame, {
    options: runOptions(options, planned),
    found: shapeFor(options),
    flags: drainFlags(options, planned),
    on,
    during: async (chat, { box }) => {
      replaced = await replaceParts(options, box, chat, (text) => frame.progress.say(text));
    },
    told: (made) => recordOf(frame, options, made, replaced),
  });
}

export function writeDrain(folder: string, record: DrainRecord): void {
  writeFileSync(join(folder, 'drain.json'), `${JSON.stringify(record)}\n`);
}

function recordOf({ id, command }: Frame, options: DrainOptions, { record, startedAt }: Made, replaced: Replaced | undefined): DrainRecord {
  return {
    schema: 1,
    id,
    command,
    startedAt,
    options,
    parts: replaced?.parts ?? [],
    ...(replaced?.relayDelays === undefined ? {} : { relayDelays: replaced.relayDelays }),
    seen: replaced?.seen ?? addSightings([]),
    ...ofRun(record),
    complete: record.complete && replaced !== undefined,
  };
}

function shapeFor({ connections, tls, admissionsPerSecond, sendsPerSecond, heartbeatSeconds, edges, workers }: DrainOptions) {
  const load = { connections, bothEnds: true, tls, connectionsPerSecond: admissionsPerSecond, sendsPerSecond, heartbeatSeconds };
  return preflight({ ...load, edges, workers });
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

function drainFlags(options: DrainOptions, planned: DrainPlanned): string[] {
  const { edges, connections, admissionsPerSecond, heartbeatSeconds, limitSeconds, tls } = options;
  return boxFlags({
    edges,
    'max-connections': Math.ceil(Math.max(connections, edges * planned.rolling.mostOnOne)) + 1_000,
    'heartbeat-seconds': heartbeatSeconds,
    'admissions-per-second': admissionsPerSecond,
    'admission-burst': Math.max(edges, Math.round(admissionsPerSecond / 4)),
    // Of a box that is drained as a whole: each edge has its share of it.
    'drain-closes-per-second': planned.closesPerSecond * edges,
    'drain-seconds': Math.ceil(limitSeconds),
    tls,
  });
}
