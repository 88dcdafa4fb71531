/** `parley bench`: the goals of the project measured side by side with its peers, in one session on one machine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeHost } from '../../services/runtime/host/describe.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { runBench } from '../bench/bench.ts';
import { exitCodeOf } from '../bench/judge-row.ts';
import { NOISE_BOUNDS, noiseOf } from '../bench/noise.ts';
import { OTHER_BENCHES, type OtherBench, runOtherBenches } from '../bench/other-benches.ts';
import { writeRealCosts } from '../bench/real-costs.ts';
import { REAL_ROWS } from '../bench/real-rows.ts';
import { type RowResult, rowResult } from '../bench/results.ts';
import { ROWS, type Row, runsOf } from '../bench/rows.ts';
import { isNotRun, type Outcome } from '../bench/run-outcome.ts';
import { benchRuns } from '../bench/runs.ts';
import { GOAL_SIZES, QUICK_SIZES } from '../bench/sizes.ts';
import { type BenchHead, isCount, markdownOf, tableOf } from '../bench/table.ts';
import { runFolder } from '../frame/frame.ts';
import { asCommand } from './as-command.ts';
import { flag, readOptions, whole, word, words } from './options.ts';
import { backendsFor, type RealStack, realStack } from './real-stack.ts';

const REPEATS = 3;
const ALL_ROWS = [...ROWS, ...REAL_ROWS];
/** Runs of many minutes: once, unless more are asked for. */
const REAL_REPEATS = 1;

const OPTIONS = {
  row: words(),
  repeat: whole(),
  quick: flag(),
  json: flag(),
  md: word(),
  backends: realStack(),
  realSeconds: whole(),
};

export const verb: Verb = {
  summary: 'measure this project and its peers side by side',
  help: `
Usage: parley bench [options]

  --row NAME     only this row; may be given several times
  --repeat R     each run is made R times, in turns (${REPEATS})
  --quick        smaller, shorter and once: shows that it works, and judges nothing
  --json         one JSON document on standard output
  --md FILE      the table as Markdown
  --backends FILE  settings of Kafka, Cassandra and Redis on this machine, for the rows that begin with real-
  --real-seconds S of the run at 2,500 sends/s, after its warm-up (600)

Rows: ${ALL_ROWS.map((row) => (row.optIn ? `${row.name} (only by name)` : row.name)).join(', ')}.

By name as well, each by a verb of its own: ${OTHER_BENCHES.map((one) => one.name).join(', ')}.

Both ends run here; messages go through one edge, as they go through one process of each peer. A repeat in which
others used more than ${NOISE_BOUNDS.othersShare * 100} % of the processors, or the hypervisor took more than ${NOISE_BOUNDS.stealShare * 100} %, does not count; a row of nothing
but such repeats is noisy. Records are kept in runs/. All of it takes about an hour, --quick some
minutes; the first time artillery is installed into .parley/bench.
Ends with 0 when all goals are reached, 1 when one is missed, 2 when one is noisy, 3 when one could not be measured.

  parley bench --row message-10k --row message-2500 --repeat 5`,
  run: (args) => asCommand('bench', () => optionsOf(args), benched),
};

interface BenchOptions {
  readonly rows: readonly Row[];
  readonly repeats: number;
  readonly quick: boolean;
  readonly json: boolean;
  readonly markdownFile: string | undefined;
  readonly real: RealStack | undefined;
  readonly others: readonly OtherBench[];
  readonly realSeconds: number | undefined;
}

