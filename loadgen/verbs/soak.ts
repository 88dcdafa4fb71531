/** `parley soak`: hours of churn, a daily curve and mixed messages, every component restarted inside, and what grows by time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readAmount } from '../../capacity/model/read-amount.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { readResumePoint } from '../coordinator/resume-point.ts';
import { gradeSoak } from '../soak/grade.ts';
import { keptSamples } from '../soak/samples.ts';
import type { SoakOptions } from '../soak/soak-options.ts';
import { soakPage } from '../soak/soak-page.ts';
import { cannotSoak, type SoakResume, soak, writeSoak } from '../soak/soak-run.ts';
import { STATISTICS, soakLines } from '../soak/soak-text.ts';
import { gradeCode } from '../storm/grade.ts';
import { type RealStack, readRealStack, settingsForRun } from './real-stack.ts';

const OPTIONS = {
  for: { type: 'string' },
  connections: { type: 'string' },
  rate: { type: 'string' },
  lifetime: { type: 'string' },
  'warm-up': { type: 'string' },
  'no-restarts': { type: 'boolean' },
  edges: { type: 'string' },
  seed: { type: 'string' },
  backends: { type: 'string' },
  dispatchers: { type: 'string' },
  resume: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const DEFAULTS = { for: '2h', connections: 2_000, rate: 100, lifetime: '10min', edges: 2, seed: 1, dispatchers: 2 } as const;
const LEAST_SECONDS = 20;

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
  run,
};

interface VerbOptions {
  readonly soak: SoakOptions;
  readonly real?: RealStack;
  readonly dispatchers: number;
  readonly resumes?: { readonly folder: string; readonly point: SoakResume };
  readonly json: boolean;
}

async function run(args: string[]): Promise<number> {
  let options: VerbOptions;
  try {
    options = readOptions(args);
    const cannot = cannotSoak(options.soak);
    if (cannot !== undefined) throw new OptionError(`this machine can't bear it, and nothing was opened: ${cannot}`);
  } catch (failure) {
    if (!(failure instanceof OptionError) && !(failure instanceof TypeError)) throw failure;
    console.error(`parley soak: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const { resumes, real } = options;
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
  const folder = resumes?.folder ?? join('runs', `${stamp}-soak`);
  mkdirSync(folder, { recursive: true });
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const record = await soak({
      options: options.soak,
      id: basename(folder),
      command: resumes?.point.command ?? ['soak', ...args],
      folder,
      progress: new Progress(STDERR_SINK, options.soak.connections),
      signal: interrupted.signal,
      boxFlags:
        real === undefined || resumes !== undefined
          ? []
          : ['--backends', settingsForRun(real, folder, 'soak'), '--dispatchers', String(options.dispatchers)],
      ...(real === undefined ? {} : { stack: real.stack }),
      ...(resumes === undefined ? {} : { resumes: resumes.point }),
    });
    const rows = gradeSoak(record);
    const exitCode = gradeCode(rows);
    writeSoak(folder, record, exitCode !== EXIT.refuted);
    const page = join(folder, 'report.html');
    writeFileSync(page, await soakPage(record, keptSamples(folder), rows));
    console.log(
      options.json ? JSON.stringify({ record, rows, exitCode }, null, 1) : [...soakLines(record, rows), `  report: ${page}`].join('\n'),
    );
    return exitCode;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function readOptions(args: readonly string[]): VerbOptions {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  if (values.resume !== undefined) {
    const point = readResumePoint<SoakResume>(values.resume);
    return { ...readOptions(point.command.slice(1)), json: values.json === true, resumes: { folder: values.resume, point } };
  }
  const real = values.backends === undefined ? undefined : readRealStack(values.backends);
  const seconds = secondsOf('for', values.for ?? DEFAULTS.for, LEAST_SECONDS);
  const warmUpSeconds = values['warm-up'] === undefined ? undefined : secondsOf('warm-up', values['warm-up'], 0);
  if (warmUpSeconds !== undefined && warmUpSeconds >= seconds)
    throw new OptionError('--warm-up leaves nothing to be judged: make it shorter than --for.');
  return {
    soak: {
      seconds,
      connections: wholeOption('connections', values.connections, 20) ?? DEFAULTS.connections,
      sendsPerSecond: wholeOption('rate', values.rate) ?? DEFAULTS.rate,
      meanLifetimeSeconds: secondsOf('lifetime', values.lifetime ?? DEFAULTS.lifetime, 1),
      edges: wholeOption('edges', values.edges) ?? DEFAULTS.edges,
      seed: wholeOption('seed', values.seed, 0) ?? DEFAULTS.seed,
      restarts: values['no-restarts'] !== true,
      ...(warmUpSeconds === undefined ? {} : { warmUpSeconds }),
      system: real?.system ?? 'a box on its embedded backends',
    },
    dispatchers: wholeOption('dispatchers', values.dispatchers) ?? DEFAULTS.dispatchers,
    json: values.json === true,
    ...(real === undefined ? {} : { real }),
  };
}

function secondsOf(option: string, text: string, least: number): number {
  const seconds = readAmount(text, 's');
  if (typeof seconds !== 'number' || seconds < least)
    throw new OptionError(`--${option} takes a time of at least ${least} s, as 2h or 30min, not "${text}". See --help.`);
  return seconds;
}
