/**
 * `parley ceiling`: the highest rate of sends at which a box with embedded backends keeps the objectives. First two runs at low
 * rates, from which it is predicted; then rising rates, until one breaks. Both ends on this machine, a fresh box for each rate.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chatSamples, latencyText, processors } from '../../capacity/held.ts';
import { DEFAULT_COEFFICIENTS } from '../../capacity/model/coefficients.ts';
import { BOUNDS } from '../../capacity/predicted.ts';
import { keepsObjectives, type PredictedRate, predictRate } from '../../capacity/predicted-rate.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { summaryOf } from '../../capacity/run-summary.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { runBox } from '../bench/box-run.ts';
import { noiseOf } from '../bench/noise.ts';
import { highestHeld, lowestBroke, nextRate, type Tried } from '../bench/rate-search.ts';
import { isNotRun } from '../bench/run-outcome.ts';
import { writeRecord } from '../coordinator/record.ts';

const OPTIONS = {
  connections: { type: 'string' },
  edges: { type: 'string' },
  from: { type: 'string' },
  seconds: { type: 'string' },
  minutes: { type: 'string' },
  keep: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const DEFAULTS = { connections: 10_000, edges: 2, from: 4_000, seconds: 20, minutes: 10 } as const;
const KEPT = join(import.meta.dirname, '../../capacity/measurements/box-runs');
/** The second low rate, and the first that is tried, over the one before. */
const NEXT_LOW = 2;
const FIRST_TRIED = 1.25;
/** Start, ramp, checkpoints, quiet and stop of a run, beside its sends: a guess that the first run replaces. */
const OVERHEAD_SECONDS = 40;
const RAMP_PER_SECOND = 3_000;
const HEARTBEAT_SECONDS = 30;

interface Plan {
  readonly connections: number;
  readonly edges: number;
  readonly from: number;
  readonly seconds: number;
  readonly untilMs: number;
  readonly folder: string;
  readonly stamp: string;
}

export const verb: Verb = {
  summary: 'the highest rate at which a box keeps the objectives: predicted from lower rates, then found by rising steps',
  help: `
Usage: parley ceiling [options]

  --connections N  of the box (${DEFAULTS.connections.toLocaleString('en-GB')})
  --edges E        its edges (${DEFAULTS.edges})
  --from R         lowest rate; it and its double are what the prediction is made from (${DEFAULTS.from.toLocaleString('en-GB')})
  --seconds S      of sends at each rate (${DEFAULTS.seconds})
  --minutes M      no further rate is begun when it would take longer (${DEFAULTS.minutes})
  --keep           keeps summaries of the runs in capacity/measurements/box-runs/, where parley predicted reads them
  --json           one JSON document

Accepted p99 within 200 ms and delivered p99 within 500 ms from the moment a send was due, nothing lost, 99 % of the rate accepted.
A rate that broke is tried twice; what held and what broke end within 8 % of each other. The prediction is written to
prediction.json before the first rate above it is tried. Records are in runs/.
Ends with 0 when the highest rate is within ${BOUNDS.rate * 100} % of the prediction, 1 when it is not, 2 when it was not found, 3 when it could not run.

  parley ceiling --connections 10000 --keep`,
  run,
};

