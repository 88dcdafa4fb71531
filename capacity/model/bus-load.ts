/**
 * What passes over a cell's bus, and who carries it: brokers and processes of dispatch, found together, since each broker and
 * each process more makes everybody's requests smaller. Counts start at the fewest and grow until all have room; both steps only
 * ever ask for more, so the first that stands is the smallest.
 */
import { distinctPartitions, recordsPerRequest } from './batching.ts';
import { abroadRecordsPerSecond, type Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { Demand } from './demand.ts';
import { coresNeed, type Need, type ProcessorWork } from './needs.ts';
import { type StoreRuns, storeRuns } from './store-runs.ts';

export interface BusLoad {
  readonly sends: number;
  readonly receipts: number;
  readonly deliveries: number;
  /** Records of deliveries that tell a receipt. */
  readonly told: number;
  /** Records for other cells' gateways. */
  readonly abroad: number;
  readonly records: number;
  /** Rows of lists for each message. */
  readonly listRows: number;
  readonly membersPerMessage: number;
}

export interface Hop {
  readonly recordsPerRequest: number;
  readonly batchesPerRequest: number;
  readonly requestsPerSecond: number;
}

export interface BusShape {
  readonly load: BusLoad;
  readonly brokers: number;
  readonly messageProcesses: number;
  readonly receiptProcesses: number;
  /** Of messages: one for each process, and room for more of them. */
  readonly messagePartitions: number;
  readonly receiptPartitions: number;
  readonly relayHop: Hop;
  readonly deliveryHop: Hop;
  readonly toldHop: Hop;
  readonly storeRuns: StoreRuns;
  readonly usPerMessage: number;
  readonly usPerReceipt: number;
  readonly brokerCores: BrokerCores;
  readonly messageNeed: Need;
  readonly receiptNeed: Need;
  readonly brokerNeed: Need;
  /** False: every broker more makes requests so much smaller that brokers never suffice. */
  readonly stands: boolean;
}

export interface BrokerCores {
  readonly produce: number;
  readonly replicate: number;
  readonly consume: number;
  readonly all: number;
  readonly usPerRequest: number;
}

const ROUNDS = 64;

export function busLoad(c: CoefficientNumbers, demand: Demand, cell: Cell): BusLoad {
  const sends = demand.sendsPerSecond * cell.share;
  const receipts = (demand.receiptEventsPerSecond * cell.share) / c.relayMarksPerRecord;
  const deliveries = demand.deliveryRecordsPerSecond * cell.share;
  const told = receipts * c.dispatchToldPerReceipt;
  const abroad = abroadRecordsPerSecond(cell, demand, c) * cell.share;
  return {
    sends,
    receipts,
    deliveries,
    told,
    abroad,
    records: sends + receipts + deliveries + told + abroad,
    listRows: demand.recipientsPerMessage + 1,
    membersPerMessage: demand.recipientsPerMessage + 1,
  };
}

/** What of a cell is known before its bus is. */
export interface CellBounds {
  /** Those that disk, network and partitions ask for. */
  readonly fewestBrokers: number;
  /** Of the store, see `nodeSetsOf`. */
  readonly nodeSets: number;
  /** Mean body of a message. */
  readonly bodyBytes: number;
}

export function busShape(c: CoefficientNumbers, demand: Demand, cell: Cell, bounds: CellBounds): BusShape {
  const load = busLoad(c, demand, cell);
  let brokers = Math.max(cell.zones, bounds.fewestBrokers);
  let messageProcesses = 1;
  let receiptProcesses = 1;
  for (let round = 1; ; round++) {
    const shape = shapeOf(c, load, cell, bounds, brokers, messageProcesses, receiptProcesses);
    const more = {
      brokers: Math.max(brokers, cell.zones * Math.ceil(shape.brokerNeed.machines / cell.zones - 1e-9)),
      messageProcesses: Math.max(messageProcesses, Math.ceil(shape.messageNeed.machines - 1e-9)),
      receiptProcesses: Math.max(receiptProcesses, Math.ceil(shape.receiptNeed.machines - 1e-9)),
    };
    const stands = more.brokers === brokers && more.messageProcesses === messageProcesses && more.receiptProcesses === receiptProcesses;
    if (stands || round === ROUNDS) return { ...shape, stands };
    ({ brokers, messageProcesses, receiptProcesses } = more);
  }
}

function shapeOf(
  c: CoefficientNumbers,
  load: BusLoad,
  cell: Cell,
  { nodeSets, bodyBytes }: CellBounds,
  brokers: number,
  messageProcesses: number,
  receiptProcesses: number,
): Omit<BusShape, 'stands'> {
  const messagePartitions = Math.min(c.dispatchPartitionsMost, Math.ceil(messageProcesses * c.dispatchPartitionsPerProcess - 1e-9));
  const receiptPartitions = receiptProcesses * c.kafkaReceiptPartitionsPerProcess;
  const relayPartitions = messagePartitions + receiptPartitions;
  const relayHop = hopOf(load.sends + load.receipts, cell.gateways, brokers, c.relayLingerMs, relayPartitions);
  const deliveryHop = hopOf(load.deliveries + load.abroad, messageProcesses, brokers, c.dispatchLingerMs, cell.gateways);
  const toldHop = hopOf(load.told, receiptProcesses, brokers, c.dispatchLingerMs, cell.gateways);
  const runs = storeRuns(c, {
    sends: load.sends / messagePartitions,
    receipts: load.receipts / receiptPartitions,
    listRows: load.listRows,
    bodyBytes,
    nodeSets,
  });
  const usPerMessage =
    c.dispatchReadUsPerRecord +
    c.dispatchDecideUsPerRecord +
    c.dispatchStoreUsPerMessage +
    c.dispatchStoreUsPerRequest * runs.requestsPerMessage +
    c.dispatchStoreUsPerRow * runs.rowsPerMessage +
    c.dispatchRouteUsPerUser * load.membersPerMessage +
    clientUs(c, deliveryHop, load.sends);
  const usPerReceipt =
    c.dispatchReadUsPerRecord +
    c.dispatchReceiptUs +
    c.dispatchStoreUsPerRequest * runs.requestsPerReceipt +
    c.dispatchRouteUsPerUser +
    clientUs(c, toldHop, load.receipts);
  const brokerCores = brokerCoresOf(c, load, brokers, cell.gateways, messageProcesses + receiptProcesses, [relayHop, deliveryHop, toldHop]);
  return {
    load,
    brokers,
    messageProcesses,
    receiptProcesses,
    messagePartitions,
    receiptPartitions,
    relayHop,
    deliveryHop,
    toldHop,
    storeRuns: runs,
    usPerMessage,
    usPerReceipt,
    brokerCores,
    messageNeed: processesNeed(c, cell, (load.sends * usPerMessage) / 1e6, usPerMessage),
    receiptNeed: processesNeed(c, cell, (load.receipts * usPerReceipt) / 1e6, usPerReceipt),
    brokerNeed: coresNeed(brokerWork(c, brokerCores), cell, c),
  };
}

export function brokerWork(c: CoefficientNumbers, { all, usPerRequest }: BrokerCores): ProcessorWork {
  return { what: 'processor', cores: all, usPerOperation: usPerRequest, coresPerMachine: c.kafkaBrokerCores };
}

function processesNeed(c: CoefficientNumbers, cell: Cell, cores: number, usPerOperation: number): Need {
  return coresNeed({ what: 'processor', cores, usPerOperation, coresPerMachine: 1 }, cell, c);
}

/** Records of so many senders to as many brokers, and the batches in their requests: a partition each, of those that a broker leads. */
function hopOf(recordsPerSecond: number, senders: number, brokers: number, lingerMs: number, partitions: number): Hop {
  const perRequest = recordsPerRequest(recordsPerSecond / senders, brokers, lingerMs / 1e3);
  return {
    recordsPerRequest: perRequest,
    batchesPerRequest: distinctPartitions(perRequest, Math.max(1, partitions / brokers)),
    requestsPerSecond: recordsPerSecond / perRequest,
  };
}

/** Of the client, for what one message or receipt brings to the hop. */
function clientUs(c: CoefficientNumbers, hop: Hop, operationsPerSecond: number): number {
  if (operationsPerSecond === 0) return 0;
  const us =
    c.dispatchClientUsPerRequest + hop.batchesPerRequest * c.dispatchClientUsPerBatch + hop.recordsPerRequest * c.dispatchClientUsPerRecord;
  return (hop.requestsPerSecond * us) / operationsPerSecond;
}

function brokerCoresOf(
  c: CoefficientNumbers,
  load: BusLoad,
  brokers: number,
  gateways: number,
  processes: number,
  hops: readonly Hop[],
): BrokerCores {
  const requests = hops.reduce((sum, hop) => sum + hop.requestsPerSecond, 0);
  const batches = hops.reduce((sum, hop) => sum + hop.requestsPerSecond * hop.batchesPerRequest, 0);
  const followers = c.kafkaReplicas - 1;
  const appendUs = batches * c.kafkaBrokerUsPerBatch + load.records * c.kafkaBrokerUsPerRecord;
  const produceUs = requests * c.kafkaBrokerUsPerRequest + appendUs;
  // Each broker follows each other one. A follower appends the same records in the same batches, and its leader reads them out to it.
  const copiedUs = batches * c.kafkaFollowerUsPerBatch + load.records * (c.kafkaBrokerUsPerRecord + c.kafkaBrokerUsPerRecordRead);
  const replicateUs = brokers * (brokers - 1) * c.kafkaFollowerCores * 1e6 + followers * copiedUs;
  // A relay reads one partition; a process of dispatch asks each broker.
  const most = 1e3 / c.kafkaFetchMs;
  const relayFetches = gateways * Math.min(most, (load.deliveries + load.told) / gateways);
  const dispatchFetches = processes * brokers * Math.min(most, (load.sends + load.receipts) / (processes * brokers));
  const consumeUs = (relayFetches + dispatchFetches) * c.kafkaBrokerUsPerRequest + load.records * c.kafkaBrokerUsPerRecordRead;
  const all = (produceUs + replicateUs + consumeUs) / 1e6;
  return {
    produce: produceUs / 1e6,
    replicate: replicateUs / 1e6,
    consume: consumeUs / 1e6,
    all,
    usPerRequest: (all * 1e6) / (requests + relayFetches + dispatchFetches),
  };
}
