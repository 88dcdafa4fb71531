/**
 * `parley refit`: coefficients as runs and measurements have them, old beside new, and which rows of the plan move. Writes an
 * overlay that `parley plan --coefficients` takes; the tables of the model stay as they are.
 */
import { writeFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { isInvalid } from '../json-shape.ts';
import { amount, withUnit } from '../model/amount.ts';
import { type Coefficients, DEFAULT_COEFFICIENTS } from '../model/coefficients.ts';
import { isInfeasible } from '../model/component.ts';
import { diffPlans, type PlanDiff } from '../model/diff-plan.ts';
import { middleOf } from '../model/draws.ts';
import { makePlan } from '../model/make-plan.ts';
import { PLAN_SCHEMA, type Plan } from '../model/plan.ts';
import type { Quantity } from '../model/quantity.ts';
import { DEFAULT_WORKLOAD, type Workload } from '../model/workload.ts';
import { observedInFleet } from '../refit/from-fleet.ts';
import { observedInMeasurement } from '../refit/from-measurements.ts';
import { observedInRuns } from '../refit/from-runs.ts';
import { type Observed, together } from '../refit/observation.ts';
import { type Refit, refit } from '../refit/refit.ts';
import type { RunRecord } from '../run-record.ts';
import { isInvalid as isInvalidRun, readRunRecord } from '../run-record-reader.ts';
import { overlayIn } from './overlay-file.ts';
import { fileOf, jsonOf, Mistake } from './read-run.ts';

const OPTIONS = { out: { type: 'string' }, coefficients: { type: 'string' }, json: { type: 'boolean' } } as const;
/** Rows that move by less are counted, not shown. */
const LEAST_MOVE = 0.005;
const ROWS_SHOWN = 25;

export const verb: Verb = {
  summary: 'replace the coefficients that runs and measurements tell, and say which rows of the plan move',
  help: `
Usage: parley refit RUN|FILE … [--out FILE] [--coefficients FILE] [--json]

  RUN                  a run's folder or its name under runs/
  FILE                 a record, a file of capacity/measurements/, or a plan of parley plan --json
                       whose values were replaced by what a running fleet shows
  --out FILE           writes the coefficients that changed, for parley plan --coefficients FILE
  --coefficients FILE  starts from such a file instead of the defaults
  --json               one JSON document: changed, confirmed, passedOver, rows

Shows each coefficient's old and new middle with its interval, what was measured and replaces nothing, and the rows of
the plan that move by half a percent or more. Several measurements of one coefficient: their median, and an interval
that holds all of them. Ends with 0 when something was told of a coefficient, 2 when nothing was, 3 when a file can't be read.

  parley refit 20261125T061841Z-start capacity/measurements/store.json --out /tmp/coefficients.json
  parley plan --coefficients /tmp/coefficients.json`,
  run,
};

interface Named {
  readonly name: string;
  readonly document: unknown;
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
  try {
    if (positionals.length === 0) throw new Mistake('it takes at least one run or file');
    const named = positionals.map((name): Named => {
      const path = fileOf(name);
      return { name: nameOf(path), document: jsonOf(path) };
    });
    const plans = named.filter(({ document }) => isPlan(document));
    if (plans.length > 1) throw new Mistake('it takes one plan at most: each has coefficients of its own');
    const plan = plans[0]?.document as Plan | undefined;
    const workload = (plan?.workload as Workload | undefined) ?? DEFAULT_WORKLOAD;
    const before = startOf(values.coefficients, plan);
    const { observations, passedOver } = observedIn(named, workload, before);
    const fit = refit(before, observations);
    const diff = movedRows(workload, before, { ...before, ...fit.overlay } as Coefficients);
    if (values.out !== undefined) write(values.out, fit);
    if (values.json === true) console.log(JSON.stringify({ ...fit, passedOver, rows: diff?.rows ?? [] }, null, 2));
    else console.log([...fitText(fit), ...rowsText(diff), ...passedText(passedOver)].join('\n'));
    return observations.length === 0 && plan === undefined ? EXIT.inconclusive : EXIT.ok;
  } catch (failure) {
    if (!(failure instanceof Mistake)) throw failure;
    console.error(`parley refit: ${failure.message}. See --help.`);
    return EXIT.couldNotRun;
  }
}

/** A plan's rows hang on the coefficients that it was made with. */
function startOf(file: string | undefined, plan: Plan | undefined): Coefficients {
  const own = (plan?.coefficients as Coefficients | undefined) ?? DEFAULT_COEFFICIENTS;
  return file === undefined ? own : ({ ...own, ...overlayIn(file) } as Coefficients);
}

function observedIn(named: readonly Named[], workload: Workload, coefficients: Coefficients): Observed {
  const runs: RunRecord[] = [];
  const others: Observed[] = [];
  const today = new Date().toISOString().slice(0, 10);
  for (const { name, document } of named) {
    const observed = isPlan(document)
      ? observedInFleet(document, name, today, middleOf(workload), middleOf(coefficients))
      : observedInMeasurement(document, name);
    if (isInvalid(observed)) throw new Mistake(`${name}: ${observed.invalid}`);
    if (observed !== undefined) {
      others.push(observed);
      continue;
    }
    const record = readRunRecord(document);
    if (isInvalidRun(record))
      throw new Mistake(`${name} is neither a record, nor a measurement, nor a plan (as a record: ${record.invalid})`);
    runs.push(record);
  }
  return together([observedInRuns(runs, middleOf(coefficients)), ...others]);
}

function isPlan(document: unknown): boolean {
  const plan = document as Partial<Plan> | null;
  return plan?.schema === PLAN_SCHEMA && Array.isArray(plan.rows) && plan.workload !== undefined && plan.coefficients !== undefined;
}

function nameOf(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? basename(path) : near;
}

function movedRows(workload: Workload, before: Coefficients, after: Coefficients): PlanDiff | undefined {
  const [left, right] = [before, after].map((coefficients) => makePlan({ workload, coefficients, draws: 0 }));
  return isInfeasible(left!) || isInfeasible(right!) ? undefined : diffPlans(left as Plan, right as Plan);
}

function write(path: string, { overlay }: Refit): void {
  try {
    writeFileSync(path, `${JSON.stringify(overlay, null, 2)}\n`);
  } catch (failure) {
    throw new Mistake(`${path} can’t be written (${(failure as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

function fitText({ changed, confirmed }: Refit): string[] {
  const interval = ({ low, mid, high, unit }: Quantity) => `${withUnit(mid, unit)} (${amount(low)} to ${amount(high)})`;
  const lines = changed.map(
    ({ key, from, to, surprising }) =>
      `  ${key}: ${interval(from)} → ${interval(to)}${surprising ? '  outside of what it was thought to be' : ''}`,
  );
  const confirmedText = confirmed.length === 0 ? [] : [`Confirmed as they are: ${confirmed.join(', ')}.`];
  return lines.length === 0
    ? ['No coefficient changes.', ...confirmedText]
    : [`${lines.length} coefficients change:`, ...lines, ...confirmedText];
}

function rowsText(diff: PlanDiff | undefined): string[] {
  if (diff === undefined) return ['', 'With them the workload can’t be met, or could not before: parley plan says why.'];
  const share = (row: PlanDiff['rows'][number]) => (row.to ?? 0) / (row.from ?? 0) - 1;
  const moved = diff.rows
    .filter((row) => !(Math.abs(share(row)) < LEAST_MOVE))
    .toSorted((left, right) => Math.abs(share(right)) - Math.abs(share(left)));
  if (diff.rows.length === 0) return ['No row of the plan moves.'];
  const shown = moved.slice(0, ROWS_SHOWN).map((row) => {
    const [most] = row.because;
    const why = most === undefined ? '' : `, most by ${most.input}`;
    const value = (one: number | null) => (one === null ? 'none' : withUnit(one, row.unit));
    return `  ${row.id}: ${value(row.from)} → ${value(row.to)} (${share(row) > 0 ? '+' : ''}${(share(row) * 100).toFixed(1)} %${why})`;
  });
  const rest = moved.length - shown.length;
  return [
    '',
    `${moved.length} rows of the plan move by half a percent or more:`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more: --json`] : []),
  ];
}

function passedText(passedOver: Observed['passedOver']): string[] {
  if (passedOver.length === 0) return [];
  return ['', 'Measured, and replaces nothing:', ...passedOver.map(({ record, what, because }) => `  ${record}: ${what}: ${because}`)];
}
