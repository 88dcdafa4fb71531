/** Alerts whose cause this machine can't have: their series are forced, those of the rule's own test. */
import { ALERTS, type Alert } from '../../dashboards/alerts/names.ts';
import { numbersOf } from '../../dashboards/alerts/render-rules.ts';
import { ALERT_RULES } from '../../dashboards/alerts/rules.ts';
import { localValues } from './local-plan.ts';
import type { Scenario } from './scenario.ts';
import { COMPRESSED } from './stand.ts';

/** Why not for real, by alert. */
export const FORCED: Readonly<Partial<Record<Alert, string>>> = {
  MemoryRunsOut: 'memory that runs out: others use this machine',
  CassandraPartitionGrows: 'a partition of more than 100 MB',
  BusClientStuck: 'a client of the bus that stalls twice',
  IdsForgottenEarly: 'a partition with three million ids',
  HotPartition: 'a partition at its process’s limit',
  StoreRequestsWait: 'requests that wait for Cassandra',
};
/** How long series that end somewhere take for it. */
const LASTS_SECONDS = 60;

export function forcedScenario(alert: Alert): Scenario {
  const rule = ALERT_RULES.find((one) => one.alert === alert)!;
  const numbers = numbersOf(rule, localValues(), COMPRESSED);
  const { fires, labels = {} } = rule.test((name) => numbers.get(name) ?? Number.NaN);
  return {
    name: `forced-${alert}`,
    how: 'forced',
    fault: `series of ${FORCED[alert]}`,
    alerts: { [alert]: labels },
    companions: Object.keys(ALERTS) as Alert[],
    inject: async ({ forced }) => {
      forced.serve(alert, fires, LASTS_SECONDS);
      return {};
    },
    mitigation: { words: 'none: the series went away', act: async ({ forced }) => forced.clear(alert) },
  };
}
