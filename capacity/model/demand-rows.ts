/**
 * The demand as rows of the plan, clashes of the workload with itself not hidden.
 */
import { amount, bytes } from './amount.ts';
import type { PlanRow } from './component.ts';
import type { Demand } from './demand.ts';
import { planRow } from './plan-row.ts';
import { DAY_SECONDS } from './unit.ts';
import type { WorkloadNumbers } from './workload.ts';

export function demandRows(workload: WorkloadNumbers, demand: Demand): PlanRow[] {
  const mean = demand.messagesPerDay / DAY_SECONDS;
  return [
    planRow('demand.connections', 'connections at the peak', demand.connections, 'connections', () => 'of the workload'),
    planRow(
      'demand.messagesPerDay',
      'messages of a day',
      demand.messagesPerDay,
      'messages/day',
      () => `${amount(workload.dailyUsers)} users × ${amount(workload.messagesPerUserDay)}`,
    ),
    planRow(
      'demand.meanSendsPerSecond',
      'sends, mean of the day',
      mean,
      'messages/s',
      () => `${amount(demand.messagesPerDay)} ÷ ${amount(DAY_SECONDS)} s`,
    ),
    planRow(
      'demand.sendsPerSecond',
      'sends at the peak',
      demand.sendsPerSecond,
      'messages/s',
      () =>
        `of the workload, taken as it is: ${amount(demand.peakFactor)} times the daily mean of ${amount(mean)}/s${demand.peakFactor < 1 ? ', which no peak can be: one of the two is wrong' : ''}`,
    ),
    planRow(
      'demand.peakFactor',
      'peak over the daily mean',
      demand.peakFactor,
      '1',
      () => `${amount(demand.sendsPerSecond)} ÷ ${amount(mean)}`,
    ),
    planRow(
      'demand.deliveriesPerMessage',
      'devices that a message goes to',
      demand.devicesPerMessage,
      'deliveries/message',
      () =>
        `(${amount(demand.recipientsPerMessage)} recipients + the sender) × ${amount(workload.devicesPerUser)} devices, less the one that sent`,
    ),
    planRow(
      'demand.deliveriesPerSecond',
      'deliveries to connected devices',
      demand.deliveriesPerSecond,
      'deliveries/s',
      () => `${amount(demand.sendsPerSecond)} × ${amount(demand.devicesPerMessage)} × ${amount(1 - workload.offlineShare)} connected`,
    ),
    planRow(
      'demand.fetchedPerSecond',
      'messages fetched by devices that were away',
      demand.fetchedPerSecond,
      'deliveries/s',
      () => `${amount(demand.sendsPerSecond)} × ${amount(demand.devicesPerMessage)} × ${amount(workload.offlineShare)} away`,
    ),
    planRow(
      'demand.deliveryRecordsPerSecond',
      'records for gateways',
      demand.deliveryRecordsPerSecond,
      'records/s',
      () => 'a record for each connected device and one for the sender: among so many gateways each is on another',
    ),
    planRow(
      'demand.listWritesPerSecond',
      'rows of lists written',
      demand.listWritesPerSecond,
      'writes/s',
      () => `${amount(demand.sendsPerSecond)} × (${amount(demand.recipientsPerMessage)} recipients + the sender)`,
    ),
    planRow(
      'demand.receiptEventsPerSecond',
      'receipts from devices',
      demand.receiptEventsPerSecond,
      'receipts/s',
      () => `${amount(demand.deliveriesPerSecond + demand.fetchedPerSecond)} deliveries × ${amount(workload.receiptsPerDelivery)}`,
    ),
    planRow(
      'demand.connectsPerSecond',
      'connections opened',
      demand.connectsPerSecond,
      'connections/s',
      () => `${amount(demand.connections)} ÷ ${amount(workload.sessionSeconds)} s each lives`,
    ),
    planRow(
      'demand.heartbeatsPerSecond',
      'heartbeats',
      demand.heartbeatsPerSecond,
      'operations/s',
      () => `${amount(demand.connections)} ÷ ${amount(workload.heartbeatSeconds)} s`,
    ),
    planRow('demand.presenceReadsPerSecond', 'reads of presence', demand.presenceReadsPerSecond, 'reads/s', () => 'of the workload'),
    planRow(
      'demand.presenceToldPerSecond',
      'watchers told of who comes or goes',
      demand.presenceToldPerSecond,
      'operations/s',
      () => `${amount(demand.presenceTransitionsPerSecond)} come or go × ${amount(workload.presenceWatchesPerConnection)} watchers`,
    ),
    planRow(
      'demand.pushesPerSecond',
      'notices to devices that are away',
      demand.pushesPerSecond,
      'operations/s',
      () =>
        `${amount(demand.sendsPerSecond)} × ${amount(demand.recipientsPerMessage * workload.devicesPerUser)} recipient devices × ${amount(workload.offlineShare)} away`,
    ),
    planRow(
      'demand.storedLogicalBytesPerDay',
      'bodies stored on a day, as clients sent them, once',
      demand.storedLogicalBytesPerDay,
      'B/day',
      () => `${amount(demand.messagesPerDay)} × ${bytes(demand.storedLogicalBytesPerDay / demand.messagesPerDay)}`,
    ),
  ];
}
