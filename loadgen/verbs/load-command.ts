/**
 * What hold, chat and start have in common: check the machine, find or start a box, load it, judge, report. Nothing is
 * opened when the machine can't bear it; a box that was started is stopped whatever happens.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BoxShape } from '../../capacity/box-shape.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { isLoopback } from '../client/destinations.ts';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { planRun, type RunOptions } from '../coordinator/plan.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Run } from '../coordinator/run.ts';
import { preflight, refusalLines } from '../preflight/preflight.ts';
import { jsonReport, plainLines } from '../report/plain-report.ts';
import { writeReport } from '../report/run-folder.ts';
import { type LoadKind, type LoadOptions, optionsHelp, readLoadOptions } from './load-options.ts';

const BOX_STOP_LIMIT_MS = 60_000;
const DRAIN_SECONDS = 20;
/** Bounds of the box that a run must not meet: they are other tests' business. */
const ADMISSION_ROOM = 4;

export function loadVerb(kind: LoadKind, summary: string, about: string, example: string): Verb {
  return {
    summary,
    help: `
Usage: parley ${kind} [options]

${optionsHelp(kind)}

${about}
Ends with 0 when nothing was refuted, 1 refuted, 2 inconclusive, 3 could not run. Ctrl-C ends the run and keeps its record.

  ${example}`,
    run: (args) => runLoad(kind, args),
  };
}

async function runLoad(kind: LoadKind, args: readonly string[]): Promise<number> {
  let options: LoadOptions;
  try {
    options = readLoadOptions(kind, args);
  } catch (failure) {
    if (!(failure instanceof OptionError)) throw failure;
    console.error(`parley ${kind}: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const { run } = options;
  const found = preflight({
    connections: run.connections,
    bothEnds: true,
    connectionsPerSecond: run.connectionsPerSecond,
    sendsPerSecond: run.sendsPerSecond,
    heartbeatSeconds: run.heartbeatSeconds,
    tls: run.tls,
    ...(options.edges === undefined ? {} : { edges: options.edges }),
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  if (found.stopped.length > 0) {
    console.error([`parley ${kind}: this machine can't bear it, and nothing was opened:`, ...refusalLines(found)].join('\n'));
    return EXIT.couldNotRun;
  }
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await loaded(kind, options, found.shape, found.values, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

async function loaded(
  kind: LoadKind,
  options: LoadOptions,
  shape: BoxShape,
  limitValues: Readonly<Record<string, number>>,
  signal: AbortSignal,
): Promise<number> {
  const { run } = options;
  const id = `${new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z')}-${run.name}`;
  const folder = join(run.runsFolder, id);
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const progress = new Progress(STDERR_SINK, run.connections);
  const box =
    options.boxFile === undefined
      ? await Box.start(gatewayCommand(boxSettings(run, shape)), stateDir, BOX_STOP_LIMIT_MS)
      : Box.attach(options.boxFile);
  let record: RunRecord;
  try {
    if (!isLoopback(box.endpoint.host)) throw new BackendError('notOurs', `${box.endpoint.host} is not of this machine`, false);
    progress.say(
      `${id}: ${box.startedHere ? 'a box was started' : `box at ${box.info.url}`}, ${box.info.pids.edges.length} edges, ${shape.workers} workers`,
    );
    const plan = planRun(run, shape, randomBytes(4).readUInt32LE());
    record = await new Run({ plan, box, folder, id, progress, signal, limitValues }).run();
  } finally {
    if (options.keepBox) progress.say(`the box goes on: ${join(stateDir, 'box.json')}`);
    else if (!(await box.stop())) progress.say('the box did not stop in time and was cut');
    if (box.startedHere && !options.keepBox) {
      keepBoxLog(stateDir, folder);
      rmSync(stateDir, { recursive: true, force: true });
    }
  }
  writeRecord(folder, record);
  const { page, assessment } = await writeReport(folder, record);
  if (options.json) console.log(jsonReport(assessment));
  else console.log([...plainLines(assessment), '', `report: ${page}`].join('\n'));
  if (signal.aborted) console.error(`parley ${kind}: interrupted; the record is partial`);
  return assessment.exitCode;
}

/** A box that is as large as the run, and does not refuse what the run is there to measure. */
function boxSettings(run: RunOptions, shape: BoxShape): string[] {
  const perSecond = Math.max(1_000, run.connectionsPerSecond * ADMISSION_ROOM);
  const settings: Array<[string, number]> = [
    ['--edges', shape.edges],
    ['--max-connections', run.connections + 100],
    ['--connections-per-user', Math.max(8, run.devicesPerUser)],
    ['--heartbeat-seconds', run.heartbeatSeconds],
    ['--admissions-per-second', perSecond],
    ['--admission-burst', perSecond],
    ['--attempts-per-address-per-second', perSecond],
    ['--attempts-per-address-burst', perSecond],
    ['--drain-seconds', DRAIN_SECONDS],
  ];
  return [...settings.flatMap(([name, value]) => [name, String(value)]), ...(run.tls ? ['--tls'] : [])];
}
