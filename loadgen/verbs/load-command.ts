/**
 * What hold, chat and start have in common: check the machine, find or start a box, load it, judge, report. Nothing is
 * opened when the machine can't bear it; a box that was started is stopped whatever happens.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BoxShape } from '../../capacity/box-shape.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { Box, gatewayCommand } from '../coordinator/box.ts';
import { planRun, type RunOptions } from '../coordinator/plan.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Run } from '../coordinator/run.ts';
import { SPAWNED_WORKERS } from '../coordinator/spawned-workers.ts';
import type { WorkerPlace } from '../coordinator/worker-channel.ts';
import { JoinedWorkers } from '../fleet/joined-workers.ts';
import { boxFlags } from '../frame/box-flags.ts';
import { runId } from '../frame/frame.ts';
import { boxFile, onOwnBox } from '../frame/own-box.ts';
import type { LiveMetrics } from '../live/live-metrics.ts';
import { type ListenAt, serveLive } from '../live/serve-live.ts';
import { type Preflight, preflight, refusalLines } from '../preflight/preflight.ts';
import { jsonReport, plainLines } from '../report/plain-report.ts';
import { RECORD_FILE, writeReport } from '../report/run-folder.ts';
import { asCommand } from './as-command.ts';
import { type LoadKind, type LoadOptions, optionsHelp, readLoadOptions } from './load-options.ts';

const BOX_STOP_LIMIT_MS = 60_000;
const DRAIN_SECONDS = 20;
/** Bounds of the box that a run must not meet: they are other tests' business. */
const ADMISSION_ROOM = 4;

export function loadVerb(kind: LoadKind, summary: string, about: string, example: string): Verb {
  const run = (options: LoadOptions, signal: AbortSignal) => {
    const load = (live?: LiveMetrics) => {
      const asked: Load = { kind, options, signal, live };
      return options.fleet === undefined ? loadedHere(asked) : loadedByFleet(asked);
    };
    return options.metricsAt === undefined ? load() : told(options.metricsAt, options.run.connections, load);
  };
  return {
    summary,
    help: `
Usage: parley ${kind} [options]

${optionsHelp(kind)}

${about}
Ends with 0 when nothing was refuted, 1 refuted, 2 inconclusive, 3 could not run. Ctrl-C ends the run and keeps its record.

  ${example}`,
    run: (args) => asCommand(kind, () => readLoadOptions(kind, args), run),
  };
}

/** What one call of a verb is about. */
interface Load {
  readonly kind: LoadKind;
  readonly options: LoadOptions;
  readonly signal: AbortSignal;
  readonly live: LiveMetrics | undefined;
}

/** From before there is a box to the end of the verb. */
async function told(at: ListenAt, connections: number, load: (live: LiveMetrics) => Promise<number>): Promise<number> {
  const served = serveLive(at, connections);
  console.error(`metrics: ${served.url}`);
  try {
    return await load(served.metrics);
  } finally {
    await served.stop();
  }
}

async function loadedHere(load: Load): Promise<number> {
  const found = preflightOf(load.options, load.options.workers);
  return found.stopped.length > 0 ? cannotBear(load.kind, found) : await loaded(load, found);
}

/** The target is looked at before anybody is waited for. */
async function loadedByFleet(load: Load): Promise<number> {
  const { kind, options, signal } = load;
  const { hosts, listenHost, listenPort, secret, joinSeconds, silentSeconds } = options.fleet!;
  const box = attachAllowed(options);
  const progress = new Progress(STDERR_SINK, options.run.connections);
  const place = new JoinedWorkers({
    host: listenHost,
    port: listenPort,
    secret,
    hosts,
    silentMs: silentSeconds * 1_000,
    say: (text) => progress.say(text),
  });
  try {
    progress.say(`waiting for ${hosts} worker hosts on ${listenHost}:${place.port}`);
    const workers = await place.all(joinSeconds * 1_000, signal);
    const found = preflightOf({ ...options, edges: Math.max(1, box.edges) }, workers);
    // Of a box elsewhere this machine's limits say nothing; each worker host holds its own against its part.
    if (!box.elsewhere && found.stopped.length > 0) return cannotBear(kind, found);
    const there = { shape: { ...found.shape, destinationAddresses: 1 }, values: {} };
    return await loaded(load, box.elsewhere ? there : found, place);
  } finally {
    place.close();
  }
}

