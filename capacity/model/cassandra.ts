/**
 * The store of one cell: requests, compaction and disk in nodes, and the sizes of partitions, which no number of nodes mends.
 * A write is done by every replica, a read by a quorum. Zones and replicas are the same number, so that a lost zone takes one
 * replica of each row and the work on it away, and leaves each other node its data.
 */
import { amount, bytes } from './amount.ts';
import { cellShape } from './cell-shape.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentPlan, Infeasible } from './component.ts';
import type { Demand } from './demand.ts';
import { coresOfEach } from './needs.ts';
import { planRow } from './plan-row.ts';
import { listBytes, rowsAlone, storeWork } from './store-work.ts';
import type { WorkloadNumbers } from './workload.ts';

export function cassandraPlan(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): ComponentPlan | Infeasible {
  const sizes = partitionSizes(workload, c);
  const refused = refusal(workload, c, sizes);
  if (refused !== undefined) return refused;

  const shape = cellShape(workload, c, demand, cell);
  // Where no bus carries the cell, its store is still told: with the most that it can come to.
  const runs = shape.stands ? shape.storeRuns : rowsAlone(c, demand);
  const { load, disk, cores, work, traffic, needs, need, nodes } = storeWork(workload, c, demand, cell, runs);
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
        () =>
          `${amount(load.sends)} messages/s × ${amount(runs.requestsPerMessage)}: ${amount(runs.rowsPerMessage)} rows each, in runs of ${amount(runs.messages)}`,
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
          `((${amount(load.writes)} + ${amount(load.receiptRequests)}) requests/s × ${amount(c.cassandraUsPerRequest)} us + ${amount(load.sends)} messages/s × ${amount(c.cassandraUsPerMessage)} us + ${amount(load.rows)} rows/s × ${amount(c.cassandraUsPerRow)} us + ${amount(load.receipts)} receipts/s × ${amount(c.cassandraUsPerReceipt)} us) × ${amount(cores.writeFactor)} for ${c.cassandraReplicas} replicas + reads × ${amount(cores.readFactor)} for a quorum`,
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

function partitionSizes(workload: WorkloadNumbers, c: CoefficientNumbers) {
  return {
    mean: c.cassandraBucketSequences * (workload.bodyBytes * c.cassandraBodyCompression + c.cassandraRowBytes),
    largest: c.cassandraBucketSequences * (c.cassandraBodyMostBytes + c.cassandraRowMostOverheadBytes),
    list: listBytes(c),
  };
}

function refusal(workload: WorkloadNumbers, c: CoefficientNumbers, sizes: ReturnType<typeof partitionSizes>): Infeasible | undefined {
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
