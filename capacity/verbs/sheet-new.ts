/** `parley sheet new`: a plan as a workbook with live formulas. Bundles the model's code to trace it; writes the one file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT } from '../../services/runtime/verb.ts';
import { isInfeasible } from '../model/component.ts';
import { middleOf } from '../model/draws.ts';
import { makePlan } from '../model/make-plan.ts';
import { tracedPlan } from '../sheet/trace/traced-plan.ts';
import { packArchive } from '../sheet/workbook/archive.ts';
import { xlsxParts } from '../sheet/write/ooxml.ts';
import { planBook } from '../sheet/write/plan-book.ts';
import { DEFAULT_INPUTS, SettingError, withSettings } from './plan-settings.ts';

const OPTIONS = { set: { type: 'string', multiple: true }, out: { type: 'string' } } as const;

export const help = `
Usage: parley sheet new --out FILE.xlsx [--set NAME=VALUE …]

  --out FILE         where the workbook goes
  --set NAME=VALUE   as parley plan has it; may be repeated

Every row of the plan is a formula over named cells of workload and coefficients, each with its source as a comment. Change an
input and the sheet computes anew; the sheet "Choices" says whether the plan's decisions still hold, or it must be made anew.
Fill in the column "measured" and its verdict takes colour. Costs are not in it: they are looked up in a list of prices.

  parley sheet new --set connections=2B --out fleet.xlsx`;

export async function run(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args, options: OPTIONS, strict: true });
    if (values.out === undefined) throw new SettingError('--out FILE.xlsx is missing');
    const inputs = withSettings(DEFAULT_INPUTS, values.set ?? []);
    const plan = makePlan(inputs);
    const traced = isInfeasible(plan) ? plan : tracedPlan(await modelSource(), middleOf(inputs.workload), middleOf(inputs.coefficients));
    if (isInfeasible(plan) || isInfeasible(traced)) {
      const { infeasible, component, change } = isInfeasible(plan) ? plan : (traced as Exclude<typeof traced, { guards: unknown }>);
      console.log(`It can’t be built: ${infeasible} (${component}).\nNearest that can: ${change}.`);
      return EXIT.refuted;
    }
    const book = planBook(plan, traced);
    writeFileSync(values.out, packArchive(xlsxParts(book, true)));
    console.log(`${values.out}: ${book.map(({ name, rows }) => `${name} ${rows.length}`).join(', ')} rows`);
    return EXIT.ok;
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException;
    if (!(failure instanceof SettingError) && !/^(ERR_PARSE_ARGS|E[A-Z]+$)/.test(code ?? '')) throw failure;
    console.error(`parley sheet new: ${message}`);
    return EXIT.couldNotRun;
  }
}

async function modelSource(): Promise<string> {
  const built = await Bun.build({ entrypoints: [join(import.meta.dirname, '../model/plan-once.ts')], format: 'esm', target: 'bun' });
  return await built.outputs[0]!.text();
}
