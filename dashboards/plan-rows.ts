/** Rows of a plan: of a file that `parley plan --json` wrote, or of the default plan. */
import { isInfeasible } from '../capacity/model/component.ts';
import { makePlan } from '../capacity/model/make-plan.ts';
import { PLAN_SCHEMA } from '../capacity/model/plan.ts';
import type { PlanRows } from './board.ts';

/** Intervals are not drawn, so few draws are enough. */
export function defaultPlanRows(): PlanRows {
  const plan = makePlan({ draws: 2 });
  if (isInfeasible(plan)) throw new Error('the default plan can’t be built');
  return new Map(plan.rows.map(({ id, value }) => [id as string, value]));
}

/** Or what is wrong with it, as a text. */
export function readPlanRows(text: string): PlanRows | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const { schema, rows } = (document ?? {}) as { readonly schema?: unknown; readonly rows?: unknown };
  if (schema !== PLAN_SCHEMA)
    return `schema: ${JSON.stringify(schema)}, and this version reads ${PLAN_SCHEMA}: write it anew with parley plan --json`;
  if (!Array.isArray(rows)) return 'rows: no list';
  const read = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const { id, value } = (row ?? {}) as { readonly id?: unknown; readonly value?: unknown };
    if (typeof id !== 'string') return `rows[${index}].id: no text`;
    // A cost of nothing that has a price is null, and no line.
    if (typeof value === 'number') read.set(id, value);
  }
  return read;
}
