/**
 * `parley plan`: what the fleet must be for a workload, each number with its reason and interval; `parley plan diff A B`: what
 * changed between two of them, and why. Writes no file but the page of `--html`, which reads the recorded runs too.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nearestName } from '../../bin/nearest-name.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { type Infeasible, isInfeasible } from '../model/component.ts';
import { costProblem, costRowsOf } from '../model/cost.ts';
import { diffPlans } from '../model/diff-plan.ts';
import { diffText } from '../model/diff-text.ts';
import { DEFAULT_DRAWS, DEFAULT_SEED, makePlan } from '../model/make-plan.ts';
import { PLAN_SCHEMA, type Plan } from '../model/plan.ts';
import { planMarkdown, planText } from '../model/plan-text.ts';
import type { Quantity } from '../model/quantity.ts';
import { DEFAULT_WORKLOAD } from '../model/workload.ts';
import { planPage } from '../page/plan-page.ts';
import { plannedStorms } from '../storm/of-plan.ts';
import { keptTable } from './kept-runs.ts';
import { overlayIn } from './overlay-file.ts';
import { DEFAULT_INPUTS, type Inputs, SettingError, STORED, withSettings } from './plan-settings.ts';
import { stormText } from './plan-storm.ts';
import { writeWorkbook } from './plan-workbook.ts';
import { pricesIn } from './price-file.ts';
import { Mistake } from './read-run.ts';

const OPTIONS = {
  set: { type: 'string', multiple: true },
  draws: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  md: { type: 'boolean' },
  html: { type: 'string' },
  xlsx: { type: 'string' },
  runs: { type: 'string', multiple: true },
  prices: { type: 'string' },
  coefficients: { type: 'string' },
} as const;

export const verb: Verb = {
  summary: 'what the fleet must be for a workload, and what changed between two plans',
  help: `
Usage: parley plan [--set NAME=VALUE …] [options]
       parley plan storm [options]
       parley plan diff A.json B.json [--json]

  storm              instead of the plan: how its clients come back when a gateway, a zone or a region is lost, by the model of
                     flows that parley storm holds against real storms

  --set NAME=VALUE   a quantity of the workload, or a coefficient, instead of its default; may be repeated.
                     2B, 500K, 5M/s, 300M messages/min, 30s, 200KiB, 35%; a range 3..5 or low..mid..high 3..4..5
  --draws N          draws that the intervals come from (${DEFAULT_DRAWS})
  --seed N           their seed (${DEFAULT_SEED})
  --prices FILE      list of prices that the cost is from (capacity/prices/aws-us-east-1.json; owned.json there is one to fill in)
  --coefficients FILE
                     coefficients that parley refit wrote, instead of their defaults
  --json             one JSON document, which diff compares
  --md               Markdown
  --html FILE        also writes a page with plots that needs nothing else: the plan, and what was predicted of the runs that are
                     kept in capacity/measurements/box-runs/ beside what they measured
  --xlsx FILE        also writes a workbook with live formulas, as parley sheet new does
  --runs RUN …       runs and measurements for the measured columns of the workbook

The workload (low..mid..high where it is a range):
${workloadLines()}

  ${STORED} instead of bodyBytes: bytes by which the disks of a running cluster grow a day, replicas counted

Coefficients are in the "coefficients" of --json, each with its unit, interval and source.
Ends with 0 when the workload can be met, with 1 when it can't, naming the limit and what would have to change,
with 3 when a name or a value was not understood.

  parley plan --set connections=2B --set retentionDays=30
  parley plan --json > a.json; parley plan --set peakSendsPerSecond=10M --json > b.json; parley plan diff a.json b.json`,
  run,
};

async function run(args: string[]): Promise<number> {
  try {
    if (args[0] === 'diff') return difference(args.slice(1));
    const isStorm = args[0] === 'storm';
    const { values, positionals } = parseArgs({
      args: args.slice(isStorm ? 1 : 0),
      options: OPTIONS,
      strict: true,
      allowPositionals: true,
    });
    if (positionals.length > 0 && values.runs === undefined) throw new SettingError(unknownWord(positionals[0]!));
    if (values.runs !== undefined && values.xlsx === undefined) throw new SettingError('--runs is for the workbook of --xlsx FILE');
    const inputs = withSettings(startOf(values.coefficients), values.set ?? []);
    const prices = pricesIn(values.prices);
    const plan = makePlan({
      ...inputs,
      draws: whole('draws', values.draws, DEFAULT_DRAWS),
      seed: whole('seed', values.seed, DEFAULT_SEED),
      costRows: costRowsOf(prices),
    });
    const problem = isInfeasible(plan) ? plan : costProblem(plan.components, prices);
    if (isInfeasible(plan) || problem !== undefined) return told(problem as Infeasible, values.json === true);
    if (isStorm) {
      console.log(values.json === true ? JSON.stringify(plannedStorms(plan), null, 2) : stormText(plan));
      return EXIT.ok;
    }
    if (values.xlsx !== undefined) {
      const written = await writeWorkbook(values.xlsx, plan, prices, [...(values.runs ?? []), ...positionals]);
      if (isInfeasible(written)) return told(written, values.json === true);
    }
    if (values.html !== undefined) writePage(values.html, await planPage(plan, keptTable()));
    console.log(values.json === true ? JSON.stringify(plan, null, 2) : values.md === true ? planMarkdown(plan) : planText(plan));
    return EXIT.ok;
  } catch (failure) {
    if (!(failure instanceof SettingError) && !(failure instanceof Mistake) && !isOptionMistake(failure)) throw failure;
    console.error(`parley plan: ${(failure as Error).message}`);
    return EXIT.couldNotRun;
  }
}

function told(problem: Infeasible, json: boolean): number {
  if (json) console.log(JSON.stringify(problem, null, 2));
  else console.log(`It can’t be built: ${problem.infeasible} (${problem.component}).\nNearest that can: ${problem.change}.`);
  return EXIT.refuted;
}

/** The defaults, or with the coefficients of a file that parley refit wrote laid over them. */
function startOf(file: string | undefined): Inputs {
  if (file === undefined) return DEFAULT_INPUTS;
  return { ...DEFAULT_INPUTS, coefficients: { ...DEFAULT_INPUTS.coefficients, ...overlayIn(file) } };
}

