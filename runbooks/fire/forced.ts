/** Alerts whose cause this machine can't have: their series are forced, those of the rule's own test. */
import { ALERTS, type Alert } from '../../dashboards/alerts/names.ts';
import { numbersOf } from '../../dashboards/alerts/render-rules.ts';
import { ALERT_RULES } from '../../dashboards/alerts/rules.ts';
import { localValues } from './local-plan.ts';
import type { Scenario } from './scenario.ts';
import { COMPRESSED } from './stand.ts';

/** Why not for real, by alert. */
export const FORCED: Readonly<Partial<Record<Alert, string>>> = {
  MemoryRunsOut: 'this machine’s memory is used by others too',
  CassandraPartitionGrows: 'Cassandra’s exporter is not part of the run',
  BusClientStuck: 'no fault is known that stalls a client of the bus twice',
  IdsForgottenEarly: 'three million ids in ten minutes are 5,000 sends/s all the while',
  HotPartition: 'the rate of a process at its limit would fill this machine',
  StoreRequestsWait: 'more than 256 requests at once would need more sends than this machine bears',
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
    fault: `the series of its test, since ${FORCED[alert]}`,
    alerts: { [alert]: labels },
    companions: Object.keys(ALERTS) as Alert[],
    inject: async ({ forced }) => {
      forced.serve(alert, fires, LASTS_SECONDS);
      return {};
    },
    mitigation: { words: 'none: the series went away', act: async ({ forced }) => forced.clear(alert) },
  };
}
