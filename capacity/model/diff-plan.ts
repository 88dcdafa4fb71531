/**
 * What changed between two plans, and why: inputs that differ, rows that moved, and for each row how much of its move each
 * input makes when it alone is changed. What those leave over is the inputs together, and is said.
 */
import type { Coefficients } from './coefficients.ts';
import { isInfeasible } from './component.ts';
import { middleOf } from './draws.ts';
import type { Plan } from './plan.ts';
import { type OncePlan, planOnce } from './plan-once.ts';
import type { Workload } from './workload.ts';

export interface ChangedInput {
  readonly input: string;
  readonly unit: string;
  readonly from: number | null;
  readonly to: number | null;
  /** The middle is the same; low or high is not. */
  readonly onlyInterval: boolean;
}

export interface ChangedRow {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly from: number | null;
  readonly to: number | null;
  /** Change of the row by each changed input alone, largest first. */
  readonly because: ReadonlyArray<{ readonly input: string; readonly change: number }>;
}

export interface PlanDiff {
  readonly inputs: readonly ChangedInput[];
  readonly rows: readonly ChangedRow[];
  /** A part whose size is set by another limit now. */
  readonly bindings: ReadonlyArray<{ readonly component: string; readonly from: string; readonly to: string }>;
}

/** `rowsOf` adds rows that the model itself has not, such as costs. */
export function diffPlans(left: Plan, right: Plan, rowsOf: (plan: OncePlan) => OncePlan['rows'] = (plan) => plan.rows): PlanDiff {
  const inputs = changedInputs(left, right);
  const alone = inputs
    .filter((one) => !one.onlyInterval && one.to !== null)
    .map(({ input, to }) => ({ input, rows: rowsWith(left, input, to!, rowsOf) }));
  const before = new Map(left.rows.map((row) => [row.id as string, row]));
  const after = new Map(right.rows.map((row) => [row.id as string, row]));
  const rows = [...new Set([...before.keys(), ...after.keys()])].flatMap((id): ChangedRow[] => {
    const from = before.get(id);
    const to = after.get(id);
    if (from?.value === to?.value) return [];
    const because = alone
      .map(({ input, rows: values }) => ({ input, change: (values.get(id) ?? Number.NaN) - (from?.value ?? Number.NaN) }))
      .filter(({ change }) => Number.isFinite(change) && change !== 0)
      .toSorted((one, other) => Math.abs(other.change) - Math.abs(one.change));
    const { name, unit } = (to ?? from)!;
    return [{ id, name, unit, from: from?.value ?? null, to: to?.value ?? null, because }];
  });
  const bindings = right.components.flatMap(({ component, binding }) => {
    const was = left.components.find((one) => one.component === component)?.binding ?? 'not planned';
    return was === binding ? [] : [{ component, from: was, to: binding }];
  });
  return { inputs, rows, bindings };
}

function changedInputs(left: Plan, right: Plan): ChangedInput[] {
  const before = { ...left.workload, ...left.coefficients };
  const after = { ...right.workload, ...right.coefficients };
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((input): ChangedInput[] => {
    const from = before[input];
    const to = after[input];
    if (from !== undefined && to !== undefined && from.low === to.low && from.mid === to.mid && from.high === to.high) return [];
    const onlyInterval = from?.mid === to?.mid;
    return [{ input, unit: (to ?? from)!.unit, from: from?.mid ?? null, to: to?.mid ?? null, onlyInterval }];
  });
}

function rowsWith(plan: Plan, input: string, value: number, rowsOf: (plan: OncePlan) => OncePlan['rows']): ReadonlyMap<string, number> {
  const workload = middleOf(plan.workload as Workload);
  const coefficients = middleOf(plan.coefficients as Coefficients);
  const once =
    input in workload ? planOnce({ ...workload, [input]: value }, coefficients) : planOnce(workload, { ...coefficients, [input]: value });
  return isInfeasible(once) ? new Map() : new Map(rowsOf(once).map((row) => [row.id as string, row.value]));
}
