/**
 * What the whole fleet has to do at its peak, and what it stores on a day, from the workload alone. Everything here is a
 * count of events: what an event costs is the components' matter. The workload's clashes are shown, not hidden: the peak of
 * sends is the workload's own figure, and its row names its factor over the daily mean.
 */
import { DAY_SECONDS } from './unit.ts';
import type { WorkloadNumbers } from './workload.ts';

export interface Demand {
  readonly connections: number;
  readonly sendsPerSecond: number;
  /** Peak sends over the mean of the day. */
  readonly peakFactor: number;
  /** Users that a message goes to, its sender not counted. */
  readonly recipientsPerMessage: number;
  /** Devices that a message goes to, connected or not: the recipients' and the sender's others. */
  readonly devicesPerMessage: number;
  /** To devices that are connected. */
  readonly deliveriesPerSecond: number;
  /** To devices that were away: they fetch them when they come back. */
  readonly fetchedPerSecond: number;
  /** Records for gateways: one per message and gateway that has a session of it, the sender's own too. */
  readonly deliveryRecordsPerSecond: number;
  readonly listWritesPerSecond: number;
  readonly receiptEventsPerSecond: number;
  readonly connectsPerSecond: number;
  readonly resumesPerSecond: number;
  readonly heartbeatsPerSecond: number;
  readonly listReadsPerSecond: number;
  readonly historyReadsPerSecond: number;
  readonly presenceReadsPerSecond: number;
  /** Users that come or go. */
  readonly presenceTransitionsPerSecond: number;
  /** What watchers are told of them. */
  readonly presenceToldPerSecond: number;
  readonly typingPerSecond: number;
  readonly pushesPerSecond: number;
  readonly messagesPerDay: number;
  /** What clients sent, before replicas, row overhead and compaction. */
  readonly storedLogicalBytesPerDay: number;
}

export function demandOf(workload: WorkloadNumbers): Demand {
  const messagesPerDay = workload.dailyUsers * workload.messagesPerUserDay;
  const sendsPerSecond = workload.peakSendsPerSecond;
  const group = workload.groupMessageShare;
  const recipientsPerMessage = 1 - group + group * Math.max(1, workload.meanGroupMembers - 1);
  const devicesPerMessage = (recipientsPerMessage + 1) * workload.devicesPerUser - 1;
  const connectedShare = 1 - workload.offlineShare;
  const deliveriesPerSecond = sendsPerSecond * devicesPerMessage * connectedShare;
  const fetchedPerSecond = sendsPerSecond * devicesPerMessage * workload.offlineShare;
  const connectsPerSecond = workload.connections / workload.sessionSeconds;
  const presenceTransitionsPerSecond = 2 * connectsPerSecond;
  return {
    connections: workload.connections,
    sendsPerSecond,
    peakFactor: (sendsPerSecond * DAY_SECONDS) / messagesPerDay,
    recipientsPerMessage,
    devicesPerMessage,
    deliveriesPerSecond,
    fetchedPerSecond,
    deliveryRecordsPerSecond: deliveriesPerSecond + sendsPerSecond,
    listWritesPerSecond: sendsPerSecond * (recipientsPerMessage + 1),
    receiptEventsPerSecond: (deliveriesPerSecond + fetchedPerSecond) * workload.receiptsPerDelivery,
    connectsPerSecond,
    resumesPerSecond: connectsPerSecond,
    heartbeatsPerSecond: workload.connections / workload.heartbeatSeconds,
    listReadsPerSecond: connectsPerSecond * workload.listReadsPerSession,
    historyReadsPerSecond: connectsPerSecond * workload.historyReadsPerSession,
    presenceReadsPerSecond: workload.presenceReadsPerSecond,
    presenceTransitionsPerSecond,
    presenceToldPerSecond: presenceTransitionsPerSecond * workload.presenceWatchesPerConnection,
    typingPerSecond: sendsPerSecond * workload.typingPerMessage,
    pushesPerSecond: sendsPerSecond * recipientsPerMessage * workload.devicesPerUser * workload.offlineShare,
    messagesPerDay,
    storedLogicalBytesPerDay: messagesPerDay * (workload.bodyBytes + workload.mediaShare * workload.mediaBytes),
  };
}
