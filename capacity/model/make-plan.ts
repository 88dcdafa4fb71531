/**
 * A plan with its intervals: once for the middle of every input, then for each of the draws; and, for the sensitivity, for each
 * input's low and high with the others at their middle. The same inputs, seed and draws give the same plan to the last digit.
 */
import { amount } from './amount.ts';
import { type CoefficientNumbers, type Coefficients, DEFAULT_COEFFICIENTS } from './coefficients.ts';
import { type Infeasible, isInfeasible, type Machines, type PlanRow } from './component.ts';
import { drawOf, middleOf, quantile } from './draws.ts';
import { nearestShare, partOf } from './nearest.ts';
import { PLAN_SCHEMA, type PlannedRow, type PlanResult, type Sensitivity } from './plan.ts';
import { type OncePlan, planOnce } from './plan-once.ts';
import { DEFAULT_WORKLOAD, type Workload, type WorkloadNumbers } from './workload.ts';

export interface PlanOptions {
  readonly workload?: Workload;
  readonly coefficients?: Coefficients;
  readonly seed?: number;
  readonly draws?: number;
  /** Rows of the cost, one of them `cost.usdPerMonth`; without them the sensitivity is of the fleet's processors. */
  readonly costRows?: CostRows;
}

export type CostRows = (plan: OncePlan) => readonly PlanRow[];

export const DEFAULT_DRAWS = 200;
export const DEFAULT_SEED = 1;

export function makePlan(options: PlanOptions = {}): PlanResult {
  const { workload = DEFAULT_WORKLOAD, coefficients = DEFAULT_COEFFICIENTS, seed = DEFAULT_SEED, draws = DEFAULT_DRAWS } = options;
  const workloadMiddle = middleOf(workload);
  const coefficientMiddle = middleOf(coefficients);
  const middle = planOnce(workloadMiddle, coefficientMiddle);
  if (isInfeasible(middle)) return withNearest(middle, workloadMiddle, coefficientMiddle);
  const { costRows } = options;
  const rowsOf = (plan: OncePlan) => (costRows === undefined ? plan.rows : [...plan.rows, ...costRows(plan)]);
  const rows = rowsOf(middle);
  const values = new Map(rows.map((row) => [row.id, [row.value]]));
  let infeasibleDraws = 0;
  for (let draw = 0; draw < draws; draw++) {
    const drawn = planOnce(drawOf(workload, seed, draw), drawOf(coefficients, seed, draw));
    if (isInfeasible(drawn)) infeasibleDraws++;
    else for (const row of rowsOf(drawn)) values.get(row.id)?.push(row.value);
  }
  const cost = costRows === undefined ? fleetCores : usdPerMonth(costRows);
  return {
    schema: PLAN_SCHEMA,
    workload,
    coefficients,
    draws,
    seed,
    infeasibleDraws,
    cells: middle.choice.cell.cells,
    rows: rows.map((row) => withInterval(row, Float64Array.from(values.get(row.id)!).sort())),
    components: middle.parts.map(({ component, machines, binding }) => ({ component, machines, binding })),
    sensitivityUnit: costRows === undefined ? 'cores' : 'USD/month',
    sensitivity: sensitivityOf(workload, coefficients, cost),
  };
}

function withNearest(refused: Infeasible, workload: WorkloadNumbers, coefficients: CoefficientNumbers): Infeasible {
  const share = nearestShare(workload, coefficients);
  if (share === undefined) return refused;
  const part = partOf(workload, share);
  const nearest = `${amount(share * 100)} % of it can be met (connections=${amount(part.connections)}, peakSendsPerSecond=${amount(part.peakSendsPerSecond)})`;
  return { ...refused, change: `${refused.change}; ${nearest}` };
}

/** Processors of the whole fleet, load generators not counted. */
export function fleetCores(plan: OncePlan): number {
  const cores = (machines: Machines) => machines.count * machines.cores;
  return plan.choice.cell.cells * plan.parts.reduce((sum, part) => (part.component === 'loadgen' ? sum : sum + cores(part.machines)), 0);
}

function usdPerMonth(costRows: CostRows): (plan: OncePlan) => number {
  return (plan) => costRows(plan).find((row) => row.id === 'cost.usdPerMonth')?.value ?? Number.NaN;
}

function withInterval(row: OncePlan['rows'][number], sorted: Float64Array): PlannedRow {
  const { id, name, value, unit, reason } = row;
  return { id, name, value, unit, reason, low: Math.min(value, quantile(sorted, 0.05)), high: Math.max(value, quantile(sorted, 0.95)) };
}

function sensitivityOf(workload: Workload, coefficients: Coefficients, cost: (plan: OncePlan) => number): Sensitivity[] {
  const workloadMiddle = middleOf(workload);
  const coefficientMiddle = middleOf(coefficients);
  const at = (input: string, value: number) => {
    const plan =
      input in workload
        ? planOnce({ ...workloadMiddle, [input]: value }, coefficientMiddle)
        : planOnce(workloadMiddle, { ...coefficientMiddle, [input]: value });
    return isInfeasible(plan) ? Number.NaN : cost(plan);
  };
  const middle = at('', 0);
  return Object.entries({ ...workload, ...coefficients })
    .filter(([, quantity]) => quantity.low !== quantity.high)
    .map(([input, quantity]) => ({ input, lowChange: at(input, quantity.low) - middle, highChange: at(input, quantity.high) - middle }))
    .map(({ input, lowChange, highChange }) => ({ input, lowUsdPerMonth: lowChange, highUsdPerMonth: highChange }))
    .filter((one) => one.lowUsdPerMonth !== 0 || one.highUsdPerMonth !== 0)
    .toSorted((left, right) => swing(right) - swing(left) || (left.input < right.input ? -1 : 1));
}

function swing({ lowUsdPerMonth, highUsdPerMonth }: Sensitivity): number {
  const all = [lowUsdPerMonth, highUsdPerMonth, 0].filter((one) => !Number.isNaN(one));
  return Math.max(...all) - Math.min(...all);
}
