/**
 * The store of one cell: requests, compaction and disk in nodes, and the sizes of partitions, which no number of nodes mends.
 * A write is done by every replica, a read by a quorum. Zones and replicas are the same number, so that a lost zone takes one
 * replica of each row and the work on it away, and leaves each other node its data.
 */
import { amount, bytes } from './amount.ts';
import type { Cell } from './cells.ts';
import type { CASSANDRA_COEFFICIENTS } from './coefficients-cassandra.ts';
import type { DISPATCH_COEFFICIENTS } from './coefficients-dispatch.ts';
import type { FLEET_COEFFICIENTS } from './coefficients-fleet.ts';
import type { GATEWAY_COEFFICIENTS } from './coefficients-gateway.ts';
import type { ComponentPlan, Infeasible } from './component.ts';
import type { Demand } from './demand.ts';
import { coresNeed, coresOfEach, largestNeed, machinesInZones, type ProcessorWork } from './needs.ts';
import { planRow } from './plan-row.ts';
import type { Numbers } from './quantity.ts';
import { logicalBytes, nodesFor, type StoredBytes, stored } from './stored-bytes.ts';
import { DAY_SECONDS } from './unit.ts';
import type { WorkloadNumbers } from './workload.ts';

export type CassandraNumbers = Numbers<
  typeof CASSANDRA_COEFFICIENTS & typeof DISPATCH_COEFFICIENTS & typeof GATEWAY_COEFFICIENTS & typeof FLEET_COEFFICIENTS
>;

