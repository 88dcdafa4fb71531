/** Objectives and what is left of their budgets, from the same data that the alerts on them are made of. */
import { BURNS, burnRate } from '../alerts/burn-rates.ts';
import type { Board, Panel } from '../board.ts';
import { budgetOf, SERVICE_OBJECTIVES, type ServiceObjective } from '../slo.ts';

/** Of the two panels of an objective, the first. */
const FIRST_ID = { accepted: 1, delivered: 3, connects: 5, resumes: 7 } as const satisfies Record<ServiceObjective['id'], number>;
/** What the pages look over, and five minutes to see it end. */
const WINDOWS = ['5m', '1h', '6h'] as const;
/** Of the budget's days, what a cell's Prometheus keeps (coefficients.observabilityRetentionDays). */
const KEPT = '15d';

export const SLO: Board = {
  uid: 'parley-slo',
  title: 'Parley: objectives and error budgets',
  description: 'What users were promised, how much of it is missed now, and what is left of what may be missed.',
  file: 'dashboards/boards/slo.ts',
  panels: SERVICE_OBJECTIVES.flatMap((objective) => panelsOf(objective)),
};

function panelsOf(objective: ServiceObjective): readonly Panel[] {
  const { id, title, seconds, alert } = objective;
  const budget = budgetOf(objective);
  const within = seconds === undefined ? '' : ` Good is within ${seconds} s.`;
  return [
    {
      id: FIRST_ID[id],
      title: `${title}: share that misses`,
      description: `${percent(budget)} may miss in all.${within} ${alert} fires at ${BURNS.map((burn) => `${burnRate(burn, objective)} times that over ${burn.longHours} h`).join(', ')}.`,
      unit: 'percentunit',
      queries: WINDOWS.map((window) => ({ expr: missing(objective, window), legend: window })),
    },
    {
      id: FIRST_ID[id] + 1,
      title: `${title}: budget left`,
      description: `Of ${percent(budget)} over the ${KEPT.slice(0, -1)} days that are kept. At 0 all of it is used: what is risky waits.`,
      unit: 'percentunit',
      queries: [{ expr: `1 - (${missing(objective, KEPT)}) / ${budget}`, legend: 'left' }],
    },
  ];
}

function missing({ good, total }: ServiceObjective, window: string): string {
  const over = (expr: string) => expr.replaceAll('$window', window);
  return `1 - (${over(good)}) / (${over(total)})`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}
