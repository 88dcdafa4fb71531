/**
 * `parley drain`: a rolling upgrade of a box under traffic. The relay is replaced, then each edge by its own drain, and what
 * clients saw is held against a plan that was written before. Both ends on this machine.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { type DrainOptions, plannedDrain } from '../drain/drain-options.ts';
import { cannotDrain, fittingEdges, runDrain, writeDrain } from '../drain/drain-run.ts';
import { drainLines } from '../drain/drain-text.ts';
import { gradeDrain } from '../drain/grade.ts';
import { gradeCode } from '../storm/grade.ts';
import { type RealStack, readRealStack, settingsForRun } from './real-stack.ts';

const DEFAULTS = {
  connections: 10_000,
  rate: 200,
  edges: 4,
  admissions: 1_500,
  calm: 10,
  limit: 300,
  heartbeat: 30,
  seed: 1,
  dispatchers: 2,
} as const;

const OPTIONS = {
  connections: { type: 'string' },
  rate: { type: 'string' },
  edges: { type: 'string' },
  relay: { type: 'boolean' },
  admissions: { type: 'string' },
  closes: { type: 'string' },
  tls: { type: 'boolean' },
  'calm-seconds': { type: 'string' },
  'limit-seconds': { type: 'string' },
  'heartbeat-seconds': { type: 'string' },
  workers: { type: 'string' },
  seed: { type: 'string' },
  backends: { type: 'string' },
  dispatchers: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const verb: Verb = {
  summary: 'replace the relay and drain every edge of a box under traffic, graded against a plan written before',
  help: `
Usage: parley drain [options]

  --connections N        (${DEFAULTS.connections.toLocaleString('en-GB')})
  --rate R               sends per second that go on meanwhile (${DEFAULTS.rate})
  --edges E              edge processes, drained one after another; at least 2 (${DEFAULTS.edges}, or as many as may open enough files)
  --relay                only the relay is replaced: no client may be disconnected, and the longest delay is told
  --admissions A         connections a second that the box admits, an edge its share (${DEFAULTS.admissions.toLocaleString('en-GB')})
  --closes C             connections a second that the edge closes which is drained (half of what the others admit)
  --tls
  --calm-seconds S       before it begins (${DEFAULTS.calm})
  --limit-seconds S      for the relay and for each edge: not as before by then is not overcome (${DEFAULTS.limit})
  --heartbeat-seconds H  (${DEFAULTS.heartbeat})
  --workers W            processes of the load engine (as many as are needed)
  --seed X               of the load (${DEFAULTS.seed})
  --backends FILE        settings of Kafka, Cassandra and Redis on this machine; without it the box has embedded backends
  --dispatchers D        dispatch processes of a box on real systems (${DEFAULTS.dispatchers})
  --json                 one JSON document on standard output

Clients come back after the delay that the server gave each, with no jitter of their own. An edge that takes over has to hold more:
the plan says how much, and it is in plan.json before anything is drained. The edges of a box share a port, so a client that lands on
one that is yet to be drained is closed again: the plan says how often, the grade holds it to that. Records are in runs/.
Ends with 0 proved, 1 refuted, 2 inconclusive, 3 could not run.

  parley drain --relay --connections 100000 --rate 2500`,
  run,
};

interface VerbOptions {
  readonly drain: DrainOptions;
  readonly real?: RealStack;
  readonly dispatchers: number;
  readonly json: boolean;
}

async function run(args: string[]): Promise<number> {
  let options: VerbOptions;
  try {
    options = readOptions(args);
    const cannot = cannotDrain(options.drain);
    if (cannot !== undefined) throw new OptionError(cannot);
  } catch (failure) {
    if (!(failure instanceof OptionError) && !(failure instanceof TypeError)) throw failure;
    console.error(`parley drain: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const { real } = options;
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
  const folder = join('runs', `${stamp}-drain`);
  mkdirSync(folder, { recursive: true });
  const planned = plannedDrain(options.drain);
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(planned, null, 1)}\n`);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const record = await runDrain({
      options: options.drain,
      planned,
      id: basename(folder),
      command: ['drain', ...args],
      folder,
      progress: new Progress(STDERR_SINK, options.drain.connections),
      signal: interrupted.signal,
      boxFlags:
        real === undefined ? [] : ['--backends', settingsForRun(real, folder, 'drain'), '--dispatchers', String(options.dispatchers)],
      ...(real === undefined ? {} : { stack: real.stack }),
    });
    writeDrain(folder, record);
    const rows = gradeDrain(record, planned);
    const exitCode = gradeCode(rows);
    console.log(
      options.json
        ? JSON.stringify({ record, planned, rows, exitCode }, null, 1)
        : [...drainLines(record, rows), `  record: ${join(folder, 'drain.json')}`].join('\n'),
    );
    return exitCode;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function readOptions(args: readonly string[]): VerbOptions {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const real = values.backends === undefined ? undefined : readRealStack(values.backends);
  const closesPerSecond = wholeOption('closes', values.closes);
  const workers = wholeOption('workers', values.workers);
  const edges = wholeOption('edges', values.edges, 2);
  const drain: DrainOptions = {
    connections: wholeOption('connections', values.connections, 50) ?? DEFAULTS.connections,
    sendsPerSecond: wholeOption('rate', values.rate) ?? DEFAULTS.rate,
    edges: edges ?? DEFAULTS.edges,
    tls: values.tls === true,
    admissionsPerSecond: wholeOption('admissions', values.admissions, 10) ?? DEFAULTS.admissions,
    ...(closesPerSecond === undefined ? {} : { closesPerSecond }),
    relayOnly: values.relay === true,
    calmSeconds: wholeOption('calm-seconds', values['calm-seconds'], 0) ?? DEFAULTS.calm,
    limitSeconds: wholeOption('limit-seconds', values['limit-seconds']) ?? DEFAULTS.limit,
    heartbeatSeconds: wholeOption('heartbeat-seconds', values['heartbeat-seconds']) ?? DEFAULTS.heartbeat,
    seed: wholeOption('seed', values.seed, 0) ?? DEFAULTS.seed,
    ...(workers === undefined ? {} : { workers }),
  };
  return {
    drain: edges === undefined ? { ...drain, edges: fittingEdges(drain) } : drain,
    dispatchers: wholeOption('dispatchers', values.dispatchers) ?? DEFAULTS.dispatchers,
    json: values.json === true,
    ...(real === undefined ? {} : { real }),
  };
}
