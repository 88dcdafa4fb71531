/** `parley sheet new`: a plan as a workbook with live formulas, what runs measured beside it. Writes the one file. */
import { parseArgs } from 'node:util';
import { EXIT } from '../../services/runtime/verb.ts';
import { type Infeasible, isInfeasible } from '../model/component.ts';
import { costProblem, costRowsOf } from '../model/cost.ts';
import { makePlan } from '../model/make-plan.ts';
import { DEFAULT_INPUTS, SettingError, withSettings } from './plan-settings.ts';
import { writeWorkbook } from './plan-workbook.ts';
import { pricesIn } from './price-file.ts';
import { Mistake } from './read-run.ts';

const OPTIONS = {
  set: { type: 'string', multiple: true },
  out: { type: 'string' },
  runs: { type: 'string', multiple: true },
  prices: { type: 'string' },
} as const;

export const help = `
Usage: parley sheet new --out FILE.xlsx [--set NAME=VALUE …] [--runs RUN …] [--prices FILE]

  --out FILE         where the workbook goes
  --set NAME=VALUE   as parley plan has it; may be repeated
  --runs RUN …       fills the measured columns: folders of runs, names under runs/, records, folders of records, and what
                     parley bench and its siblings write (capacity/measurements/*.json)
  --prices FILE      list of prices (capacity/prices/aws-us-east-1.json)

Every row of the plan, its costs too, is a formula over named cells of workload, coefficients and prices, each with its source as a
comment. Change an input and the sheet computes anew; the hidden sheet "Choices" says whether the plan's decisions still hold, or it
must be made anew. A verdict beside "measured" takes colour: agrees, differs, inconclusive. parley sheet check reads it back.

  parley sheet new --set connections=2B --out fleet.xlsx
  parley sheet new --out fleet.xlsx --runs capacity/measurements/box-runs/held capacity/measurements/store.json`;

export async function run(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: true, allowPositionals: true });
    if (values.out === undefined) throw new SettingError('--out FILE.xlsx is missing');
    if (positionals.length > 0 && values.runs === undefined)
      throw new SettingError(`"${positionals[0]}" is no option; runs come after --runs`);
    const prices = pricesIn(values.prices);
    const plan = makePlan({ ...withSettings(DEFAULT_INPUTS, values.set ?? []), costRows: costRowsOf(prices) });
    if (isInfeasible(plan)) return refused(plan);
    const problem = costProblem(plan.components, prices);
    if (problem !== undefined) return refused(problem);
    const written = await writeWorkbook(values.out, plan, prices, [...(values.runs ?? []), ...positionals]);
    if (isInfeasible(written)) return refused(written);
    const sheets = written.sheets.map(({ name, rows }) => `${name} ${rows.length}`).join(', ');
    console.log(`${values.out}: ${sheets} rows${written.measured === 0 ? '' : `; ${written.measured} of them measured`}`);
    return EXIT.ok;
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException;
    const isTold = failure instanceof SettingError || failure instanceof Mistake || /^ERR_PARSE_ARGS/.test(code ?? '');
    if (!isTold) throw failure;
    console.error(`parley sheet new: ${message}`);
    return EXIT.couldNotRun;
  }
}

function refused({ infeasible, component, change }: Infeasible): number {
  console.log(`It can’t be built: ${infeasible} (${component}).\nNearest that can: ${change}.`);
  return EXIT.refuted;
}
