/**
 * What is wrong with alerts: expressions, thresholds, texts, panels, runbooks, and labels that grow. Each finding begins with
 * `file:line: `, the place in the source where the word stands. Pure: sources and the names of runbooks are handed in.
 */
import type { Board, PlanRows } from '../board.ts';
import { planValue } from '../board.ts';
import { placeOf, type Sources } from '../board-check.ts';
import type { Catalogue } from '../catalogue.ts';
import { queryFindings } from '../query-check.ts';
import type { AlertRule, AlertValue } from './alert-rule.ts';
import { ALERTS, type Alert, runbookOf } from './names.ts';
import { numbersOf, withNumbers } from './render-rules.ts';

export interface AlertSources {
  readonly rules: readonly AlertRule[];
  readonly catalogue: Catalogue;
  /** Everything that a threshold may name. */
  readonly values: PlanRows;
  readonly boards: readonly Board[];
  readonly sources: Sources;
}

const NAMES_FILE = 'dashboards/alerts/names.ts';

export function alertFindings({ rules, catalogue, values, boards, sources }: AlertSources): readonly string[] {
  const findings: string[] = [];
  for (const rule of rules) {
    const { alert, file, expr, labels = {} } = rule;
    const find = (problem: string, ...words: readonly string[]) =>
      findings.push(`${placeOf(file, sources(file), [`'${alert}'`, ...words])}: ${alert}: ${problem}`);
    const numbers = numbersOf(rule, values);
    for (const [name, value] of [...Object.entries(rule.values), ...(rule.lasts === undefined ? [] : [['lasts', rule.lasts] as const])])
      for (const problem of valueProblems(name, value, values)) find(problem, name);
    const text = withNumbers(expr, numbers);
    for (const { problem, word } of queryFindings(text, catalogue)) find(problem, word);
    for (const name of new Set(expr.match(/\$[a-zA-Z]+/g)))
      if (!(name.slice(1) in rule.values)) find(`${name} has no value of the plan behind it`, name);
    for (const name of Object.keys(rule.values))
      if (!new RegExp(`\\$${name}\\b`).test(expr)) find(`the value ${name} is not in the expression`, name);
    for (const habit of habitsIn(expr)) find(`compares with ${habit}, and no value of the plan stands behind it`, habit);
    for (const word of expr.match(/\[[^$\]]+\]/g) ?? []) find(`looks over ${word}: a window is a value too`, word);
    if (!rule.description.includes('{{ $value') && !expr.startsWith('absent('))
      find('the description does not say the value', 'description');
    if (!ALERTS[alert].severities.includes(rule.severity)) find(`has no severity ${rule.severity} in the list of names`, rule.severity);
    for (const label of Object.keys(labels)) if (label === 'severity') find('sets its severity twice', label);
  }
  for (const alert of Object.keys(ALERTS) as Alert[]) {
    const { meaning, panel, severities } = ALERTS[alert];
    const find = (problem: string) => findings.push(`${placeOf(NAMES_FILE, sources(NAMES_FILE), [`${alert}:`])}: ${alert}: ${problem}`);
    if (meaning.trim() === '') find('no meaning');
    if (!boards.some(({ uid, panels }) => uid === panel.board && panels.some(({ id }) => id === panel.id)))
      find(`no panel ${panel.id} on a board ${panel.board}`);
    for (const severity of severities)
      if (!rules.some((rule) => rule.alert === alert && rule.severity === severity)) find(`no rule has its severity ${severity}`);
  }
  return findings;
}

/** `runbooks`: files of the folder, `runbooks/NAME.md`; what is no alert's and is none of `others` is left over. */
export function runbookFindings(runbooks: readonly string[], others: readonly string[], sources: Sources): readonly string[] {
  const wanted = new Map((Object.keys(ALERTS) as Alert[]).map((alert) => [runbookOf(alert), alert]));
  const there = new Set(runbooks);
  return [
    ...[...wanted]
      .filter(([file]) => !there.has(file))
      .map(([file, alert]) => `${placeOf(NAMES_FILE, sources(NAMES_FILE), [`${alert}:`])}: ${alert}: no runbook ${file}`),
    ...runbooks.filter((file) => !wanted.has(file) && !others.includes(file)).map((file) => `${file}:1: no alert has this name`),
  ];
}

function valueProblems(name: string, value: AlertValue, values: PlanRows): readonly string[] {
  const { rows, dividedBy = [], times, why = '', unit } = value;
  const problems: string[] = [];
  const unknown = [...rows, ...dividedBy].filter((row) => !values.has(row));
  if (rows.length + dividedBy.length === 0) problems.push(`the value ${name} names no row: a threshold is a function of the plan`);
  if (unknown.length > 0) problems.push(`the value ${name} names ${unknown.join(', ')}, which the plan does not have`);
  else if (planValue(value, values) === undefined) problems.push(`the value ${name} is no number`);
  if (times !== undefined && why.trim() === '') problems.push(`the value ${name} is times ${times}, and does not say why`);
  if (unit.trim() === '') problems.push(`the value ${name} has no unit`);
  return problems;
}

/** Numbers that something is compared with; there and not there need no plan. */
function habitsIn(expr: string): readonly string[] {
  const compared = [...expr.matchAll(/[<>=!]=?\s*(?:bool\s+)?(-?\d[\d.e]*)/g)].map(([, number]) => number!);
  return compared.filter((number) => number !== '0' && number !== '1');
}
