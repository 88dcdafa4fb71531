/** `parley search`: the highest rate, or the most connections, at which objectives hold, with a spread and what the limit was. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunRecord } from '../../capacity/run-record.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { onRealBox } from '../bench/real-box.ts';
import { isNotRun, type NotRun } from '../bench/run-outcome.ts';
import { type BoxTry, realTry, tryBox } from '../search/box-tries.ts';
import { type Objective, objectiveText, RATE_OBJECTIVES, readObjectives } from '../search/objectives.ts';
import { heldByOthers, watchOthers } from '../search/others.ts';
import { againstPrediction, keepSummaries, type PredictedFirst, predictFirst } from '../search/predict-first.ts';
import { type SearchResult, search } from '../search/search-run.ts';
import { searchLines, type Wanted } from '../search/search-text.ts';
import { type RealStack, readRealStack, settingsForRun } from './real-stack.ts';

const OPTIONS = {
  rate: { type: 'boolean' },
  connections: { type: 'boolean' },
  backends: { type: 'string' },
  slo: { type: 'string' },
  repeat: { type: 'string' },
  from: { type: 'string' },
  seconds: { type: 'string' },
  hold: { type: 'string' },
  edges: { type: 'string' },
  ramp: { type: 'string' },
  minutes: { type: 'string' },
  tls: { type: 'boolean' },
  predict: { type: 'boolean' },
  keep: { type: 'boolean' },
  'despite-others': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const DEFAULTS = { repeat: 5, seconds: 20, hold: 10_000, ramp: 3_000, minutes: 60 } as const;
const FIRST = { rate: 8_000, realRate: 1_000, connections: 20_000 } as const;
const GRAIN = { rate: 50, connections: 500 } as const;
/** Start, ramp, checkpoints, quiet and stop of a try, beside its own time: a guess that the first one replaces. */
const OVERHEAD_SECONDS = 40;
const HEARTBEAT_SECONDS = 30;
const REAL_WARM_SECONDS = 60;
const WATCH_SECONDS = 3;
/** With a prediction the first rate is one of the two that it is made from: the search begins above it. */
const ABOVE_LOW = 1.25;

interface Options {
  readonly wanted: Wanted;
  readonly real: RealStack | undefined;
  readonly objectives: readonly Objective[];
  readonly repeats: number;
  readonly first: number;
  readonly box: Omit<BoxTry, 'sendsPerSecond'>;
  readonly minutes: number;
  readonly predict: boolean;
  readonly keep: boolean;
  readonly despiteOthers: boolean;
  readonly json: boolean;
}

export const verb: Verb = {
  summary: 'the highest rate, or the most connections, at which objectives hold, with its spread and what the limit was',
  help: `
Usage: parley search --rate | --connections [options]

  --rate           highest rate of sends
  --connections    most connections that are held
  --slo LIST       latencies to keep, from when a send was due: accepted-p99=200ms,delivered-p99=500ms is what --rate keeps without it
  --backends FILE  a box on the real systems of this file (parley up writes one), for --rate
  --repeat N       searches, each from what the ones before found (${DEFAULTS.repeat})
  --from N         first size that is tried (${FIRST.rate.toLocaleString('en-GB')} sends/s, ${FIRST.realRate.toLocaleString('en-GB')} on real systems, ${FIRST.connections.toLocaleString('en-GB')} connections)
  --seconds S      of sends, or of holding, at each size (${DEFAULTS.seconds})
  --hold N         connections among which --rate sends (${DEFAULTS.hold.toLocaleString('en-GB')}; 5,000 on real systems)
  --edges E        edges of the box (as many as the limits of the machine ask for)
  --ramp R         connections opened per second (${DEFAULTS.ramp.toLocaleString('en-GB')})
  --tls            with TLS
  --minutes M      no further try is begun when it would take longer (${DEFAULTS.minutes})
  --predict        with --rate: runs half of --from and --from first, predicts the rate from them, and holds what is found against it
  --keep           the same, and keeps summaries of the runs in capacity/measurements/box-runs/ for parley predicted
  --despite-others searches though others hold the processors; the answer is inconclusive then
  --json           one JSON document

Both ends on this machine. A size holds when nothing is lost, doubled, out of order or unanswered, what was asked for is there, and
the objectives are kept; it takes two failures to break one. Steps up by a quarter until one breaks, then halves until what held and
what broke are within 8 %. Refuses to begin while the processors are more than 10 % busy. Records and pages are in runs/.
Ends with 0 when it was found, 2 when not (the load engine was the limit, others used the machine, the time was up),
1 when --predict was off by more than 15 %, 3 when it could not run.

  parley search --rate --slo accepted-p99=200ms,delivered-p99=500ms --repeat 5`,
  run,
};

