/** `parley search`: the highest rate, or the most connections, at which objectives hold, with a spread and what the limit was. */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { onRealBox } from '../bench/real-box.ts';
import { isNotRun, type NotRun } from '../bench/run-outcome.ts';
import { runFolder } from '../frame/frame.ts';
import { type BoxTry, realTry, tryBox } from '../search/box-tries.ts';
import { type Objective, objectiveText, RATE_OBJECTIVES, readObjectives } from '../search/objectives.ts';
import { heldByOthers, watchOthers } from '../search/others.ts';
import { againstPrediction, keepSummaries, type PredictedFirst, predictFirst } from '../search/predict-first.ts';
import { type SearchResult, search } from '../search/search-run.ts';
import { searchLines, type Wanted } from '../search/search-text.ts';
import { asCommand } from './as-command.ts';
import { flag, read, readOptions, whole } from './options.ts';
import { backendsFor, type RealStack, realStack } from './real-stack.ts';

const DEFAULTS = { repeat: 5, seconds: 20, hold: 10_000, ramp: 3_000, minutes: 60 } as const;
const FIRST = { rate: 8_000, realRate: 1_000, connections: 20_000 } as const;
const GRAIN = { rate: 50, connections: 500 } as const;
/** Start, ramp, checkpoints, quiet and stop of a try, beside its own time: a guess that the first one replaces. */
const OVERHEAD_SECONDS = 40;
const HEARTBEAT_SECONDS = 30;
const LEAST_SECONDS = 5;
const REAL_WARM_SECONDS = 60;
const WATCH_SECONDS = 3;
/** With a prediction the first rate is one of the two that it is made from: the search begins above it. */
const ABOVE_LOW = 1.25;

const OPTIONS = {
  rate: flag(),
  connections: flag(),
  backends: realStack(),
  slo: read(readObjectives),
  repeat: whole(DEFAULTS.repeat),
  from: whole(),
  seconds: whole(DEFAULTS.seconds, LEAST_SECONDS),
  hold: whole(DEFAULTS.hold),
  edges: whole(),
  ramp: whole(DEFAULTS.ramp),
  minutes: whole(DEFAULTS.minutes),
  tls: flag(),
  predict: flag(),
  keep: flag(),
  despiteOthers: flag(),
  json: flag(),
};

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
  run: (args) => asCommand('search', () => optionsOf(args), begun),
};

async function begun(options: Options, signal: AbortSignal): Promise<number> {
  const others = heldByOthers(await watchOthers(WATCH_SECONDS));
  if (others !== undefined && !options.despiteOthers) {
    console.error(`parley search: ${others}`);
    return EXIT.couldNotRun;
  }
  return await searched(options, runFolder('search').folder, others, signal);
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
          (inside, name) => backendsFor(real, inside, name),
          'search',
          folder,
          signal,
          (load) => going((size, number) => load(realTry(size, number, options.box.seconds, REAL_WARM_SECONDS))),
        );
  if (options.keep && first !== undefined) keepSummaries(basename(folder), first.low, records);
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

function optionsOf(args: readonly string[]): Options {
  const given = readOptions(OPTIONS, args);
  if (given.rate === given.connections) throw new OptionError('takes one of --rate and --connections. See --help.');
  const wanted: Wanted = given.rate ? 'rate' : 'connections';
  const real = given.backends;
  if (real !== undefined && wanted === 'connections')
    throw new OptionError('--backends is for --rate: connections do not hang on them. See --help.');
  const predict = given.predict || given.keep;
  if (predict && (wanted !== 'rate' || real !== undefined))
    throw new OptionError('--predict and --keep are for --rate without --backends. See --help.');
  if (given.from !== undefined && given.from < GRAIN[wanted])
    throw new OptionError(`--from takes a whole number of at least ${GRAIN[wanted]}, not "${given.from}". See --help.`);
  const first = wanted === 'connections' ? FIRST.connections : real === undefined ? FIRST.rate : FIRST.realRate;
  return {
    wanted,
    real,
    objectives: given.slo ?? (wanted === 'rate' ? RATE_OBJECTIVES : []),
    repeats: given.repeat,
    first: given.from ?? first,
    box: {
      connections: given.hold,
      seconds: given.seconds,
      connectionsPerSecond: given.ramp,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      tls: given.tls,
      edges: given.edges,
    },
    minutes: given.minutes,
    predict,
    keep: given.keep,
    despiteOthers: given.despiteOthers,
    json: given.json,
  };
}
