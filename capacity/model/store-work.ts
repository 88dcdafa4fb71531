/** The work of one cell's store: requests, bytes on disks, processors and network, and the nodes that each asks for. */
import { amount, bytes } from './amount.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { Demand } from './demand.ts';
import { coresNeed, largestNeed, machinesInZones, type Need, type ProcessorWork } from './needs.ts';
import type { StoreRuns } from './store-runs.ts';
import { logicalBytes, nodesFor, type StoredBytes, stored } from './stored-bytes.ts';
import { DAY_SECONDS } from './unit.ts';
import type { WorkloadNumbers } from './workload.ts';

export interface StoreWork {
  readonly load: StoreLoad;
  readonly disk: ReturnType<typeof storeDisk>;
  readonly cores: ReturnType<typeof storeCores>;
  readonly work: ProcessorWork;
  /** Bytes a second of all nodes. */
  readonly traffic: number;
  readonly needs: readonly Need[];
  readonly need: Need;
  readonly nodes: number;
}

export function storeWork(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell, runs: StoreRuns): StoreWork {
  const load = storeLoad(c, demand, cell.share, runs);
  const disk = storeDisk(workload, c, demand, cell.share);
  const cores = storeCores(c, load, disk);
  const work: ProcessorWork = {
    what: 'processor',
    cores: cores.all,
    usPerOperation: cores.usPerRequest,
    coresPerMachine: c.cassandraNodeCores,
  };
  const traffic = trafficOf(c, load, disk, cores.flushed, listBytes(c)) * c.headroomBurst;
  const needs = [
    coresNeed(work, cell, c),
    {
      of: 'disk',
      machines: nodesFor(disk.all, c.cassandraNodeDataBytes),
      why: () => `${bytes(disk.all)} on disks ÷ ${bytes(c.cassandraNodeDataBytes)} a node`,
    },
    {
      of: 'network',
      machines: traffic / (c.cassandraNodeNetworkBytes * c.cassandraNetworkUse),
      why: () => `${bytes(traffic)}/s ÷ (${amount(c.cassandraNetworkUse)} × ${bytes(c.cassandraNodeNetworkBytes)}/s)`,
    },
  ];
  const need = largestNeed(needs);
  return {
    load,
    disk,
    cores,
    work,
    traffic,
    needs,
    need,
    nodes: machinesInZones(need.machines, Math.max(cell.zones, c.cassandraReplicas)),
  };
}

/**
 * The most nodes that a cell comes to: as if each row were a request of its own. How full requests are hangs on the number of nodes, and
 * that on the requests; with the most of one the other is never too few.
 */
export function nodesAtMost(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): number {
  return storeWork(workload, c, demand, cell, rowsAlone(c, demand)).nodes;
}

/** Runs of one record, each row a request of its own: with a look and the progress the most that a message can take. */
export function rowsAlone(c: CoefficientNumbers, demand: Demand): StoreRuns {
  const rows = 4 + demand.listWritesPerSecond / demand.sendsPerSecond;
  return { messages: 1, rowsPerMessage: rows, requestsPerMessage: rows, receipts: 1, requestsPerReceipt: c.dispatchReceiptRows };
}

/** Of a user's list, on one disk. */
export function listBytes(c: CoefficientNumbers): number {
  return c.cassandraConversationsPerUser * c.cassandraListRowBytes;
}

export interface StoreLoad {
  readonly sends: number;
  readonly listRows: number;
  /** Rows that messages write, and requests that they and receipts take. */
  readonly rows: number;
  readonly writes: number;
  readonly receiptRequests: number;
  readonly receipts: number;
  readonly resumes: number;
  readonly lists: number;
  readonly histories: number;
  readonly reads: number;
}

