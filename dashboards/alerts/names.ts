/**
 * The list of alerts: what each is called, whom it wakes, what it means in a line, and the panel on which it is seen. The
 * runbook of an alert is `runbooks/NAME.md`. Expressions and thresholds stand in the files beside this one.
 *
 * `page`: somebody must act now, at night too. `ticket`: on the next working day. An alert on an objective has both, by how
 * fast the error budget burns.
 */

export type Severity = 'page' | 'ticket';

export interface AlertName {
  readonly severities: readonly Severity[];
  readonly meaning: string;
  readonly panel: { readonly board: string; readonly id: number };
}

const row = (severities: readonly Severity[], meaning: string, board: string, id: number): AlertName => ({
  severities,
  meaning,
  panel: { board: `parley-${board}`, id },
});
const both = (meaning: string, board: string, id: number) => row(['page', 'ticket'], meaning, board, id);
const page = (meaning: string, board: string, id: number) => row(['page'], meaning, board, id);
const ticket = (meaning: string, board: string, id: number) => row(['ticket'], meaning, board, id);

export const ALERTS = {
  // Objectives: users notice.
  AcceptedTooSlow: both('sends are not accepted within the objective’s time, or are answered busy', 'slo', 1),
  DeliveredTooSlow: both('entries reach the sockets of connected devices later than the objective says', 'slo', 3),
  ConnectsFail: both('devices that try to connect are refused by the system', 'slo', 5),
  ResumesFail: both('devices that come back are not told what they missed', 'slo', 7),
  // The gateway.
  GatewayNearlyFull: page('a gateway will hold as many connections as it may, at the present slope', 'fleet', 2),
  HostLimitNear: page('a limit of a gateway’s host binds before the connections that it is to hold', 'fleet', 2),
  MemoryRunsOut: page('a node’s memory will be used up, at the present slope', 'gateway', 1),
  ProcessKeepsDying: page('a process of a box dies again and again: its clients flap', 'gateway', 7),
  ProcessSilent: ticket('a process of a box is there and does not answer its supervisor', 'gateway', 6),
  RelayAway: page('edges of a gateway have no link to their relay: sends wait in their tails, which are bounded', 'gateway', 5),
  AdmissionsRefused: page('gateways refuse connections for want of room or of a relay', 'fleet', 4),
  StormOutlastsPlan: page('clients are still paced longer after a loss than the plan gives a storm', 'fleet', 3),
  SlowReadersCut: ticket('more connections are cut for not reading than the plan counts on', 'fleet', 5),
  HeartbeatsTooMany: ticket('clients beat more often than planned, which drains batteries and processors', 'fleet', 6),
  DrainOverrun: ticket('a drain will not have let go of its connections when its time is over: the rest is cut', 'gateway', 1),
  CertificateExpires: page('the certificate that a gateway serves ends soon and was not renewed', 'gateway', 6),
  LeasesLost: page('leases of gateways lapse: their routes do not count, and their devices are told to resume', 'presence', 5),
  // The path of a message.
  BusLagNearsRetention: page('dispatch is so far behind that records will be dropped by the bus before they are read', 'message-path', 3),
  DispatchStalled: page('an owner holds a partition with records and makes no progress', 'message-path', 2),
  PartitionsUnowned: page('partitions of messages have no owner: their conversations stand still', 'message-path', 10),
  BusClientStuck: page('a client of the bus stalled again after it had joined anew', 'stores', 3),
  BusBacklog: page('records wait at a relay for the bus and will reach the bound, where sends are refused', 'stores', 2),
  DeadLetters: ticket('records could not be read and were set aside', 'message-path', 7),
  MessagesGone: page('records that were due were no longer in the log: messages are lost', 'message-path', 8),
  StoreForgot: page('the store had forgotten what it acknowledged; it was stored again from the log', 'message-path', 15),
  IdsForgottenEarly: ticket('message ids are forgotten before their time: a late repetition would count twice', 'message-path', 6),
  HotPartition: ticket(
    'a partition of messages nears what one process decides: a hot conversation, or too few partitions',
    'message-path',
    1,
  ),
  RepeatedSends: ticket('many sends are repetitions: acknowledgements are lost or late', 'message-path', 6),
  DeliveriesUnroutable: page('deliveries are for a gateway that has no partition: nobody gets them', 'message-path', 4),
  PushFallsBehind: ticket('notices for phones wait or are given up', 'presence', 7),
  // What it stands on.
  StoreRequestsWait: page('requests to Cassandra wait and will be refused', 'stores', 6),
  CassandraPartitionGrows: ticket('a partition in Cassandra is larger than the largest that the plan has', 'stores', 21),
  RedisMemoryFull: page('Redis will evict or refuse: routes and presence are lost', 'stores', 8),
  DiskRunsFull: page('a disk will be full, at the present slope, before anybody can add one', 'stores', 10),
  ClockOff: page('a node’s clock is off: leases, tokens and latencies are judged by wrong time', 'stores', 11),
  // Silence is never zero.
  TargetsMissing: page('fewer targets answer than the plan has: what they would say is missing from every sum', 'fleet', 9),
  MetricsAbsent: page('a metric that alerts hang on is not there at all', 'fleet', 9),
  RulesFail: ticket('Prometheus fails to evaluate rules or drops targets that have too many samples', 'fleet', 9),
} as const satisfies Readonly<Record<string, AlertName>>;

export type Alert = keyof typeof ALERTS;

export const runbookOf = (alert: Alert): string => `runbooks/${alert}.md`;