function preflightOf({ run, edges }: LoadOptions, workers: number | undefined): Preflight {
  return preflight({
    connections: run.connections,
    bothEnds: true,
    connectionsPerSecond: run.connectionsPerSecond,
    sendsPerSecond: run.sendsPerSecond,
    heartbeatSeconds: run.heartbeatSeconds,
    tls: run.tls,
    edges,
    workers,
  });
}

function cannotBear(kind: LoadKind, found: Preflight): number {
  console.error([`parley ${kind}: this machine can't bear it, and nothing was opened:`, ...refusalLines(found)].join('\n'));
  return EXIT.couldNotRun;
}

/** Throws BackendError where the box is not this machine's and was not allowed by name. */
function attachAllowed({ boxFile, allowedHosts }: LoadOptions): Box {
  const box = Box.attach(boxFile!);
  const { host } = box.endpoint;
  if (box.elsewhere && !allowedHosts.includes(host))
    throw new BackendError('notOurs', `${host} is not of this machine: --allow-host ${host} says that it may be loaded`, false);
  return box;
}

async function loaded(
  { kind, options, signal, live }: Load,
  { shape, values }: Pick<Preflight, 'shape' | 'values'>,
  place: WorkerPlace = SPAWNED_WORKERS,
): Promise<number> {
  const { run } = options;
  const attached = options.boxFile === undefined ? undefined : attachAllowed(options);
  const id = runId(run.name);
  const folder = join(run.runsFolder, id);
  const progress = new Progress(STDERR_SINK, run.connections);
  const onBox = async (box: Box): Promise<RunRecord> => {
    const which = attached === undefined ? 'a box was started' : `box at ${box.info.url}`;
    progress.say(`${id}: ${which}, ${box.edges} edges, ${shape.workers} workers`);
    const plan = planRun(run, shape);
    const input = { plan, box, folder, id, progress, signal, limitValues: values, place };
    const watched = live === undefined ? {} : { place: live.watched(place), progress: live.following(progress) };
    const made = await new Run({ ...input, ...watched }).run();
    if (options.keepBox) progress.say(`the box goes on: ${boxFile(folder)}`);
    return made;
  };
  mkdirSync(folder, { recursive: true });
  const own = { folder, command: gatewayCommand(boxSettings(run, shape)), keeps: options.keepBox, stopLimitMs: BOX_STOP_LIMIT_MS };
  const record = await (attached === undefined ? onOwnBox({ ...own, say: (text) => progress.say(text) }, onBox) : onBox(attached));
  writeRecord(folder, record);
  const { page, assessment } = await writeReport(folder, record);
  if (options.json) console.log(jsonReport(assessment));
  else console.log([...plainLines(assessment), '', `report: ${page}`].join('\n'));
  if (signal.aborted) console.error(`parley ${kind}: interrupted; the record is partial`);
  await linger(options.lingerSeconds, folder, signal, progress);
  return assessment.exitCode;
}

/** Until the time is over or it is told to end. */
async function linger(seconds: number, folder: string, signal: AbortSignal, progress: Progress): Promise<void> {
  if (seconds === 0) return;
  progress.say(`${folder} can be read for ${seconds} s: parley report latest --file ${RECORD_FILE}`);
  const untilMs = performance.now() + seconds * 1_000;
  while (!signal.aborted && performance.now() < untilMs) await Bun.sleep(200);
}

/** A box that is as large as the run, and does not refuse what the run is there to measure. */
function boxSettings(run: RunOptions, shape: BoxShape): string[] {
  const perSecond = Math.max(1_000, run.connectionsPerSecond * ADMISSION_ROOM);
  return boxFlags({
    edges: shape.edges,
    'max-connections': run.connections + 100,
    'connections-per-user': Math.max(8, run.devicesPerUser),
    'heartbeat-seconds': run.heartbeatSeconds,
    'admissions-per-second': perSecond,
    'admission-burst': perSecond,
    'attempts-per-address-per-second': perSecond,
    'attempts-per-address-burst': perSecond,
    // As a box has it that nobody measures.
    'drain-closes-per-second': undefined,
    'drain-seconds': DRAIN_SECONDS,
    tls: run.tls,
  });
}
