/**
 * `parley storm`: a small storm is measured, the model fitted to it says how a larger one will go, the larger one is made,
 * and the two are held against each other. Both ends on this machine; each storm has a box of its own.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { runFolder } from '../frame/frame.ts';
import { gradeCode } from '../frame/grade.ts';
import { gradeStorm } from '../storm/grade.ts';
import { predictStorm } from '../storm/predict.ts';
import { DEFAULT_BASE_MS, DROPS, STORM_POLICIES, type StormOptions, type StormPolicy } from '../storm/storm-options.ts';
import { stormPage } from '../storm/storm-page.ts';
import type { StormPrediction, StormRecord } from '../storm/storm-record.ts';
import { cannotStorm, runStorm, writeStorm } from '../storm/storm-run.ts';
import { policyTable, stormLines } from '../storm/storm-text.ts';
import { asCommand, demandBearable } from './as-command.ts';
import { flag, oneOf, read, readOptions, share, whole } from './options.ts';

const DEFAULTS = { connections: 10_000, admissions: 1_500, rate: 200, calm: 10, limit: 300, heartbeat: 30, attempt: 30, seed: 1 } as const;
/** A small storm is this much of the large one, but not so small that chance decides. */
const SMALL_SHARE = 0.2;
const SMALL_LEAST = 1_000;
/** Of the rate, in seconds: what may come at once after a quiet time. */
const BURST_SECONDS = 0.25;

const OPTIONS = {
  connections: whole(DEFAULTS.connections),
  share: share(0.5, { zero: false }),
  drop: oneOf(DROPS, 'clients'),
  policy: oneOf(STORM_POLICIES, 'hint+fullJitter'),
  policies: flag(),
  firstWaitMs: whole(DEFAULT_BASE_MS),
  tls: flag(),
  admissions: whole(DEFAULTS.admissions),
  rate: whole(DEFAULTS.rate),
  fitConnections: whole(),
  from: read(readStorm),
  calmSeconds: whole(DEFAULTS.calm),
  limitSeconds: whole(DEFAULTS.limit),
  heartbeatSeconds: whole(DEFAULTS.heartbeat),
  attemptSeconds: whole(DEFAULTS.attempt),
  seed: whole(DEFAULTS.seed),
  edges: whole(),
  workers: whole(),
  json: flag(),
};

interface Plan {
  readonly large: StormOptions;
  readonly small: StormOptions;
  readonly policies: readonly StormPolicy[];
  /** Of an earlier small storm. */
  readonly from: StormRecord | undefined;
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
  run: (args) =>
    asCommand(
      'storm',
      () => planOf(args),
      (plan, signal) => stormed(plan, args, signal),
    ),
};

async function stormed(plan: Plan, args: readonly string[], signal: AbortSignal): Promise<number> {
  const { id, folder } = runFolder('storm');
  const storm = async (options: StormOptions, name: string): Promise<StormRecord> => {
    const own = join(folder, name);
    const progress = new Progress(STDERR_SINK, options.connections);
    const frame = { id: `${id}-${name}`, command: ['storm', ...args], folder: own, progress, signal };
    const record = await runStorm(frame, options);
    writeStorm(own, record);
    return record;
  };
  const small = plan.from ?? (await storm(plan.small, 'small'));
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
  const given = readOptions(OPTIONS, args);
  const large: StormOptions = {
    connections: given.connections,
    share: given.drop === 'gateway' ? 1 : given.share,
    drop: given.drop,
    policy: given.policy,
    baseMs: given.firstWaitMs,
    tls: given.tls,
    admissionsPerSecond: given.admissions,
    admissionBurst: Math.max(1, Math.round(given.admissions * BURST_SECONDS)),
    sendsPerSecond: given.rate,
    calmSeconds: given.calmSeconds,
    limitSeconds: given.limitSeconds,
    heartbeatSeconds: given.heartbeatSeconds,
    attemptSeconds: given.attemptSeconds,
    seed: given.seed,
    edges: given.edges,
    workers: given.workers,
  };
  const fitted = Math.min(large.connections, Math.max(SMALL_LEAST, Math.round(large.connections * SMALL_SHARE)));
  const small = { ...large, connections: given.fitConnections ?? fitted };
  if (small.connections < 100) throw new OptionError('--connections: a storm of fewer than 100 is chance. See --help.');
  demandBearable(cannotStorm(large) ?? cannotStorm(small));
  return { large, small, policies: given.policies ? STORM_POLICIES : [large.policy], from: given.from, json: given.json };
}

function readStorm(path: string): StormRecord {
  if (!existsSync(path)) throw new OptionError(`--from: ${path} does not exist.`);
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as StormRecord;
    if (record.schema === 1 && record.observation !== undefined) return record;
  } catch {
    // Told below.
  }
  throw new OptionError(`--from: ${path} is no storm.json of this version`);
}
