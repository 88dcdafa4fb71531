/**
 * `parley storm`: a small storm is measured, the model fitted to it says how a larger one will go, the larger one is made,
 * and the two are held against each other. Both ends on this machine; each storm has a box of its own.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { gradeCode, gradeStorm } from '../storm/grade.ts';
import { predictStorm } from '../storm/predict.ts';
import { DEFAULT_BASE_MS, DROPS, STORM_POLICIES, type StormOptions, type StormPolicy } from '../storm/storm-options.ts';
import { stormPage } from '../storm/storm-page.ts';
import type { StormPrediction, StormRecord } from '../storm/storm-record.ts';
import { cannotStorm, runStorm, writeStorm } from '../storm/storm-run.ts';
import { policyTable, stormLines } from '../storm/storm-text.ts';

const DEFAULTS = { connections: 10_000, admissions: 1_500, rate: 200, calm: 10, limit: 300, heartbeat: 30, attempt: 30, seed: 1 } as const;
/** A small storm is this much of the large one, but not so small that chance decides. */
const SMALL_SHARE = 0.2;
const SMALL_LEAST = 1_000;
/** Of the rate, in seconds: what may come at once after a quiet time. */
const BURST_SECONDS = 0.25;

const OPTIONS = {
  connections: { type: 'string' },
  share: { type: 'string' },
  drop: { type: 'string' },
  policy: { type: 'string' },
  policies: { type: 'boolean' },
  'first-wait-ms': { type: 'string' },
  tls: { type: 'boolean' },
  admissions: { type: 'string' },
  rate: { type: 'string' },
  'fit-connections': { type: 'string' },
  from: { type: 'string' },
  'calm-seconds': { type: 'string' },
  'limit-seconds': { type: 'string' },
  'heartbeat-seconds': { type: 'string' },
  'attempt-seconds': { type: 'string' },
  seed: { type: 'string' },
  edges: { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface Plan {
  readonly large: StormOptions;
  readonly small: StormOptions;
  readonly policies: readonly StormPolicy[];
  /** Of an earlier small storm. */
  readonly from?: string;
  readonly json: boolean;
}

export const verb: Verb = {
  summary: 'drop a share of the connections at once, and grade how they come back against a prediction',
  help: `
Usage: parley storm [options]

  --connections N        (${DEFAULTS.connections.toLocaleString('en-GB')})
  --share S              of the connections, lost at once: 50% or 0.5 (50%)
  --drop D               clients: their sockets are cut · edges: killed, as many as the share · gateway: all of it, started again (clients)
  --policy P             ${STORM_POLICIES.join(', ')} (hint+fullJitter)
  --policies             one storm for each policy, as a table; all predicted from one small storm
  --first-wait-ms T      what the policy's first wait is drawn from (${DEFAULT_BASE_MS}): spreads the first attempts of all that fell at once
  --tls
  --admissions R         connections a second that the box admits (${DEFAULTS.admissions.toLocaleString('en-GB')})
  --rate R               sends per second that go on meanwhile (${DEFAULTS.rate})
  --fit-connections N    of the small storm (a fifth, at least ${SMALL_LEAST.toLocaleString('en-GB')})
  --from FILE            storm.json of an earlier small storm, instead of making one
  --calm-seconds S       before the loss: what the undisturbed are held against (${DEFAULTS.calm})
  --limit-seconds S      not back by then is not overcome (${DEFAULTS.limit})
  --heartbeat-seconds H  (${DEFAULTS.heartbeat})
  --attempt-seconds A    after which a client gives an attempt up (${DEFAULTS.attempt})
  --edges E, --workers W processes; the last worker's clients are not dropped, and look on
  --seed X               (${DEFAULTS.seed})
  --json                 one JSON document

Back means connected again and everything missed received. The prediction is in prediction.json before the storm begins.
Records and pages are in runs/. Ends with 0 proved, 1 refuted, 2 inconclusive, 3 when it could not run.

  parley storm --connections 100000 --share 50% --tls`,
  run,
};

async function run(args: string[]): Promise<number> {
  let plan: Plan;
  try {
    plan = planOf(args);
    const cannot = cannotStorm(plan.large) ?? cannotStorm(plan.small);
    if (cannot !== undefined) throw new OptionError(cannot);
  } catch (failure) {
    if (!(failure instanceof OptionError) && !(failure instanceof TypeError) && !(failure instanceof SyntaxError)) throw failure;
    console.error(`parley storm: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await stormed(plan, args, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

async function stormed(plan: Plan, args: readonly string[], signal: AbortSignal): Promise<number> {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
  const folder = join('runs', `${stamp}-storm`);
  mkdirSync(folder, { recursive: true });
  const storm = async (options: StormOptions, name: string): Promise<StormRecord> => {
    const own = join(folder, name);
    const progress = new Progress(STDERR_SINK, options.connections);
    const record = await runStorm({
      options,
      id: `${basename(folder)}-${name}`,
      command: ['storm', ...args],
      folder: own,
      progress,
      signal,
    });
    writeStorm(own, record);
    return record;
  };
  const small = plan.from === undefined ? await storm(plan.small, 'small') : readStorm(plan.from);
  if (signal.aborted) return EXIT.inconclusive;
  const done: Array<readonly [StormRecord, StormPrediction | undefined]> = [];
  let code: number = EXIT.ok;
  for (const policy of plan.policies) {
    const options = { ...plan.large, policy };
    const predicted = predictStorm(small, options);
    if ('unfit' in predicted) console.error(`parley storm: no prediction: ${predicted.unfit}`);
    const prediction = 'unfit' in predicted ? undefined : predicted;
    mkdirSync(join(folder, policy), { recursive: true });
    writeFileSync(join(folder, policy, 'prediction.json'), `${JSON.stringify(predicted)}\n`);
    const record = await storm(options, policy);
    const rows = gradeStorm(record, prediction);
    const page = join(folder, policy, 'report.html');
    writeFileSync(page, await stormPage(record, prediction, rows));
    writeFileSync(
      join(folder, policy, 'grade.json'),
      `${JSON.stringify({ schema: 1, id: record.id, rows, exitCode: gradeCode(rows) }, null, 1)}\n`,
    );
    done.push([record, prediction]);
    code = worse(code, gradeCode(rows));
    if (!plan.json) console.log([...stormLines(record, prediction, rows), `  report: ${page}`].join('\n'));
    if (signal.aborted) break;
  }
  if (plan.json)
    console.log(
      JSON.stringify(
        done.map(([record, prediction]) => ({ record, prediction, rows: gradeStorm(record, prediction) })),
        null,
        1,
      ),
    );
  else if (done.length > 1) console.log(['', ...policyTable(done)].join('\n'));
  return signal.aborted ? EXIT.inconclusive : code;
}

/** Refuted is worse than inconclusive, which is worse than proved. */
function worse(one: number, other: number): number {
  return one === EXIT.refuted || other === EXIT.refuted ? EXIT.refuted : Math.max(one, other);
}

function planOf(args: readonly string[]): Plan {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const whole = (name: keyof typeof OPTIONS, fallback: number) => wholeOption(name, values[name] as string | undefined) ?? fallback;
  const admissionsPerSecond = whole('admissions', DEFAULTS.admissions);
  const edges = wholeOption('edges', values.edges);
  const workers = wholeOption('workers', values.workers);
  const drop = oneOf('drop', values.drop, DROPS, 'clients');
  const large: StormOptions = {
    connections: whole('connections', DEFAULTS.connections),
    share: drop === 'gateway' ? 1 : shareOf(values.share),
    drop,
    policy: oneOf('policy', values.policy, STORM_POLICIES, 'hint+fullJitter'),
    baseMs: whole('first-wait-ms', DEFAULT_BASE_MS),
    tls: values.tls === true,
    admissionsPerSecond,
    admissionBurst: Math.max(1, Math.round(admissionsPerSecond * BURST_SECONDS)),
    sendsPerSecond: whole('rate', DEFAULTS.rate),
    calmSeconds: whole('calm-seconds', DEFAULTS.calm),
    limitSeconds: whole('limit-seconds', DEFAULTS.limit),
    heartbeatSeconds: whole('heartbeat-seconds', DEFAULTS.heartbeat),
    attemptSeconds: whole('attempt-seconds', DEFAULTS.attempt),
    seed: whole('seed', DEFAULTS.seed),
    ...(edges === undefined ? {} : { edges }),
    ...(workers === undefined ? {} : { workers }),
  };
  const connections = whole(
    'fit-connections',
    Math.min(large.connections, Math.max(SMALL_LEAST, Math.round(large.connections * SMALL_SHARE))),
  );
  if (connections < 100) throw new OptionError('--connections: a storm of fewer than 100 is chance. See --help.');
  if (values.from !== undefined && !existsSync(values.from)) throw new OptionError(`--from: ${values.from} does not exist.`);
  return {
    large,
    small: { ...large, connections },
    policies: values.policies === true ? STORM_POLICIES : [large.policy],
    ...(values.from === undefined ? {} : { from: values.from }),
    json: values.json === true,
  };
}

function readStorm(path: string): StormRecord {
  const record = JSON.parse(readFileSync(path, 'utf8')) as StormRecord;
  if (record.schema !== 1 || record.observation === undefined) throw new OptionError(`--from: ${path} is no storm.json of this version`);
  return record;
}

function shareOf(text: string | undefined): number {
  if (text === undefined) return 0.5;
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (!(value > 0 && value <= 1))
    throw new OptionError(`--share takes a share above 0 and up to 1, as 50% or 0.5, not "${text}". See --help.`);
  return value;
}

function oneOf<T extends string>(option: string, text: string | undefined, words: readonly T[], fallback: T): T {
  if (text === undefined) return fallback;
  const found = words.find((word) => word === text);
  if (found === undefined) throw new OptionError(`--${option} takes one of ${words.join(', ')}, not "${text}". See --help.`);
  return found;
}
