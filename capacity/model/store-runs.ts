/**
 * Requests of dispatch to the store. What was decided of one partition is written in runs: whatever came since the last fetch, its rows
 * of messages and lists first, then the conversations' states, then how far the partition is, with a look at the store's marks before.
 * Rows go together where the same nodes keep them, so many at most to a request. A request costs a, a row in it b: so a run of one node's
 * rows is cheap, and in a large cluster, where hardly two of its rows have the same nodes, nearly every row is a request of its own.
 */
import { distinctPartitions } from './batching.ts';
import type { CoefficientNumbers } from './coefficients.ts';

/** Of the mean run of one partition. */
export interface StoreRuns {
  readonly messages: number;
  readonly rowsPerMessage: number;
  readonly requestsPerMessage: number;
  readonly receipts: number;
  readonly requestsPerReceipt: number;
}

export interface StoreFlow {
  /** Messages and receipts a second of one partition. */
  readonly sends: number;
  readonly receipts: number;
  readonly listRows: number;
  readonly bodyBytes: number;
  /** Sets of nodes that keep rows together; 1 where all nodes keep all. */
  readonly nodeSets: number;
}

export function storeRuns(c: CoefficientNumbers, { sends, receipts, listRows, bodyBytes, nodeSets }: StoreFlow): StoreRuns {
  const messages = runOf(c, sends);
  const rowBytes = c.dispatchStoreRowBytes + bodyBytes / (1 + listRows);
  const together = Math.max(1, Math.min(c.dispatchStoreRowsTogether, c.dispatchStoreBytesTogether / rowBytes));
  const requests = requestsFor(messages * (1 + listRows), nodeSets, together) + requestsFor(messages, nodeSets, together);
  const marks = runOf(c, receipts);
  return {
    messages,
    // Its own, those of lists, its conversation's state; a look and the progress for the run.
    rowsPerMessage: 2 + listRows + 2 / messages,
    requestsPerMessage: (requests + 2) / messages,
    receipts: marks,
    requestsPerReceipt: requestsFor(marks * c.dispatchReceiptRows, nodeSets, c.dispatchStoreRowsTogether) / marks,
  };
}

/** Records that one fetch brings of a partition: those since the last. */
function runOf(c: CoefficientNumbers, recordsPerSecond: number): number {
  return Math.min(c.dispatchRunMost, Math.max(1, recordsPerSecond * (c.dispatchFetchMs / 1e3)));
}

/** Requests for so many rows of different partitions: of each set of nodes as many as it takes, the last of them half full. */
export function requestsFor(rows: number, nodeSets: number, together: number): number {
  const sets = distinctPartitions(rows, nodeSets);
  return sets * Math.max(1, rows / (together * sets) + 0.5);
}

/**
 * Sets of nodes that keep the same rows: in each zone one of its nodes has a row, and which ones go together changes at each of their
 * tokens on the ring. Rows of different sets can't be written together.
 */
export function nodeSetsOf(c: CoefficientNumbers, nodes: number): number {
  return Math.max(1, Math.min((nodes / c.cassandraReplicas) ** c.cassandraReplicas, nodes * c.cassandraNodeTokens));
}
