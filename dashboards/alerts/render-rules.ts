/**
 * Rules as Prometheus reads them, with the plan's numbers in the place of their names. The same rules and numbers give the same
 * text, byte by byte. With `timesFaster` every window, lead and `for` is divided by it and nothing else changes: for watching
 * alerts fire in minutes. Such rules are for trials and say so in their group's name; thresholds are as they are.
 */
import { type PlanRows, planValue } from '../board.ts';
import type { AlertRule, AlertValue } from './alert-rule.ts';
import { ALERTS, runbookOf } from './names.ts';

/** A rule of a Prometheus rule file. */
export interface PrometheusAlert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly PrometheusAlert[];
}

/** Files of rules by their name; the name of a group is that of its file. */
export function ruleGroups(rules: readonly AlertRule[], values: PlanRows, timesFaster = 1): readonly RuleGroup[] {
  const files = [...new Set(rules.map(({ file }) => file))];
  const suffix = timesFaster === 1 ? '' : `-${timesFaster}-times-faster`;
  return files.map((file) => ({
    name: `parley-${file.replace(/^.*\/(rules-)?|\.ts$/g, '')}${suffix}`,
    rules: rules.filter((rule) => rule.file === file).map((rule) => renderRule(rule, values, timesFaster)),
  }));
}

/** One `groups:` document; YAML, since JSON is YAML. */
export function ruleFile(groups: readonly RuleGroup[]): string {
  return `${JSON.stringify({ groups }, undefined, 2)}\n`;
}

export function renderRule(rule: AlertRule, values: PlanRows, timesFaster = 1): PrometheusAlert {
  const { alert, severity, lasts, labels, description } = rule;
  const { meaning, panel } = ALERTS[alert];
  const numbers = numbersOf(rule, values, timesFaster);
  return {
    alert,
    expr: withNumbers(rule.expr, numbers),
    ...(lasts === undefined ? {} : { for: duration(numberOf(lasts, values, timesFaster)) }),
    labels: { severity, ...labels },
    annotations: {
      summary: meaning,
      description: [description, ...thresholdsOf(rule, values)].join(' '),
      runbook_url: runbookOf(alert),
      panel: `/d/${panel.board}?viewPanel=${panel.id}`,
    },
  };
}

/** The number of each `$name` of a rule; not a number where no value stands behind it. */
export function numbersOf(rule: AlertRule, values: PlanRows, timesFaster = 1): ReadonlyMap<string, number> {
  return new Map(Object.entries(rule.values).map(([name, value]) => [name, numberOf(value, values, timesFaster)]));
}

export function numberOf(value: AlertValue, values: PlanRows, timesFaster = 1): number {
  const number = planValue(value, values) ?? Number.NaN;
  return Number((value.isWindow === true ? number / timesFaster : number).toPrecision(6));
}

/** `[$name]` is a duration, `$name` elsewhere a number; lines are joined. */
export function withNumbers(expr: string, numbers: ReadonlyMap<string, number>): string {
  return expr
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\[\$([a-zA-Z]+)\]/g, (text, name) => (numbers.has(name) ? `[${duration(numbers.get(name)!)}]` : text))
    .replace(/\$([a-zA-Z]+)/g, (text, name) => (numbers.has(name) ? plain(numbers.get(name)!) : text));
}

/** As Prometheus writes one: whole seconds, or whole milliseconds. */
export function duration(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.max(1, Math.round(seconds * 1_000))}ms`;
}

/** Without an exponent, which not every reader of rules takes. */
export function plain(number: number): string {
  const text = String(number);
  return text.includes('e') ? number.toFixed(20).replace(/0+$/, '') : text;
}

/** What a threshold is and where it comes from, for people. */
function thresholdsOf(rule: AlertRule, values: PlanRows): readonly string[] {
  return Object.values(rule.values)
    .filter(({ isWindow }) => isWindow !== true)
    .map((value) => {
      const { rows, dividedBy = [], times = 1, unit } = value;
      const from = [...(times === 1 ? [] : [plain(Number(times.toPrecision(6)))]), ...rows].join(' × ') || '1';
      const source = [from, ...dividedBy].join(' ÷ ');
      return `Threshold: ${plain(numberOf(value, values))} ${unit} (${source}).`;
    });
}