/** `runs`: requests of a message and of a receipt. */
export function storeLoad(c: CoefficientNumbers, demand: Demand, share: number, runs: StoreRuns): StoreLoad {
  const sends = demand.sendsPerSecond * share;
  const listRows = demand.listWritesPerSecond * share;
  const receipts = (demand.receiptEventsPerSecond * share) / c.relayMarksPerRecord;
  const resumes = demand.resumesPerSecond * share;
  const lists = demand.listReadsPerSecond * share;
  const histories = demand.historyReadsPerSecond * share;
  return {
    sends,
    listRows,
    rows: sends * runs.rowsPerMessage,
    writes: sends * runs.requestsPerMessage,
    receipts,
    receiptRequests: receipts * runs.requestsPerReceipt,
    resumes,
    lists,
    histories,
    reads: resumes + lists + histories,
  };
}

export function storeDisk(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, share: number) {
  const rowBytes = workload.bodyBytes * c.cassandraBodyCompression + workload.mediaShare * workload.mediaBytes + c.cassandraRowBytes;
  const logicalPerDay = logicalBytes(demand.storedLogicalBytesPerDay * share);
  const growth = rowBytes / (demand.storedLogicalBytesPerDay / demand.messagesPerDay);
  const storedPerDay = stored(logicalPerDay, growth, c.cassandraReplicas);
  const users = workload.dailyUsers * share;
  const rows = users * c.cassandraConversationsPerUser;
  const lists = rows * c.cassandraListRowBytes * c.cassandraReplicas;
  const receipts = rows * workload.devicesPerUser * c.cassandraReceiptRowBytes * c.cassandraReplicas;
  return {
    rowBytes,
    logicalPerDay,
    replicaPerDay: storedPerDay / c.cassandraReplicas,
    storedPerDay,
    lists,
    receipts,
    all: (storedPerDay * workload.retentionDays + lists + receipts) as StoredBytes,
    /** At the peak, by all replicas. */
    storedPerSecond: (storedPerDay / DAY_SECONDS) * Math.max(1, demand.peakFactor),
  };
}

export function storeCores(c: CoefficientNumbers, load: StoreLoad, disk: ReturnType<typeof storeDisk>) {
  const quorum = Math.floor(c.cassandraReplicas / 2) + 1;
  const writeFactor = 1 + (c.cassandraReplicas - 1) * c.cassandraReplicaShare;
  const readFactor = 1 + (quorum - 1) * c.cassandraReplicaShare;
  const requestUs = (load.writes + load.receiptRequests) * c.cassandraUsPerRequest;
  const writeUs =
    (requestUs + load.sends * c.cassandraUsPerMessage + load.rows * c.cassandraUsPerRow + load.receipts * c.cassandraUsPerReceipt) *
    writeFactor;
  const readUs =
    (load.resumes * c.cassandraUsPerResume + load.lists * c.cassandraUsPerList + load.histories * c.cassandraUsPerHistory) * readFactor;
  const rewritten = (load.listRows * c.cassandraListRowBytes + load.receipts * c.cassandraReceiptRowBytes) * c.cassandraReplicas;
  const flushed = disk.storedPerSecond + rewritten;
  const requests = (writeUs + readUs) / 1e6;
  const compaction = (flushed * c.cassandraWriteAmplification) / c.cassandraCompactionBytesPerCoreSecond;
  return {
    writeFactor,
    readFactor,
    requests,
    compaction,
    flushed,
    all: requests + compaction,
    usPerRequest: (writeUs + readUs) / (load.writes + load.receiptRequests + load.reads),
  };
}

/** Rows of a page of history. */
const ROWS_OF_HISTORY = 50;

/** Of all nodes: each write comes to a coordinator and goes to every replica, each read comes from a quorum and goes out once. */
function trafficOf(c: CoefficientNumbers, load: StoreLoad, disk: ReturnType<typeof storeDisk>, flushed: number, listBytes: number): number {
  const written = flushed * (1 + 1 / c.cassandraReplicas);
  const read = load.histories * ROWS_OF_HISTORY * disk.rowBytes + (load.lists + load.resumes) * listBytes;
  return written + 2 * read;
}
