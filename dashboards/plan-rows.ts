/**
 * Numbers of a plan: of a file that `parley plan --json` wrote, or of the default plan. Rows by their id; what the plan was made
 * from by `workload.NAME` and `coefficients.NAME`, the middle of each.
 */
import { isInfeasible } from '../capacity/model/component.ts';
import { makePlan } from '../capacity/model/make-plan.ts';
import { PLAN_SCHEMA } from '../capacity/model/plan.ts';
import type { PlanRows } from './board.ts';

/** Intervals are not drawn, so few draws are enough. */
export function defaultPlanRows(): PlanRows {
  const plan = makePlan({ draws: 2 });
  if (isInfeasible(plan)) throw new Error('the default plan can’t be built');
  return new Map([
    ...inputsOf('workload', plan.workload),
    ...inputsOf('coefficients', plan.coefficients),
    ...plan.rows.map(({ id, value }): [string, number] => [id, value]),
  ]);
}

/** What is no number is no value: who names it is told so. */
function inputsOf(table: 'workload' | 'coefficients', given: unknown): Array<[string, number]> {
  return Object.entries((given ?? {}) as Readonly<Record<string, { readonly mid?: unknown } | null>>).flatMap(
    ([name, quantity]): Array<[string, number]> => (typeof quantity?.mid === 'number' ? [[`${table}.${name}`, quantity.mid]] : []),
  );
}

/** Or what is wrong with it, as a text. */
export function readPlanRows(text: string): PlanRows | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const { schema, rows, workload, coefficients } = (document ?? {}) as Readonly<
    Record<'schema' | 'rows' | 'workload' | 'coefficients', unknown>
  >;
  if (schema !== PLAN_SCHEMA)
    return `schema: ${JSON.stringify(schema)}, and this version reads ${PLAN_SCHEMA}: write it anew with parley plan --json`;
  if (!Array.isArray(rows)) return 'rows: no list';
  const read = new Map([...inputsOf('workload', workload), ...inputsOf('coefficients', coefficients)]);
  for (const [index, row] of rows.entries()) {
    const { id, value } = (row ?? {}) as { readonly id?: unknown; readonly value?: unknown };
    if (typeof id !== 'string') return `rows[${index}].id: no text`;
    // A cost of nothing that has a price is null, and no line.
    if (typeof value === 'number') read.set(id, value);
  }
  return read;
}