export function cassandraPlan(workload: WorkloadNumbers, c: CassandraNumbers, demand: Demand, cell: Cell): ComponentPlan | Infeasible {
  const sizes = partitionSizes(workload, c);
  const refused = refusal(workload, c, sizes);
  if (refused !== undefined) return refused;

  const load = loadOf(c, demand, cell.share);
  const disk = diskOf(workload, c, demand, cell.share);
  const cores = coresOf(c, load, disk);
  const work: ProcessorWork = {
    what: 'processor',
    cores: cores.all,
    usPerOperation: cores.usPerRequest,
    coresPerMachine: c.cassandraNodeCores,
  };
  const traffic = trafficOf(c, load, disk, cores.flushed, sizes.list) * c.headroomBurst;
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
  const nodes = machinesInZones(need.machines, Math.max(cell.zones, c.cassandraReplicas));
  const nodeBytes = disk.all / nodes;
  const nodeDiskBytes = nodeBytes / (1 - c.cassandraCompactionFree);
  return {
    component: 'cassandra',
    binding: need.of,
    machines: {
      count: nodes,
      get cores() {
        return coresOfEach(work, nodes, c.cassandraNodeCoresLeast, cell, c);
      },
      memoryBytes: c.cassandraNodeMemoryBytes,
      diskBytes: nodeDiskBytes,
      // A node that was lost is filled again while all others serve.
      networkBytesPerSecond: traffic / (nodes * c.cassandraNetworkUse) + nodeBytes / c.cassandraRebuildSeconds,
    },
    rows: [
      planRow(
        'cassandra.writesPerSecond',
        'write requests to the store',
        load.writes,
        'requests/s',
        () => `${amount(load.sends)} messages/s × ${amount(c.dispatchStoreRequestsPerMessage)} + ${amount(load.listRows)} rows of lists/s`,
      ),
      planRow(
        'cassandra.receiptsPerSecond',
        'receipts stored',
        load.receipts,
        'operations/s',
        () => `${amount(load.receipts * c.relayMarksPerRecord)} marks/s ÷ ${amount(c.relayMarksPerRecord)} in a record`,
      ),
      planRow(
        'cassandra.readsPerSecond',
        'reads of the store',
        load.reads,
        'reads/s',
        () => `${amount(load.resumes)} resumes/s + ${amount(load.lists)} lists/s + ${amount(load.histories)} histories/s`,
      ),
      planRow(
        'cassandra.busyCores',
        'processors busy with requests, replicas included',
        cores.requests,
        'cores',
        () =>
          `(${amount(load.writes)} writes/s × ${amount(c.cassandraUsPerWrite)} us + ${amount(load.receipts)} receipts/s × ${amount(c.cassandraUsPerReceipt)} us) × ${amount(cores.writeFactor)} for ${c.cassandraReplicas} replicas + reads × ${amount(cores.readFactor)} for a quorum`,
      ),
      planRow(
        'cassandra.compactionCores',
        'processors busy with compaction',
        cores.compaction,
        'cores',
        () =>
          `${bytes(cores.flushed)}/s flushed by all replicas × ${amount(c.cassandraWriteAmplification)} ÷ ${bytes(c.cassandraCompactionBytesPerCoreSecond)}/s a processor`,
      ),
      planRow(
        'cassandra.rowBytes',
        'a message on one disk',
        disk.rowBytes,
        'B stored/message',
        () =>
          `${bytes(workload.bodyBytes)} of body × ${amount(c.cassandraBodyCompression)} + ${bytes(c.cassandraRowBytes)} of keys, times and columns`,
      ),
      planRow(
        'cassandra.logicalBytesPerDay',
        'bodies of a day, as clients sent them',
        disk.logicalPerDay,
        'B/day',
        () =>
          `${amount(demand.messagesPerDay * cell.share)} messages/day × ${bytes(disk.logicalPerDay / (demand.messagesPerDay * cell.share))}`,
      ),
      planRow(
        'cassandra.replicaBytesPerDay',
        'growth of one replica',
        disk.replicaPerDay,
        'B stored/day',
        () => `${amount(demand.messagesPerDay * cell.share)} messages/day × ${bytes(disk.rowBytes)} a row`,
      ),
      planRow(
        'cassandra.storedBytesPerDay',
        'growth of all disks',
        disk.storedPerDay,
        'B stored/day',
        () =>
          `${bytes(disk.replicaPerDay)}/day × ${c.cassandraReplicas} replicas; ${amount(disk.storedPerDay / disk.logicalPerDay)} bytes for each that a client sent`,
      ),
      planRow(
        'cassandra.storedBytes',
        'messages, lists and receipts on all disks',
        disk.all,
        'B stored',
        () =>
          `${bytes(disk.storedPerDay)}/day × ${amount(workload.retentionDays)} days + ${bytes(disk.lists)} of lists + ${bytes(disk.receipts)} of receipts`,
      ),
      planRow(
        'cassandra.meanPartitionBytes',
        'a full partition of messages, mean bodies',
        sizes.mean,
        'B stored/partition',
        () => `${amount(c.cassandraBucketSequences)} sequences × ${bytes(disk.rowBytes)}`,
      ),
      planRow(
        'cassandra.largestPartitionBytes',
        'the largest partition that there can be',
        sizes.largest,
        'B stored/partition',
        () =>
          `${amount(c.cassandraBucketSequences)} sequences × (${bytes(c.cassandraBodyMostBytes)} + ${bytes(c.cassandraRowMostOverheadBytes)}), of ${bytes(c.cassandraPartitionMostBytes)} allowed`,
      ),
      planRow(
        'cassandra.listPartitionBytes',
        'a user’s list',
        sizes.list,
        'B stored/partition',
        () => `${amount(c.cassandraConversationsPerUser)} conversations × ${bytes(c.cassandraListRowBytes)}`,
      ),
      planRow('cassandra.nodeBytes', 'data of a node', nodeBytes, 'B stored/node', () => `${bytes(disk.all)} ÷ ${nodes} nodes`),
      planRow(
        'cassandra.nodeDiskBytes',
        'disk of a node',
        nodeDiskBytes,
        'B stored/node',
        () => `${bytes(nodeBytes)} ÷ (1 - ${amount(c.cassandraCompactionFree)} free for compaction)`,
      ),
      planRow(
        'cassandra.nodesPerCell',
        'nodes of a cell’s cluster',
        nodes,
        'nodes',
        () =>
          `${need.of}: ${need.why()} = ${amount(need.machines)} → ${nodes} in ${cell.zones} zones; ${needs.map((one) => `${one.of} ${amount(one.machines)}`).join(', ')}`,
      ),
    ],
  };
}

