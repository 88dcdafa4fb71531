/**
 * `parley predicted`: what the model said of runs it was not fitted on, beside what they measured. The runs are kept in
 * `capacity/measurements/box-runs/fitted/` and `held/` as summaries, so that a clone makes the same table; `--keep` puts one there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { predictedMarkdown } from '../predicted.ts';
import type { RunRecord } from '../run-record.ts';
import { summaryOf } from '../run-summary.ts';
import { KEPT, keptRuns, PARTS, type Part, predictedOf } from './kept-runs.ts';
import { fileOf, Mistake, readRun } from './read-run.ts';

const OPTIONS = {
  fitted: { type: 'string', multiple: true },
  held: { type: 'string', multiple: true },
  keep: { type: 'string', multiple: true },
  as: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const verb: Verb = {
  summary: 'what the model said of runs it was not fitted on, beside what they measured',
  help: `
Usage: parley predicted [--fitted RUN … --held RUN …] [--json]
       parley predicted --keep RUN … --as fitted|held

  --fitted RUN   a run that the prediction is made from; may be repeated
  --held RUN     a run that it is held against; may be repeated
                 without both: the runs that are kept in capacity/measurements/box-runs/
  --keep RUN     keeps a summary of the run there, --as fitted or held
  --json         one JSON document

RUN is a run's folder, its name under runs/, or the file of a record.
Memory is to be within 5 %, processors within 10 %, the highest rate at the objectives within 15 %; for the rate the runs
of one box at rising rates are needed, the last of which broke an objective, and two lower ones among the fitted:
parley search --rate --keep makes them.
Ends with 0 when every row is within, 1 when one missed, 2 when there was nothing to compare, 3 when a run can't be read.

  parley predicted --keep runs/20261125T061841Z-start --as fitted`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  try {
    if (values.keep !== undefined) return keep(values.keep, values.as);
    if ((values.fitted === undefined) !== (values.held === undefined)) throw new Mistake('--fitted and --held go together');
    const [fitted, held] = PARTS.map((part) => values[part]?.map((name) => readRun(fileOf(name))) ?? keptRuns(part)) as [
      RunRecord[],
      RunRecord[],
    ];
    const table = predictedOf(fitted, held);
    console.log(values.json === true ? JSON.stringify(table, null, 2) : predictedMarkdown(table));
    if (table.rows.length === 0) return EXIT.inconclusive;
    return table.rows.every((row) => row.within) ? EXIT.ok : EXIT.refuted;
  } catch (failure) {
    if (!(failure instanceof Mistake)) throw failure;
    console.error(`parley predicted: ${failure.message}. See --help.`);
    return EXIT.couldNotRun;
  }
}

function keep(names: readonly string[], part: string | undefined): number {
  if (!PARTS.includes(part as Part)) throw new Mistake('--keep needs --as fitted or --as held');
  for (const record of names.map((name) => readRun(fileOf(name)))) {
    const file = join(KEPT, part!, `${record.id}.json`);
    mkdirSync(join(KEPT, part!), { recursive: true });
    writeFileSync(file, `${JSON.stringify(summaryOf(record))}\n`);
    console.log(file);
  }
  return EXIT.ok;
}
