/**
 * Silence: what is not told is never taken for zero. Targets are counted against what should be there, and each metric that a
 * rule hangs on has an alert of its own for when nobody tells it.
 */
import { CATALOGUE } from '../catalogue.ts';
import { type AlertRule, type AlertValue, FIVE_MINUTES, HALF_HOUR } from './alert-rule.ts';

const file = 'dashboards/alerts/rules-absence.ts';

/** As many as may be out in an upgrade are no alert. */
const planned = (...rows: readonly string[]): AlertValue => ({
  rows,
  times: 0.95,
  unit: 'targets',
  why: 'one in twenty may be out in an upgrade (coefficients.upgradeShare)',
});

/** By job of the scrape configuration, as many as the plan has. Gateways follow their autoscaler, so what is wanted counts there. */
export const EXPECTED_TARGETS: Readonly<Record<string, AlertValue>> = {
  kafka: planned('kafka.brokersPerCell'),
  cassandra: planned('cassandra.nodesPerCell'),
  redis: planned('redis.nodesPerCell'),
};

export const TARGET_RULES: readonly AlertRule[] = [
  {
    alert: 'TargetsMissing',
    severity: 'page',
    file,
    expr: `(sum by (app) (up{job="gateway"}) or sum by (app) (label_replace(kube_statefulset_replicas{statefulset=~"edges|relay"} * 0, "app", "$1", "statefulset", "(.+)")))
      < sum by (app) (label_replace(kube_statefulset_replicas{statefulset=~"edges|relay"}, "app", "$1", "statefulset", "(.+)")) * (1 - $out)`,
    values: { out: { rows: ['coefficients.upgradeShare'], unit: 'of the targets' } },
    lasts: FIVE_MINUTES,
    labels: { targets: 'gateway' },
    description: 'only {{ $value }} {{ $labels.app }} answer their scrape.',
    test: () => {
      const series = (up: number) => ({
        'up{job="gateway", app="edges", pod="edges-0"}': { at: 1 },
        'up{job="gateway", app="edges", pod="edges-1"}': { at: up },
        'kube_statefulset_replicas{statefulset="edges"}': { at: 2 },
      });
      return { fires: series(0), below: series(1), labels: { app: 'edges' } };
    },
  },
  ...Object.entries(EXPECTED_TARGETS).map(([job, expected]): AlertRule => {
    return {
      alert: 'TargetsMissing',
      severity: 'page',
      file,
      expr: `(sum(up{job="${job}"}) or vector(0)) < $expected`,
      values: { expected },
      lasts: FIVE_MINUTES,
      labels: { targets: job },
      description: `only {{ $value }} targets of ${job} answer their scrape.`,
      test: (value) => ({
        fires: { [`up{job="${job}"}`]: 'absent' },
        below: { [`up{job="${job}"}`]: { at: Math.ceil(value('expected')) } },
      }),
    };
  }),
  {
    alert: 'RulesFail',
    severity: 'ticket',
    file,
    expr: `sum by (instance) (increase(prometheus_rule_evaluation_failures_total[$past])) > 0
      or sum by (instance) (increase(prometheus_target_scrapes_exceeded_sample_limit_total[$past])) > 0`,
    values: { past: HALF_HOUR },
    description: '{{ $value | humanize }} evaluations failed, or targets were dropped for too many samples, on {{ $labels.instance }}.',
    test: (value) => {
      const series = (count: number) => ({
        'prometheus_rule_evaluation_failures_total{instance="p", rule_group="g"}': { rate: 0 },
        'prometheus_target_scrapes_exceeded_sample_limit_total{instance="p"}': { rate: count / value('past') },
      });
      return { fires: series(1.5), below: series(0), labels: { instance: 'p' } };
    },
  },
];

/** For each metric that the rules read and that is there from the first scrape on: an own alert for its absence. */
export function absenceRules(rules: readonly AlertRule[]): readonly AlertRule[] {
  const read = new Set(rules.flatMap(({ expr }) => expr.match(/\b[a-z_]+[a-zA-Z_]*\b/g) ?? []));
  return [...CATALOGUE].flatMap(([name, metric]) => (read.has(name) && isAlwaysThere(name, metric.labels) ? [absenceOf(name)] : []));
}

/** A counter with labels begins with its first event; certificate and drain are there only where there is one. */
const ONLY_SOMETIMES = new Set(['parley_box_certificate_ends_seconds', 'parley_box_drain_left_seconds', 'up']);

function isAlwaysThere(name: string, labels: readonly string[]): boolean {
  if (ONLY_SOMETIMES.has(name) || name.endsWith('_bucket')) return false;
  return !name.startsWith('parley_') || labels.length === 0 || /^parley_(process|box)_/.test(name);
}

function absenceOf(metric: string): AlertRule {
  return {
    alert: 'MetricsAbsent',
    severity: 'page',
    file,
    expr: `absent(${metric})`,
    values: {},
    lasts: FIVE_MINUTES,
    labels: { metric },
    description: `nobody tells ${metric}: what hangs on it can’t fire.`,
    test: () => ({ fires: { [metric]: 'absent' }, below: { [metric]: { at: 1 } } }),
  };
}
