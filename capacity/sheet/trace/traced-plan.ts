/** A plan whose every row remembers how it was computed: the model's own code, bundled and rewritten, run on traced inputs. */
import type { CoefficientNumbers } from '../../model/coefficients.ts';
import { type ComponentName, type Infeasible, isInfeasible, type Machines } from '../../model/component.ts';
import type { planOnce } from '../../model/plan-once.ts';
import type { WorkloadNumbers } from '../../model/workload.ts';
import { constant, type Expression, input } from './expression.ts';
import { traceable } from './rewrite.ts';
import { type Guard, Traced, Tracer } from './tracer.ts';

export interface TracedPlan {
  /** By id of the row. */
  readonly rows: ReadonlyMap<string, Expression>;
  /** What one machine of each component needs, and how many a cell has; those without machines of their own are left out. */
  readonly machines: ReadonlyMap<ComponentName, Readonly<Record<keyof Machines, Expression>>>;
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
  const expressionOf = (value: unknown) => (value instanceof Traced ? value.expression : constant(value as number));
  const machines = plan.parts.flatMap(({ component, machines: own }): [ComponentName, Record<keyof Machines, Expression>][] => {
    const entries = Object.entries(own).map(([name, value]) => [name, expressionOf(value)]);
    const each = Object.fromEntries(entries) as Record<keyof Machines, Expression>;
    return each.count.value === 0 ? [] : [[component, each]];
  });
  const rows = plan.rows.map(({ id, value }): [string, Expression] => [id, expressionOf(value)]);
  return { rows: new Map(rows), machines: new Map(machines), guards: tracer.guards };
}
