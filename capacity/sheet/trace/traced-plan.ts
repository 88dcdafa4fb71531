/** A plan whose every row remembers how it was computed: the model's own code, bundled and rewritten, run on traced inputs. */
import type { CoefficientNumbers } from '../../model/coefficients.ts';
import { type Infeasible, isInfeasible } from '../../model/component.ts';
import type { planOnce } from '../../model/plan-once.ts';
import type { WorkloadNumbers } from '../../model/workload.ts';
import { constant, type Expression, input } from './expression.ts';
import { traceable } from './rewrite.ts';
import { type Guard, Traced, Tracer } from './tracer.ts';

export interface TracedPlan {
  /** By id of the row. */
  readonly rows: ReadonlyMap<string, Expression>;
  /** Comparisons that the plan's branches hang on: the rows say what the model says while each comes out the same. */
  readonly guards: readonly Guard[];
}

/** `modelSource`: `capacity/model/plan-once.ts` and all that it imports, as one module of JavaScript. */
export function tracedPlan(modelSource: string, workload: WorkloadNumbers, coefficients: CoefficientNumbers): TracedPlan | Infeasible {
  const tracer = new Tracer();
  const model = new Function('$', traceable(modelSource))(tracer) as { planOnce: typeof planOnce };
  const traced = (numbers: object) =>
    Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tracer.traced(input(name, value))])) as never;
  const plan = model.planOnce(traced(workload), traced(coefficients));
  if (isInfeasible(plan)) return plan;
  const rows = plan.rows.map(({ id, value }): [string, Expression] => [
    id,
    (value as unknown) instanceof Traced ? (value as unknown as Traced).expression : constant(value),
  ]);
  return { rows: new Map(rows), guards: tracer.guards };
}