function difference(args: string[]): number {
  const { values, positionals } = parseArgs({ args, options: { json: OPTIONS.json }, strict: true, allowPositionals: true });
  if (positionals.length !== 2) throw new SettingError(`diff compares two plans that parley plan --json wrote, not ${positionals.length}`);
  const [left, right] = positionals.map(readPlan) as [Plan, Plan];
  const diff = diffPlans(left, right);
  console.log(values.json === true ? JSON.stringify(diff, null, 2) : diffText(diff));
  return EXIT.ok;
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (failure) {
    throw new SettingError(`${path} can’t be written (${(failure as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

function readPlan(path: string): Plan {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (failure) {
    throw new SettingError(
      `${path} can’t be read (${(failure as NodeJS.ErrnoException).code ?? 'unknown'}); write it with parley plan --json > ${path}`,
    );
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new SettingError(`${path} is no JSON; write it with parley plan --json > ${path}`);
  }
  if (typeof document === 'object' && document !== null && 'infeasible' in document)
    throw new SettingError(`${path} is a workload that can’t be met: ${String(document.infeasible)}`);
  const plan = document as Partial<Plan> | null;
  if (plan?.schema !== PLAN_SCHEMA || !Array.isArray(plan.rows) || !Array.isArray(plan.components) || plan.workload === undefined)
    throw new SettingError(`${path} is no plan of schema ${PLAN_SCHEMA}; write it anew with parley plan --json`);
  return plan as Plan;
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 100_000)
    throw new SettingError(`--${name} takes a whole number up to 100,000, not "${text}"`);
  return value;
}

function unknownWord(word: string): string {
  if (word.includes('=')) return `write --set ${word}`;
  return nearestName(word, ['diff']) === 'diff'
    ? `there is no "${word}"; did you mean diff?`
    : `there is no "${word}". See parley plan --help.`;
}

function isOptionMistake(failure: unknown): boolean {
  return failure instanceof TypeError && String((failure as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}

function workloadLines(): string {
  const entries = Object.entries<Quantity>(DEFAULT_WORKLOAD);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .map(([name, { low, mid, high, unit, what }]) => {
      const range = low === high ? String(mid) : `${low}..${mid}..${high}`;
      return `  ${name.padEnd(width)}  ${what} (${range}${unit === '1' ? '' : ` ${unit}`})`;
    })
    .join('\n');
}