async function benched(options: BenchOptions, signal: AbortSignal): Promise<number> {
  if (options.rows.length === 0 && options.others.length > 0) return runOtherBenches(options.others, options.real?.path);
  const { real } = options;
  const usual = options.quick ? QUICK_SIZES : GOAL_SIZES;
  const sizes = options.realSeconds === undefined ? usual : { ...usual, realSeconds: options.realSeconds };
  const startedAt = new Date();
  const { folder } = runFolder('bench');
  const outcomes = await runBench({
    names: runsOf(options.rows).filter((name) => !sizes.without.includes(name)),
    runs: benchRuns(sizes, Bun.which('node') ?? undefined, real && ((inside, name) => backendsFor(real, inside, name))),
    repeats: options.repeats,
    settleSeconds: sizes.settleSeconds,
    timeWaitSeconds: sizes.timeWaitSeconds,
    folder,
    signal,
    say: (text) => console.error(text),
  });
  const results = options.rows.map((row) => rowResult(row, outcomes, options.quick));
  const exitCode = exitCodeOf(results.map((result) => result.verdict));
  const head = headOf(startedAt, options);
  if (!options.quick) writeRealCosts(outcomes.get('real-2500') ?? [], real?.system ?? '');
  const document = documentOf(head, results, outcomes, folder, exitCode);
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(document)}\n`);
  if (options.markdownFile !== undefined) writeFileSync(options.markdownFile, markdownOf(results, head));
  console.log(options.json ? JSON.stringify(document, null, 2) : `${tableOf(results, head)}\n\nrecords: ${folder}`);
  if (signal.aborted) console.error('parley bench: interrupted; what was measured stands above');
  const others = signal.aborted ? EXIT.ok : await runOtherBenches(options.others, options.real?.path);
  return exitCode === EXIT.ok ? others : exitCode;
}

function optionsOf(args: readonly string[]): BenchOptions {
  const given = readOptions(OPTIONS, args);
  const { row: names, quick } = given;
  const onlyReal = names?.every((name) => name.startsWith('real-')) === true;
  return {
    rows: names === undefined ? ROWS.filter((row) => !row.optIn) : names.filter((name) => otherNamed(name) === undefined).map(rowNamed),
    others: names?.flatMap((name) => otherNamed(name) ?? []) ?? [],
    repeats: given.repeat ?? (quick ? 1 : onlyReal ? REAL_REPEATS : REPEATS),
    quick,
    json: given.json,
    markdownFile: given.md,
    real: given.backends,
    realSeconds: given.realSeconds,
  };
}

function otherNamed(name: string): OtherBench | undefined {
  return OTHER_BENCHES.find((one) => one.name === name);
}

function rowNamed(name: string): Row {
  const row = ALL_ROWS.find((one) => one.name === name);
  if (row !== undefined) return row;
  throw new OptionError(`there is no row "${name}". See --help.`);
}

function headOf(startedAt: Date, options: BenchOptions): BenchHead {
  const host = describeHost();
  return {
    quick: options.quick,
    repeats: options.repeats,
    machine: `${host.cores} cores of ${host.cpuModel}, ${(host.memoryBytes / 2 ** 30).toFixed(0)} GiB, Linux ${host.kernel}, Bun ${host.bun}, both ends`,
    date: startedAt.toISOString().slice(0, 10),
  };
}

function documentOf(
  head: BenchHead,
  results: readonly RowResult[],
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
  folder: string,
  exitCode: number,
): unknown {
  return {
    schema: 1,
    ...head,
    exitCode,
    noiseBounds: NOISE_BOUNDS,
    rows: results.map(({ row, ours, verdict, parts, peers, quoted, notes }) => ({
      name: row.name,
      title: row.title,
      unit: row.unit === 'KB' ? 'bytes' : isCount(row.unit) ? row.unit : 'us',
      goal: row.goal,
      direction: row.direction,
      verdict,
      ours,
      parts,
      peers,
      quoted,
      notes,
    })),
    runs: [...outcomes].flatMap(([name, list]) =>
      list.map((outcome, at) => ({
        name,
        repeat: at + 1,
        ...(isNotRun(outcome)
          ? outcome
          : { record: join(folder, `${name}-${at + 1}`, 'record.json'), noise: noiseOf(outcome, ['ramp', 'settle', 'hold', 'chat']) }),
      })),
    ),
  };
}
