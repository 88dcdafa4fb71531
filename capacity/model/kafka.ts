/**
 * The bus of one cell: brokers by processor, disk, network and partitions, with every replica on a broker of another zone. The
 * work of brokers hangs on how full requests are, so brokers and processes of dispatch are found together (`bus-load.ts`).
 */
import { amount, bytes } from './amount.ts';
import { brokerWork, busLoad, busShape } from './bus-load.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentPlan, Infeasible } from './component.ts';
import type { Demand } from './demand.ts';
import { lostZoneFactor } from './headroom.ts';
import { coresOfEach, largestNeed, machinesInZones, type Need } from './needs.ts';
import { planRow } from './plan-row.ts';
import { DAY_SECONDS } from './unit.ts';
import type { WorkloadNumbers } from './workload.ts';

export function kafkaPlan(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): ComponentPlan | Infeasible {
  const needs = brokerNeeds(workload, c, demand, cell);
  const shape = busShape(c, demand, cell, fewestBrokers(workload, c, demand, cell));
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

/** Brokers that everything but their processors asks for. */
export function fewestBrokers(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): number {
  const zones = Math.max(cell.zones, c.kafkaReplicas);
  return machinesInZones(largestNeed(brokerNeeds(workload, c, demand, cell)).machines, zones);
}

function brokerNeeds(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): readonly Need[] {
  const flow = flowOf(workload, c, demand, cell);
  const network = networkOf(c, flow, cell);
  const cached = cachedBytes(c, flow, cell);
  // The most that there may be: how many there are is known only with the processes, which hang on the brokers.
  const replicas = (c.dispatchPartitionsMost * (1 + c.kafkaReceiptPartitionsPerProcess) + cell.gateways) * c.kafkaReplicas;
  return [
    {
      of: 'disk',
      machines: flow.storedBytes / (c.kafkaBrokerDiskBytes * c.kafkaDiskUse),
      why: () => `${bytes(flow.storedBytes)} ÷ (${amount(c.kafkaDiskUse)} × ${bytes(c.kafkaBrokerDiskBytes)})`,
    },
    {
      of: 'network',
      machines: (network * c.headroomBurst) / (c.kafkaBrokerNetworkBytes * c.kafkaNetworkUse),
      why: () =>
        `${bytes(network)}/s with followers and a zone lost × ${amount(c.headroomBurst)} ÷ (${amount(c.kafkaNetworkUse)} × ${bytes(c.kafkaBrokerNetworkBytes)}/s)`,
    },
    {
      of: 'memory',
      machines: cached / (c.kafkaBrokerMemoryBytes - c.kafkaProcessBytes),
      why: () =>
        `${bytes(cached)} of the last ${amount(c.kafkaCacheSeconds)} s ÷ (${bytes(c.kafkaBrokerMemoryBytes)} - ${bytes(c.kafkaProcessBytes)})`,
    },
    {
      of: 'partitions',
      machines: replicas / c.kafkaPartitionsPerBrokerMost,
      why: () => `${amount(replicas)} replicas ÷ ${amount(c.kafkaPartitionsPerBrokerMost)} a broker`,
    },
  ];
}

/** Processors that a broker has however little there is to do: one process, its collector and its threads of network. */
const LEAST_CORES = 2;

/** In: from clients and as a follower. Out: to followers and to the one that consumes. Both are once for each replica. */
function networkOf(c: CoefficientNumbers, flow: BusFlow, cell: Cell): number {
  return flow.bytesPerSecond * c.kafkaReplicas * lostZoneFactor(cell.zones);
}

/** What consumers that are a little behind read from memory. */
function cachedBytes(c: CoefficientNumbers, flow: BusFlow, cell: Cell): number {
  return networkOf(c, flow, cell) * c.kafkaCacheSeconds;
}

export type BusFlow = ReturnType<typeof flowOf>;

export function flowOf(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell) {
  const load = busLoad(c, demand, cell);
  const body = workload.bodyBytes * c.kafkaBodyCompression;
  const messages = load.sends * (body + c.kafkaMessageOverheadBytes);
  const receipts = load.receipts * c.kafkaReceiptBytes;
  const deliveries =
    (load.deliveries + load.abroad) * (body + c.kafkaDeliveryOverheadBytes + c.kafkaDeliverySessionBytes) +
    load.told * c.kafkaToldReceiptBytes;
  const secondsOfDay = DAY_SECONDS / Math.max(demand.peakFactor, 1e-9);
  const kept =
    (messages * c.kafkaMessagesRetentionDays + receipts * c.kafkaReceiptsRetentionDays + deliveries * c.kafkaDeliveriesRetentionDays) *
    secondsOfDay;
  return { messages, receipts, deliveries, bytesPerSecond: messages + receipts + deliveries, storedBytes: kept * c.kafkaReplicas };
}
