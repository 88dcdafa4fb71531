/**
 * Alerts on objectives: the error budget burns so fast that a share of it is gone within a window, seen over that window and over
 * a twelfth of it, so that the alert ends soon after what caused it. Windows and shares are those of Google's SRE Workbook,
 * chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
 */
import { SERVICE_OBJECTIVES, type ServiceObjective } from '../slo.ts';
import { type AlertRule, type AlertTest, type AlertValue, scrapes } from './alert-rule.ts';
import type { Severity } from './names.ts';

export interface Burn {
  readonly severity: Severity;
  readonly longHours: number;
  readonly shortHours: number;
  /** Of the budget, gone within the long window. */
  readonly share: number;
}

export const BURNS: readonly Burn[] = [
  { severity: 'page', longHours: 1, shortHours: 1 / 12, share: 0.02 },
  { severity: 'page', longHours: 6, shortHours: 0.5, share: 0.05 },
  { severity: 'ticket', longHours: 24, shortHours: 2, share: 0.1 },
  { severity: 'ticket', longHours: 72, shortHours: 6, share: 0.1 },
];

const SCRAPES_AN_HOUR = 240;
const DAY_HOURS = 24;
const LASTS = scrapes(8);
/** Of the series in a test: events a second. */
const TEST_RATE = 100;
const STEPS_OF_SHORT = 10;

/** How many times faster than evenly the budget burns: 14.4, 6, 3 and 1 for a window of 30 days. */
export const burnRate = ({ share, longHours }: Burn, { windowDays }: ServiceObjective): number =>
  Number(((share * windowDays * DAY_HOURS) / longHours).toPrecision(6));

export const BURN_RULES: readonly AlertRule[] = SERVICE_OBJECTIVES.flatMap((objective) => BURNS.map((burn) => burnRule(objective, burn)));

function burnRule(objective: ServiceObjective, burn: Burn): AlertRule {
  const bad = (window: string) => `(1 - (${objective.good}) / (${objective.total}))`.replaceAll('$window', window);
  const rate = burnRate(burn, objective);
  const threshold: AlertValue = {
    rows: [`objective.${objective.id}.budget`],
    times: rate,
    unit: 'of the events',
    why: `${burn.share * 100} % of the budget of ${objective.windowDays} days is gone within ${burn.longHours} h`,
  };
  return {
    alert: objective.alert,
    severity: burn.severity,
    file: 'dashboards/slo.ts',
    expr: `${bad('$long')} > $burning and ${bad('$short')} > $burning`,
    values: { burning: threshold, long: scrapes(burn.longHours * SCRAPES_AN_HOUR), short: scrapes(burn.shortHours * SCRAPES_AN_HOUR) },
    lasts: LASTS,
    labels: { objective: objective.id, window: `${burn.longHours}h` },
    description: `{{ $value | humanizePercentage }} of the events of the last ${burn.longHours} h were not good (${objective.title}), ${rate} times what uses up the budget evenly.`,
    test: (value) => {
      const threshold = value('burning');
      return {
        fires: seriesOf(objective, Math.min(1, threshold * 1.01)),
        below: seriesOf(objective, threshold * 0.99),
        stepSeconds: value('short') / STEPS_OF_SHORT,
      };
    },
  };
}

/** Series in which the share `bad` of the events is not good. */
function seriesOf({ id, seconds }: ServiceObjective, bad: number): AlertTest['fires'] {
  const good = TEST_RATE * (1 - bad);
  if (seconds !== undefined) {
    const name = `parley_edge_${id}_seconds`;
    return { [`${name}_bucket{le="${seconds}"}`]: { rate: good }, [`${name}_count`]: { rate: TEST_RATE } };
  }
  if (id === 'connects')
    return { parley_edge_sessions_total: { rate: good }, 'parley_edge_refused_total{reason="admission"}': { rate: TEST_RATE - good } };
  return {
    'parley_relay_resumes_total{outcome="told"}': { rate: good },
    'parley_relay_resumes_total{outcome="failed"}': { rate: TEST_RATE - good },
  };
}