interface Load {
  readonly sends: number;
  readonly listRows: number;
  readonly writes: number;
  readonly receipts: number;
  readonly resumes: number;
  readonly lists: number;
  readonly histories: number;
  readonly reads: number;
}

function loadOf(c: CassandraNumbers, demand: Demand, share: number): Load {
  const sends = demand.sendsPerSecond * share;
  const listRows = demand.listWritesPerSecond * share;
  const resumes = demand.resumesPerSecond * share;
  const lists = demand.listReadsPerSecond * share;
  const histories = demand.historyReadsPerSecond * share;
  return {
    sends,
    listRows,
    writes: sends * c.dispatchStoreRequestsPerMessage + listRows,
    receipts: (demand.receiptEventsPerSecond * share) / c.relayMarksPerRecord,
    resumes,
    lists,
    histories,
    reads: resumes + lists + histories,
  };
}

function diskOf(workload: WorkloadNumbers, c: CassandraNumbers, demand: Demand, share: number) {
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

function coresOf(c: CassandraNumbers, load: Load, disk: ReturnType<typeof diskOf>) {
  const quorum = Math.floor(c.cassandraReplicas / 2) + 1;
  const writeFactor = 1 + (c.cassandraReplicas - 1) * c.cassandraReplicaShare;
  const readFactor = 1 + (quorum - 1) * c.cassandraReplicaShare;
  const writeUs = (load.writes * c.cassandraUsPerWrite + load.receipts * c.cassandraUsPerReceipt) * writeFactor;
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
    usPerRequest: (writeUs + readUs) / (load.writes + load.receipts + load.reads),
  };
}

/** Rows of a page of history. */
const ROWS_OF_HISTORY = 50;

/** Of all nodes: each write comes to a coordinator and goes to every replica, each read comes from a quorum and goes out once. */
function trafficOf(c: CassandraNumbers, load: Load, disk: ReturnType<typeof diskOf>, flushed: number, listBytes: number): number {
  const written = flushed * (1 + 1 / c.cassandraReplicas);
  const read = load.histories * ROWS_OF_HISTORY * disk.rowBytes + (load.lists + load.resumes) * listBytes;
  return written + 2 * read;
}

function partitionSizes(workload: WorkloadNumbers, c: CassandraNumbers) {
  return {
    mean: c.cassandraBucketSequences * (workload.bodyBytes * c.cassandraBodyCompression + c.cassandraRowBytes),
    largest: c.cassandraBucketSequences * (c.cassandraBodyMostBytes + c.cassandraRowMostOverheadBytes),
    list: c.cassandraConversationsPerUser * c.cassandraListRowBytes,
  };
}

function refusal(workload: WorkloadNumbers, c: CassandraNumbers, sizes: ReturnType<typeof partitionSizes>): Infeasible | undefined {
  if (workload.bodyBytes > c.cassandraBodyMostBytes) {
    return {
      component: 'cassandra',
      infeasible: `bodies of ${bytes(workload.bodyBytes)} in the mean are above the ${bytes(c.cassandraBodyMostBytes)} that one may have`,
      change: `bodyBytes of at most ${c.cassandraBodyMostBytes}, and media by reference`,
    };
  }
  if (sizes.largest > c.cassandraPartitionMostBytes) {
    const most = Math.floor(c.cassandraPartitionMostBytes / (c.cassandraBodyMostBytes + c.cassandraRowMostOverheadBytes));
    return {
      component: 'cassandra',
      infeasible: `a partition of ${c.cassandraBucketSequences} sequences can grow to ${bytes(sizes.largest)}, above ${bytes(c.cassandraPartitionMostBytes)}`,
      change: `cassandraBucketSequences of at most ${most}`,
    };
  }
  if (sizes.list > c.cassandraPartitionMostBytes) {
    const most = Math.floor(c.cassandraPartitionMostBytes / c.cassandraListRowBytes);
    return {
      component: 'cassandra',
      infeasible: `a list of ${amount(c.cassandraConversationsPerUser)} conversations has ${bytes(sizes.list)}, above ${bytes(c.cassandraPartitionMostBytes)}`,
      change: `cassandraConversationsPerUser of at most ${most}`,
    };
  }
  return undefined;
}
