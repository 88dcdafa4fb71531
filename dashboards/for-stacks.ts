/** What dashboards give the stacks to carry, and which numbers of a plan that hangs on. The one file that infra imports from here. */
import { alertValues } from './alerts/alert-values.ts';
import { ruleFile, ruleGroups } from './alerts/render-rules.ts';
import { ALERT_RULES } from './alerts/rules.ts';

/** Where a number of a plan is: a row's id, or the name of a coefficient or of a quantity of the workload. */
export interface PlanName {
  readonly of: 'row' | 'coefficients' | 'workload';
  readonly name: string;
  /** As alerts name it. */
  readonly id: string;
}

/** Of all that alerts name, what a plan has. */
export function planNamesOfAlerts(): readonly PlanName[] {
  const own = alertValues(new Map());
  const values = ALERT_RULES.flatMap(({ values, lasts }) => [...Object.values(values), ...(lasts === undefined ? [] : [lasts])]);
  const ids = new Set(values.flatMap(({ rows, dividedBy = [] }) => [...rows, ...dividedBy]).filter((id) => !own.has(id)));
  return [...ids].sort().map((id): PlanName => {
    const [table, name] = id.split('.');
    return table === 'coefficients' || table === 'workload' ? { of: table, name: name!, id } : { of: 'row', name: id, id };
  });
}

/** The alerts of a cell as a file of rules for Prometheus. `plan`: the numbers above by their id. */
export function alertRuleFile(plan: ReadonlyMap<string, number>): string {
  return ruleFile(ruleGroups(ALERT_RULES, alertValues(plan)));
}
