/** `parley soak`: hours of churn, a daily curve and mixed messages, every component restarted inside, and what grows by time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAmount } from '../../capacity/model/read-amount.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { readResumePoint } from '../coordinator/resume-point.ts';
import { runFolder } from '../frame/frame.ts';
import { gradeCode } from '../frame/grade.ts';
import { gradeSoak } from '../soak/grade.ts';
import { keptSamples } from '../soak/samples.ts';
import type { SoakOptions } from '../soak/soak-options.ts';
import { soakPage } from '../soak/soak-page.ts';
import { cannotSoak, type SoakResume, soak, writeSoak } from '../soak/soak-run.ts';
import { STATISTICS, soakLines } from '../soak/soak-text.ts';
import { asCommand, demandBearable } from './as-command.ts';
import { flag, type Option, read, readOptions, whole, word } from './options.ts';
import { backendsFor, type RealStack, realStack, systemOf } from './real-stack.ts';

const DEFAULTS = { for: '2h', connections: 2_000, rate: 100, lifetime: '10min', edges: 2, seed: 1, dispatchers: 2 } as const;
const LEAST_SECONDS = 20;

const OPTIONS = {
  for: time(LEAST_SECONDS),
  connections: whole(DEFAULTS.connections, 20),
  rate: whole(DEFAULTS.rate),
  lifetime: time(1),
  warmUp: time(0),
  noRestarts: flag(),
  edges: whole(DEFAULTS.edges),
  seed: whole(DEFAULTS.seed, 0),
  backends: realStack(),
  dispatchers: whole(DEFAULTS.dispatchers),
  resume: word(),
  json: flag(),
};

export const verb: Verb = {
  summary: 'load a box for hours with churn and a daily curve, and tell leaks by the slope of memory, files and tables',
  help: `
Usage: parley soak [options]

  --for T          how long, as 2h or 30min (${DEFAULTS.for})
  --connections N  (${DEFAULTS.connections.toLocaleString('en-GB')})
  --rate R         sends per second on average; four days are pressed into the run, in each of which the rate goes
                   from a fifth of it to nine fifths (${DEFAULTS.rate}). One in five conversations is a group; receipts go back
  --lifetime T     mean of a connection's life, log-normal; then its client cuts it and comes back (${DEFAULTS.lifetime})
  --warm-up T      not judged (a quarter of the run, in which each component is restarted after an eighth)
  --no-restarts    leave edges, relay and dispatch running
  --edges E        edge processes of the box (${DEFAULTS.edges})
  --seed S         of the load, the lifetimes and the restarts (${DEFAULTS.seed})
  --backends FILE  settings of Kafka, Cassandra and Redis on this machine; without it the box has embedded backends
  --dispatchers D  dispatch processes of a box on real systems (${DEFAULTS.dispatchers})
  --resume FOLDER  goes on with a soak whose own process was killed: its folder in runs/, its box still running
  --json           one JSON document on standard output

${STATISTICS.join('\n')}
The record, its samples and a page with the slopes are kept in runs/. Ends with 0 when nothing was lost and nothing leaks,
1 when something was or does, 2 inconclusive, 3 could not run. Less than about 20 minutes can't tell a leak.

  parley up --name soak && parley soak --for 2h --backends .parley/stacks/soak/backends.json`,
  run: (args) =>
    asCommand(
      'soak',
      () => optionsOf(args),
      (options, signal) => soaked(options, args, signal),
    ),
};

interface VerbOptions {
  readonly soak: SoakOptions;
  readonly real: RealStack | undefined;
  readonly dispatchers: number;
  readonly resumes?: { readonly folder: string; readonly point: SoakResume };
  readonly json: boolean;
}

async function soaked(
  { soak: options, real, dispatchers, resumes, json }: VerbOptions,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { id, folder } = runFolder('soak', resumes?.folder);
  const command = resumes?.point.command ?? ['soak', ...args];
  const progress = new Progress(STDERR_SINK, options.connections);
  const on = resumes === undefined ? backendsFor(real, folder, 'soak', dispatchers) : real && { flags: [], stack: real.stack };
  const record = await soak({ id, command, folder, progress, signal }, options, on, resumes?.point);
  const rows = gradeSoak(record);
  const exitCode = gradeCode(rows);
  writeSoak(folder, record, exitCode !== EXIT.refuted);
  const page = join(folder, 'report.html');
  writeFileSync(page, await soakPage(record, keptSamples(folder), rows));
  console.log(json ? JSON.stringify({ record, rows, exitCode }, null, 1) : [...soakLines(record, rows), `  report: ${page}`].join('\n'));
  return exitCode;
}

function optionsOf(args: readonly string[]): VerbOptions {
  const given = readOptions(OPTIONS, args);
  if (given.resume !== undefined) {
    const point = readResumePoint<SoakResume>(given.resume);
    return { ...optionsOf(point.command.slice(1)), json: given.json, resumes: { folder: given.resume, point } };
  }
  const seconds = given.for ?? secondsOf(DEFAULTS.for);
  if (given.warmUp !== undefined && given.warmUp >= seconds)
    throw new OptionError('--warm-up leaves nothing to be judged: make it shorter than --for.');
  const options: SoakOptions = {
    seconds,
    connections: given.connections,
    sendsPerSecond: given.rate,
    meanLifetimeSeconds: given.lifetime ?? secondsOf(DEFAULTS.lifetime),
    edges: given.edges,
    seed: given.seed,
    restarts: !given.noRestarts,
    warmUpSeconds: given.warmUp,
    system: systemOf(given.backends),
  };
  demandBearable(cannotSoak(options));
  return { soak: options, real: given.backends, dispatchers: given.dispatchers, json: given.json };
}

function time(least: number): Option<number | undefined> {
  return read((text, name) => {
    const seconds = secondsOf(text);
    if (!(seconds >= least))
      throw new OptionError(`--${name} takes a time of at least ${least} s, as 2h or 30min, not "${text}". See --help.`);
    return seconds;
  });
}

/** NaN: not a time. */
function secondsOf(text: string): number {
  const seconds = readAmount(text, 's');
  return typeof seconds === 'number' ? seconds : Number.NaN;
}
