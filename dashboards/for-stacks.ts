/** What dashboards give the stacks to carry, and which numbers of a plan that hangs on. The one file that infra imports from here. */
import { alertValues } from './alerts/alert-values.ts';
import { ruleFile, ruleGroups } from './alerts/render-rules.ts';
import { ALERT_RULES } from './alerts/rules.ts';
import { BOARDS } from './boards.ts';
import { boardDocument } from './render.ts';

/** Where a number of a plan is: a row's id, or the name of a coefficient or of a quantity of the workload. */
export interface PlanName {
  readonly of: 'row' | 'coefficients' | 'workload';
  readonly name: string;
  /** As alerts and boards name it. */
  readonly id: string;
}

/** Of all that alerts and the lines of boards name, what a plan has. */
export function watchedPlanNames(): readonly PlanName[] {
  const own = alertValues(new Map());
  const alerts = ALERT_RULES.flatMap(({ values, lasts }) => [...Object.values(values), ...(lasts === undefined ? [] : [lasts])]);
  const lines = BOARDS.flatMap(({ panels }) => panels.flatMap((panel) => panel.lines ?? []));
  const ids = new Set([...alerts, ...lines].flatMap(({ rows, dividedBy = [] }) => [...rows, ...dividedBy]).filter((id) => !own.has(id)));
  return [...ids].sort().map((id): PlanName => {
    const [table, name] = id.split('.');
    return table === 'coefficients' || table === 'workload' ? { of: table, name: name!, id } : { of: 'row', name: id, id };
  });
}

/** The alerts of a cell as a file of rules for Prometheus. `plan`: the numbers above by their id. */
export function alertRuleFile(plan: ReadonlyMap<string, number>): string {
  return ruleFile(ruleGroups(ALERT_RULES, alertValues(plan)));
}

/** All cells of a plan have the same numbers: what they come to is made once. */
const boardsOf = new WeakMap<ReadonlyMap<string, number>, ReadonlyMap<string, string>>();

/** The boards of a cell by their uid, each as Grafana's JSON in one line. `plan`: the numbers above by their id. */
export function boardTexts(plan: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  const made = boardsOf.get(plan) ?? new Map(BOARDS.map((board) => [board.uid, JSON.stringify(boardDocument(board, plan))]));
  boardsOf.set(plan, made);
  return made;
}
