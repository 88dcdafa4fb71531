/**
 * The bus of one cell: brokers by processor, disk, network and partitions, with every replica on a broker of another zone. The
 * work of brokers hangs on how full requests are, so brokers and processes of dispatch are found together (`bus-load.ts`).
 */
import { amount, bytes } from './amount.ts';
import { brokerNeeds, cachedBytes, flowOf, networkOf } from './bus-flow.ts';
import { brokerWork } from './bus-load.ts';
import { cellShape } from './cell-shape.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentPlan, Infeasible } from './component.ts';
import type { Demand } from './demand.ts';
import { coresOfEach, largestNeed } from './needs.ts';
import { planRow } from './plan-row.ts';
import type { WorkloadNumbers } from './workload.ts';

export function kafkaPlan(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): ComponentPlan | Infeasible {
  const needs = brokerNeeds(workload, c, demand, cell);
  const shape = cellShape(workload, c, demand, cell);
  if (!shape.stands) {
    return {
      component: 'kafka',
      infeasible: `brokers never suffice for ${amount(shape.load.records)} records/s in a cell: each more makes requests so much smaller`,
      change: `cells of fewer gateways (gatewaysPerCellMost below ${cell.gateways}), or a longer relayLingerMs and dispatchLingerMs`,
    };
  }
  const { load, brokers } = shape;
  const work = brokerWork(c, shape.brokerCores);
  const need = largestNeed([shape.brokerNeed, ...needs]);
  const flow = flowOf(workload, c, demand, cell);
  const { messagePartitions, receiptPartitions } = shape;
  const partitions = messagePartitions + receiptPartitions + cell.gateways;
  return {
    component: 'kafka',
    binding: need.of,
    machines: {
      count: brokers,
      get cores() {
        return coresOfEach(work, brokers, LEAST_CORES, cell, c);
      },
      memoryBytes: c.kafkaProcessBytes + cachedBytes(c, flow, cell) / brokers,
      diskBytes: flow.storedBytes / c.kafkaDiskUse / brokers,
      networkBytesPerSecond: (networkOf(c, flow, cell) * c.headroomBurst) / (c.kafkaNetworkUse * brokers),
    },
    rows: [
      planRow(
        'kafka.recordsPerSecond',
        'records on the bus of a cell',
        load.records,
        'records/s',
        () =>
          `${amount(load.sends)} messages + ${amount(load.receipts)} receipts + ${amount(load.deliveries)} deliveries + ${amount(load.told)} receipts told + ${amount(load.abroad)} for other cells`,
      ),
      planRow(
        'kafka.recordsPerRequest',
        'records in a request of dispatch',
        shape.deliveryHop.recordsPerRequest,
        'records/request',
        () =>
          `1 + ${amount(load.deliveries + load.abroad)} records/s ÷ ${shape.messageProcesses} processes ÷ ${brokers} brokers × ${c.dispatchLingerMs} ms`,
      ),
      planRow(
        'kafka.relayRecordsPerRequest',
        'records in a request of a relay',
        shape.relayHop.recordsPerRequest,
        'records/request',
        () =>
          `1 + ${amount(load.sends + load.receipts)} records/s ÷ ${cell.gateways} gateways ÷ ${brokers} brokers × ${c.relayLingerMs} ms`,
      ),
      planRow(
        'kafka.busyCores',
        'processors of brokers that are busy',
        shape.brokerCores.all,
        'cores',
        () =>
          `produce ${amount(shape.brokerCores.produce)}, replicate ${amount(shape.brokerCores.replicate)}, consume ${amount(shape.brokerCores.consume)}`,
      ),
      planRow(
        'kafka.messagePartitionsPerCell',
        'partitions of messages',
        messagePartitions,
        'partitions',
        () =>
          `${shape.messageProcesses} processes × ${amount(c.dispatchPartitionsPerProcess)}, of ${c.dispatchPartitionsMost} that a device’s position names`,
      ),
      planRow(
        'kafka.receiptPartitionsPerCell',
        'partitions of receipts',
        receiptPartitions,
        'partitions',
        () => `${shape.receiptProcesses} processes × ${amount(c.kafkaReceiptPartitionsPerProcess)}`,
      ),
      planRow(
        'kafka.partitionReplicasPerCell',
        'replicas of partitions',
        partitions * c.kafkaReplicas,
        'partitions',
        () => `(${messagePartitions} of messages + ${receiptPartitions} of receipts + ${cell.gateways} of deliveries) × ${c.kafkaReplicas}`,
      ),
      planRow(
        'kafka.bytesPerSecond',
        'records taken at the peak, once',
        flow.bytesPerSecond,
        'B/s',
        () => `${bytes(flow.bytesPerSecond / load.records)} a record`,
      ),
      planRow(
        'kafka.storedBytes',
        'records kept on all disks',
        flow.storedBytes,
        'B stored',
        () =>
          `messages ${c.kafkaMessagesRetentionDays} days, receipts ${c.kafkaReceiptsRetentionDays}, deliveries ${c.kafkaDeliveriesRetentionDays}, at the mean of the day × ${c.kafkaReplicas} replicas`,
      ),
      planRow(
        'kafka.brokersPerCell',
        'brokers of a cell',
        brokers,
        'nodes',
        () =>
          `${need.of}: ${need.why()} = ${amount(need.machines)} → ${brokers} in ${cell.zones} zones; ${[shape.brokerNeed, ...needs].map((one) => `${one.of} ${amount(one.machines)}`).join(', ')}`,
      ),
    ],
  };
}

/** Processors that a broker has however little there is to do: one process, its collector and its threads of network. */
const LEAST_CORES = 2;