async function run(args: string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (failure) {
    if (!(failure instanceof OptionError) && !(failure instanceof TypeError)) throw failure;
    console.error(`parley search: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const others = heldByOthers(await watchOthers(WATCH_SECONDS));
  if (others !== undefined && !options.despiteOthers) {
    console.error(`parley search: ${others}`);
    return EXIT.couldNotRun;
  }
  const folder = join('runs', `${stamp()}-search`);
  mkdirSync(folder, { recursive: true });
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await searched(options, folder, others, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

async function searched(options: Options, folder: string, others: string | undefined, signal: AbortSignal): Promise<number> {
  const { wanted, real } = options;
  const records: RunRecord[] = [];
  const tryOne = async (size: number, name: string): Promise<RunRecord | NotRun> => {
    const box = wanted === 'rate' ? { ...options.box, sendsPerSecond: size } : { ...options.box, connections: size, sendsPerSecond: 0 };
    const record = await tryBox(box, name, folder, signal);
    if (!isNotRun(record)) records.push(record);
    return record;
  };
  const going = (run: (size: number, number: number) => Promise<RunRecord | NotRun>) =>
    search({
      plan: {
        first: options.predict ? Math.round(options.first * ABOVE_LOW) : options.first,
        repeats: options.repeats,
        grain: GRAIN[wanted],
      },
      objectives: options.objectives,
      cost: wanted === 'rate' ? 'realUs' : 'serverBytes',
      run,
      untilMs: performance.now() + options.minutes * 60_000,
      trySeconds: options.box.seconds + OVERHEAD_SECONDS,
      signal,
      told: ({ size, repeat, outcome, why }) => console.error(`repeat ${repeat + 1}, ${size}: ${outcome}; ${why}`),
    });
  let first: PredictedFirst | undefined;
  if (options.predict) {
    const made = await predictFirst(options.first, folder, (rate) => tryOne(rate, `low-${rate}`));
    if ('failed' in made) {
      console.error(`parley search: ${made.failed}`);
      return EXIT.inconclusive;
    }
    first = made;
    console.error(
      `predicted: ${Math.round(made.predicted.perSecond)} sends/s, ${Math.round(made.predicted.busyShare * 100)} % of the machine busy`,
    );
    records.length = 0;
  }
  const result =
    real === undefined
      ? await going((size, number) => tryOne(size, `${number + 1}-${size}`))
      : await onRealBox(
          { stack: real.stack, boxFlags: (inside, name) => ['--backends', settingsForRun(real, inside, name)] },
          'search',
          folder,
          signal,
          (load) => going((size, number) => load(realTry(size, number, options.box.seconds, REAL_WARM_SECONDS))),
        );
  if (options.keep && first !== undefined) keepSummaries(first.low, records);
  return told(options, folder, disturbed(result, others), first);
}

/** What was looked for while others held the machine is no answer. */
function disturbed(result: SearchResult, others: string | undefined): SearchResult {
  return others === undefined || result.found.verdict === 'inconclusive'
    ? result
    : { ...result, found: { ...result.found, verdict: 'inconclusive', why: 'others held the processors before it began' } };
}

function told(options: Options, folder: string, result: SearchResult, first: PredictedFirst | undefined): number {
  const prediction = first === undefined ? undefined : againstPrediction(first, result.found);
  const document = {
    schema: 1,
    searched: options.wanted,
    objectives: options.objectives.map(objectiveText),
    ...result,
    ...(prediction === undefined ? {} : { prediction }),
    folder,
  };
  writeFileSync(join(folder, 'search.json'), `${JSON.stringify(document, null, 1)}\n`);
  if (options.json) console.log(JSON.stringify(document, null, 2));
  else {
    const off =
      prediction === undefined
        ? []
        : [`  predicted ${Math.round(prediction.predictedPerSecond)}, off by ${(prediction.errorShare * 100).toFixed(1)} %`];
    console.log([...searchLines(options.wanted, options.objectives, result), ...off, `  ${folder}`].join('\n'));
  }
  if (result.found.verdict === 'inconclusive') return EXIT.inconclusive;
  return prediction?.within === false ? EXIT.refuted : EXIT.ok;
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  if ((values.rate === true) === (values.connections === true)) throw new OptionError('takes one of --rate and --connections. See --help.');
  const wanted: Wanted = values.rate === true ? 'rate' : 'connections';
  const real = values.backends === undefined ? undefined : readRealStack(values.backends);
  if (real !== undefined && wanted === 'connections')
    throw new OptionError('--backends is for --rate: connections do not hang on them. See --help.');
  const predict = values.predict === true || values.keep === true;
  if (predict && (wanted !== 'rate' || real !== undefined))
    throw new OptionError('--predict and --keep are for --rate without --backends. See --help.');
  const number = (name: keyof typeof DEFAULTS) => wholeOption(name, values[name]) ?? DEFAULTS[name];
  const edges = wholeOption('edges', values.edges);
  const first = wanted === 'connections' ? FIRST.connections : real === undefined ? FIRST.rate : FIRST.realRate;
  return {
    wanted,
    real,
    objectives: values.slo !== undefined ? readObjectives(values.slo) : wanted === 'rate' ? RATE_OBJECTIVES : [],
    repeats: number('repeat'),
    first: wholeOption('from', values.from, GRAIN[wanted]) ?? first,
    box: {
      connections: number('hold'),
      seconds: wholeOption('seconds', values.seconds, 5) ?? DEFAULTS.seconds,
      connectionsPerSecond: number('ramp'),
      heartbeatSeconds: HEARTBEAT_SECONDS,
      tls: values.tls === true,
      ...(edges === undefined ? {} : { edges }),
    },
    minutes: number('minutes'),
    predict,
    keep: values.keep === true,
    despiteOthers: values['despite-others'] === true,
    json: values.json === true,
  };
}

function stamp(): string {
  return new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
}
