/**
 * What can go wrong, and which alerts see it: the failure modes of the source document, and every fault that `parley prove` does.
 * One that no alert is meant to see says why.
 */
import type { Alert } from './names.ts';

export interface Seen {
  /** That see it when it lasts: what mends itself in time wakes nobody. */
  readonly alerts: readonly Alert[];
  /** Why none, where there is none. */
  readonly why?: string;
}

const seen = (...alerts: readonly Alert[]): Seen => ({ alerts });
const none = (why: string): Seen => ({ alerts: [], why });

export const FAILURE_MODES = {
  'gateway flap': seen('ProcessKeepsDying', 'StormOutlastsPlan', 'ConnectsFail'),
  'battery drain': seen('HeartbeatsTooMany'),
  'hot conversation': seen('HotPartition', 'DeliveredTooSlow', 'CassandraPartitionGrows'),
  'lost ack': seen('RepeatedSends', 'AcceptedTooSlow'),
} as const satisfies Readonly<Record<string, Seen>>;

/** A pause or a crawl: it is there and answers too late. */
const SLOW_PATH = seen('AcceptedTooSlow', 'DeliveredTooSlow');
const GENERATOR = none('the load engine is no part of the system: nobody is woken for it');

/** By the name of the fault in `loadgen/prove/faults.ts`. */
export const PROVED_FAULTS: Readonly<Record<string, Seen>> = {
  'kill-edge': seen('ProcessKeepsDying', 'ConnectsFail'),
  'kill-relay': seen('ProcessKeepsDying', 'RelayAway', 'AdmissionsRefused'),
  'kill-embedded': seen('ProcessKeepsDying', 'AcceptedTooSlow'),
  'kill-dispatch': seen('ProcessKeepsDying', 'PartitionsUnowned', 'DeliveredTooSlow'),
  'kill-kafka': seen('TargetsMissing', 'BusBacklog', 'AcceptedTooSlow'),
  'kill-cassandra': seen('TargetsMissing', 'StoreRequestsWait', 'ResumesFail'),
  'kill-redis': seen('TargetsMissing', 'LeasesLost', 'ConnectsFail'),
  'pause-edge': seen('ProcessSilent', 'DeliveredTooSlow'),
  'pause-relay': seen('ProcessSilent', 'AcceptedTooSlow', 'LeasesLost'),
  'pause-embedded': seen('ProcessSilent', 'AcceptedTooSlow'),
  'pause-dispatch': seen('ProcessSilent', 'PartitionsUnowned', 'DeliveredTooSlow'),
  'pause-kafka': seen('BusBacklog', 'AcceptedTooSlow'),
  'pause-cassandra': seen('StoreRequestsWait', 'DeliveredTooSlow', 'ResumesFail'),
  'pause-redis': seen('LeasesLost', 'ConnectsFail'),
  'two-relays': none('the second is fenced by its identity and its clients lose nothing; one that stays away is RelayAway'),
  'crawl-relay': SLOW_PATH,
  'crawl-embedded': SLOW_PATH,
  'crawl-dispatch': seen('DeliveredTooSlow', 'HotPartition'),
  'crawl-kafka': seen('BusBacklog', 'AcceptedTooSlow'),
  'crawl-cassandra': seen('StoreRequestsWait', 'DeliveredTooSlow'),
  'kill-box': seen('TargetsMissing', 'StormOutlastsPlan', 'ConnectsFail'),
  'rolling-restart': none('planned work: one that goes wrong is seen as DrainOverrun, ProcessKeepsDying or ConnectsFail'),
  'kill-generator': GENERATOR,
  'kill-generators': GENERATOR,
  'slow-disk': seen('StoreRequestsWait', 'AcceptedTooSlow'),
  'slow-network': SLOW_PATH,
};

/** What is not right about the tables; `faults` are the names that prove has. Each finding names its file and line. */
export function faultFindings(
  faults: readonly string[],
  placeOfWord: (word: string) => string,
  table: Readonly<Record<string, Seen>> = PROVED_FAULTS,
): readonly string[] {
  const rows = { ...FAILURE_MODES, ...table };
  return [
    ...faults.filter((fault) => !(fault in table)).map((fault) => `${placeOfWord('PROVED_FAULTS')}: no row for the fault ${fault}`),
    ...Object.keys(table)
      .filter((fault) => !faults.includes(fault))
      .map((fault) => `${placeOfWord(`'${fault}'`)}: prove has no fault ${fault}`),
    ...Object.entries(rows)
      .filter(([, { alerts, why = '' }]) => (alerts.length === 0) === (why.trim() === ''))
      .map(([fault]) => `${placeOfWord(`'${fault}'`)}: ${fault} has neither an alert nor a reason for none, or both`),
  ];
}
