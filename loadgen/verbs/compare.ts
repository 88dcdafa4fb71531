/** `parley compare`: whether a run is worse than another, or than a baseline that was kept. Measures nothing. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { keepBaseline, type NoSide, readBaseline, sideOfRuns } from '../compare/baseline.ts';
import { compare, LEAST_CHANGE } from '../compare/compare.ts';
import { comparisonPage } from '../compare/compare-page.ts';
import { comparisonJson, comparisonLines, comparisonMarkdown } from '../compare/compare-text.ts';
import { mixedSide, type Side } from '../compare/side.ts';

const OPTIONS = {
  against: { type: 'string' },
  'keep-baseline': { type: 'string' },
  baselines: { type: 'string' },
  least: { type: 'string' },
  html: { type: 'string' },
  md: { type: 'boolean' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
} as const;

const BASELINES = 'baselines';

export const verb: Verb = {
  summary: 'whether a run is worse than another or than a kept baseline, figure by figure, by a test over repeats',
  help: `
Usage: parley compare BEFORE AFTER [options]
       parley compare AFTER --against NAME [options]
       parley compare RUNS --keep-baseline NAME

  BEFORE, AFTER        a run's folder, its name under runs/, or latest; repeats of one thing with commas between them
  --against NAME       a baseline that was kept
  --keep-baseline NAME keeps the runs as a baseline, in place of one of that name
  --baselines DIR      where baselines are (${BASELINES})
  --least SHARE        least change that matters (${LEAST_CHANGE * 100}%)
  --all                lists what did not change, or could not be told, too
  --html FILE          a page
  --md, --json         Markdown, one JSON document

Four repeats a side are the least: less, and one run a side is compared by ten-second stretches of its chat, in which what differs from
run to run is not seen. Runs of two versions, hosts or settings in one side are refused; between the sides what changed is named.
Ends with 0 when nothing is worse, 1 when something is, 2 when nothing could be told or a run is in doubt, 3 when it could not compare.

  parley compare run-1,run-2,run-3,run-4 --keep-baseline main
  parley compare run-5,run-6,run-7,run-8 --against main`,
  run,
};

async function run(args: string[]): Promise<number> {
  try {
    return compared(args);
  } catch (failure) {
    if (!(failure instanceof OptionError) && !(failure instanceof TypeError)) throw failure;
    return failed(failure.message);
  }
}

function compared(args: string[]): number {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
  if (values.md === true && values.json === true) throw new OptionError('takes one of --md and --json. See --help.');
  const leastChange = shareOption(values.least);
  const baselines = values.baselines ?? BASELINES;
  const keep = values['keep-baseline'];
  const wanted = keep !== undefined || values.against !== undefined ? 1 : 2;
  if (keep !== undefined && values.against !== undefined) throw new OptionError('takes one of --keep-baseline and --against. See --help.');
  if (positionals.length !== wanted)
    throw new OptionError(`takes ${wanted === 1 ? 'one side' : 'two sides'} here, not ${positionals.length}. See --help.`);
  const sides: (Side | NoSide)[] = [
    ...(values.against === undefined ? [] : [readBaseline(baselines, values.against)]),
    ...positionals.map(sideOfRuns),
  ];
  const missing = sides.find((side) => 'noSide' in side);
  if (missing !== undefined && 'noSide' in missing) return failed(missing.noSide);
  const [before, after] = sides as Side[];
  if (keep !== undefined) return keptAs(baselines, keep, before!);
  const comparison = compare(before!, after!, leastChange);
  if ('refused' in comparison) return failed(comparison.refused);
  if (values.html !== undefined) writeFileSync(values.html, comparisonPage(comparison, after!.records[0]!.host.versions.parley));
  if (values.json === true) console.log(comparisonJson(comparison));
  else if (values.md === true) console.log(comparisonMarkdown(comparison, values.all === true));
  else console.log(comparisonLines(comparison, values.all === true).join('\n'));
  if (comparison.verdict === 'worse') return EXIT.refuted;
  return comparison.verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.ok;
}

function keptAs(folder: string, name: string, side: Side): number {
  const mixed = mixedSide(side);
  if (mixed !== undefined) return failed(mixed);
  const path = keepBaseline(folder, name, side);
  if (typeof path !== 'string') return failed(path.noSide);
  console.log(`${path}: ${side.records.length} runs`);
  return EXIT.ok;
}

function shareOption(words: string | undefined): number {
  if (words === undefined) return LEAST_CHANGE;
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(words)?.[1];
  if (percent === undefined || Number(percent) > 100) throw new OptionError(`--least takes a share as 5%, not "${words}". See --help.`);
  return Number(percent) / 100;
}

function failed(why: string): number {
  console.error(`parley compare: ${why}`);
  return EXIT.couldNotRun;
}
