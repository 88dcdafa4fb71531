/**
 * Tests of rules for `promtool test rules`, made from what each rule says of its series: for a while just below its threshold,
 * then just beyond it, then below it again. It must be silent, fire with its labels, and be silent again. The rules of a test
 * carry no annotations, since promtool compares their text with its numbers in it.
 */
import type { PlanRows } from '../board.ts';
import type { AlertRule, Sample, Samples } from './alert-rule.ts';
import { duration, numberOf, numbersOf, plain, renderRule } from './render-rules.ts';

export interface RuleTest {
  readonly rules: string;
  /** Reads `rules` from the file of this name beside it. */
  readonly test: (rulesFile: string) => string;
}

/** Looked at in a test no more often than this; what is looked over counts with so many steps at least. */
const STEP_LEAST_SECONDS = 15;
const STEPS_OF_A_WINDOW = 10;
/** A series counts as there for this long after its last sample. */
const LOOKBACK_SECONDS = 300;

export function ruleTest(rule: AlertRule, values: PlanRows): RuleTest {
  const { annotations: _, ...rendered } = renderRule(rule, values);
  const over = [...rule.expr.matchAll(/\[\$([a-zA-Z]+)\]/g)].map(([, name]) => numberOf(rule.values[name!]!, values));
  const lasts = rule.lasts === undefined ? 0 : numberOf(rule.lasts, values);
  const numbers = numbersOf(rule, values);
  const { fires, below, labels, stepSeconds } = rule.test((name) => numbers.get(name)!);
  const step =
    stepSeconds ??
    Math.max(STEP_LEAST_SECONDS, Math.floor(Math.min(LOOKBACK_SECONDS / 2, ...over.map((window) => window / STEPS_OF_A_WINDOW))));
  const steps = Math.ceil(((Math.max(0, ...over) + LOOKBACK_SECONDS) * 1.2 + lasts) / step) + 2;
  const expected = { exp_labels: { ...rendered.labels, ...labels } };
  const at = (phase: number) => duration((phase * steps - 1) * step);
  const document = (rulesFile: string) => ({
    rule_files: [rulesFile],
    evaluation_interval: duration(step),
    tests: [
      {
        interval: duration(step),
        input_series: seriesOf([below, fires, below], steps, step),
        alert_rule_test: [
          { eval_time: at(1), alertname: rule.alert, exp_alerts: [] },
          { eval_time: at(2), alertname: rule.alert, exp_alerts: [expected] },
          { eval_time: at(3), alertname: rule.alert, exp_alerts: [] },
        ],
      },
    ],
  });
  return {
    rules: JSON.stringify({ groups: [{ name: 'one', interval: duration(step), rules: [rendered] }] }),
    test: (rulesFile) => JSON.stringify(document(rulesFile)),
  };
}

/** Every phase names every series; one that it leaves out is silent in it. */
function seriesOf(phases: readonly Samples[], steps: number, step: number): ReadonlyArray<{ series: string; values: string }> {
  const names = [...new Set(phases.flatMap((phase) => Object.keys(phase)))];
  return names.map((series) => {
    let total = 0;
    const values = phases.map((phase) => {
      const sample = phase[series] ?? 'absent';
      const text = phaseText(sample, steps, step, total);
      if (typeof sample === 'object' && 'rate' in sample) total += sample.rate * step * steps;
      return text;
    });
    return { series, values: values.join(' ') };
  });
}

function phaseText(sample: Sample, steps: number, step: number, total: number): string {
  if (sample === 'absent') return `_x${steps}`;
  const line = (first: number, change: number) => `${plain(first)}${change < 0 ? '-' : '+'}${plain(Math.abs(change))}x${steps - 1}`;
  if ('rate' in sample) return line(total + sample.rate * step, sample.rate * step);
  const change = (sample.slope ?? 0) * step;
  return line('endsAt' in sample ? sample.endsAt - change * (steps - 1) : sample.at, change);
}