async function run(args: string[]): Promise<number> {
  let plan: Plan;
  let options: { readonly keep: boolean; readonly json: boolean };
  try {
    const { values } = parseArgs({ args, options: OPTIONS, strict: true });
    const number = (name: keyof typeof DEFAULTS) => wholeOption(name, values[name]) ?? DEFAULTS[name];
    const stamp = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
    plan = {
      connections: number('connections'),
      edges: number('edges'),
      from: number('from'),
      seconds: number('seconds'),
      untilMs: performance.now() + number('minutes') * 60_000,
      folder: join('runs', `${stamp}-ceiling`),
      stamp,
    };
    options = { keep: values.keep === true, json: values.json === true };
  } catch (failure) {
    if (!(failure instanceof OptionError) && !(failure instanceof TypeError)) throw failure;
    console.error(`parley ceiling: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  mkdirSync(plan.folder, { recursive: true });
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await found(plan, options, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

async function found(plan: Plan, { keep, json }: { keep: boolean; json: boolean }, signal: AbortSignal): Promise<number> {
  const low: RunRecord[] = [];
  const records: RunRecord[] = [];
  for (const rate of [plan.from, plan.from * NEXT_LOW]) {
    const record = await tryRate(plan, rate, signal);
    if (record === undefined) return EXIT.couldNotRun;
    low.push(record);
  }
  if (!low.every(keepsObjectives)) {
    console.error('parley ceiling: the objectives break at the lowest rates already: take a lower --from');
    return EXIT.inconclusive;
  }
  const predicted = predictRate(low, DEFAULT_COEFFICIENTS.gatewaySetWaitsMs.mid);
  if ('unfit' in predicted) {
    console.error(`parley ceiling: no prediction: ${predicted.unfit}`);
    return EXIT.inconclusive;
  }
  writeFileSync(join(plan.folder, 'prediction.json'), `${JSON.stringify({ at: new Date().toISOString(), ...predicted })}\n`);
  console.error(
    `predicted: ${Math.round(predicted.perSecond)} sends/s, with ${Math.round(predicted.busyShare * 100)} % of the machine busy`,
  );
  const tried: Tried[] = [];
  let longestMs = (plan.seconds + OVERHEAD_SECONDS) * 1_000;
  for (;;) {
    const rate = nextRate(tried, plan.from * NEXT_LOW * FIRST_TRIED);
    if (rate === undefined || signal.aborted || performance.now() + longestMs > plan.untilMs) break;
    const startedMs = performance.now();
    const record = await tryRate(plan, rate, signal, records.length);
    if (record === undefined) return EXIT.couldNotRun;
    longestMs = performance.now() - startedMs;
    records.push(record);
    tried.push({ rate, held: keepsObjectives(record) });
  }
  if (keep) keepSummaries(low, records);
  return told(plan, predicted, tried, [...low, ...records], json);
}

async function tryRate(plan: Plan, rate: number, signal: AbortSignal, number?: number): Promise<RunRecord | undefined> {
  const name = `${plan.stamp}-ceiling-${rate}${number === undefined ? '' : `-${number + 1}`}`;
  const folder = join(plan.folder, name);
  const outcome = await runBox(
    {
      name,
      connections: plan.connections,
      connectionsPerSecond: RAMP_PER_SECOND,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      // What heartbeats cost is taken off the low runs' messages; the others only need to be warm.
      idleSeconds: number === undefined ? 10 : 2,
      sendsPerSecond: rate,
      chatSeconds: plan.seconds,
      tls: false,
      tokenAlgorithm: 'HS256',
      transport: 'bun',
      edges: plan.edges,
    },
    folder,
    signal,
  );
  if (isNotRun(outcome)) {
    console.error(`parley ceiling: ${outcome.notRun}`);
    return undefined;
  }
  writeRecord(folder, outcome);
  console.error(`${rate}/s: ${keepsObjectives(outcome) ? 'held' : 'broke'}; ${lineOf(outcome)}`);
  return outcome;
}

function lineOf(record: RunRecord): string {
  const { busyShare, generatorShare } = processors(record, chatSamples(record));
  const { over } = noiseOf(record, ['chat']);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const late = record.generator.latenessP99Us;
  return [
    latencyText(record),
    `machine ${percent(busyShare)} busy, ${percent(generatorShare)} of it the load engine’s, which was ${Math.round(late / 1_000)} ms late at p99`,
    `${record.ledger.unsent + record.ledger.unknown} not answered`,
    ...(over === undefined ? [] : [over]),
  ].join('; ');
}

function told(plan: Plan, predicted: PredictedRate, tried: readonly Tried[], records: readonly RunRecord[], json: boolean): number {
  const [held, broke] = [highestHeld(tried), lowestBroke(tried)];
  const isFound = held > 0 && broke !== undefined;
  const nearest = isFound ? Math.min(Math.max(predicted.perSecond, held), broke) : Number.NaN;
  const errorShare = nearest / predicted.perSecond - 1;
  const within = Math.abs(errorShare) <= BOUNDS.rate;
  const document = {
    schema: 1,
    connections: plan.connections,
    edges: plan.edges,
    predictedPerSecond: predicted.perSecond,
    heldPerSecond: held,
    brokePerSecond: broke ?? null,
    errorShare: isFound ? errorShare : null,
    noise: records.flatMap((record) => noiseOf(record, ['chat']).over ?? []),
    folder: plan.folder,
  };
  writeFileSync(join(plan.folder, 'ceiling.json'), `${JSON.stringify(document)}\n`);
  if (json) console.log(JSON.stringify(document, null, 2));
  else
    console.log(
      `${plan.connections} connections, ${plan.edges} edges: predicted ${Math.round(predicted.perSecond)}/s; ${held}/s held, ${broke === undefined ? 'none broke' : `${broke}/s broke`}${isFound ? `; off by ${(errorShare * 100).toFixed(1)} %` : ''}`,
    );
  if (!isFound) return EXIT.inconclusive;
  return within ? EXIT.ok : EXIT.refuted;
}

function keepSummaries(fitted: readonly RunRecord[], held: readonly RunRecord[]): void {
  for (const [part, records] of [
    ['fitted', fitted],
    ['held', held],
  ] as const) {
    mkdirSync(join(KEPT, part), { recursive: true });
    for (const record of records) writeFileSync(join(KEPT, part, `${record.id}.json`), `${JSON.stringify(summaryOf(record))}\n`);
  }
}
