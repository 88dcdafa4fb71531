/** Bytes that pass over a cell's bus and stay on it, and the brokers that they ask for: all that has nothing to do with processors. */
import { amount, bytes } from './amount.ts';
import { busLoad } from './bus-load.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { Demand } from './demand.ts';
import { lostZoneFactor } from './headroom.ts';
import { largestNeed, machinesInZones, type Need } from './needs.ts';
import { DAY_SECONDS } from './unit.ts';
import type { WorkloadNumbers } from './workload.ts';

/** Brokers that everything but their processors asks for. */
export function fewestBrokers(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): number {
  const zones = Math.max(cell.zones, c.kafkaReplicas);
  return machinesInZones(largestNeed(brokerNeeds(workload, c, demand, cell)).machines, zones);
}

export function brokerNeeds(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): readonly Need[] {
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

/** In: from clients and as a follower. Out: to followers and to the one that consumes. Both are once for each replica. */
export function networkOf(c: CoefficientNumbers, flow: BusFlow, cell: Cell): number {
  return flow.bytesPerSecond * c.kafkaReplicas * lostZoneFactor(cell.zones);
}

/** What consumers that are a little behind read from memory. */
export function cachedBytes(c: CoefficientNumbers, flow: BusFlow, cell: Cell): number {
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
