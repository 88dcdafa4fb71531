/**
 * A plan as data: what `parley plan --json` prints, stacks are made from and a sheet shows. Rows carry an interval from the
 * draws; everything else is the middle's. The schema number changes when a reader of the old one would be misled.
 */
import type { ComponentName, ComponentPlan, Infeasible, PlanRow } from './component.ts';
import type { Interval, Quantity } from './quantity.ts';

export const PLAN_SCHEMA = 1;

export interface PlannedRow extends PlanRow, Pick<Interval, 'low' | 'high'> {}

export interface Plan {
  readonly schema: typeof PLAN_SCHEMA;
  readonly workload: Readonly<Record<string, Quantity>>;
  readonly coefficients: Readonly<Record<string, Quantity>>;
  /** Draws and seed that the intervals come from. */
  readonly draws: number;
  readonly seed: number;
  /** Draws that can't be built; they are in no interval. */
  readonly infeasibleDraws: number;
  readonly cells: number;
  readonly rows: readonly PlannedRow[];
  /** Of one cell, in the order of the message's way. */
  readonly components: readonly (Omit<ComponentPlan, 'rows'> & { readonly component: ComponentName })[];
  /** What the sensitivity is of: the cost, or the fleet's processors where no prices were given. */
  readonly sensitivityUnit: 'USD/month' | 'cores';
  /** Of the monthly cost: which inputs move it most, largest first. */
  readonly sensitivity: readonly Sensitivity[];
}

export interface Sensitivity {
  /** Key of a workload quantity or a coefficient. */
  readonly input: string;
  /** Change of the fleet's monthly cost from the input's low to its high, others at their middle, in dollars. */
  readonly lowUsdPerMonth: number;
  readonly highUsdPerMonth: number;
}

export type PlanResult = Plan | Infeasible;
