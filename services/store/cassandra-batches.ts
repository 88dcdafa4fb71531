/**
 * Which writes, and which reads, go to Cassandra in one request. A request costs client and server several times what a row in it costs, so
 * rows of different partitions that the same nodes keep go together, as few as the server takes without a warning
 * (`batch_size_warn_threshold` 5 KiB, `unlogged_batch_across_partitions_warn_threshold` 10). Such a batch is no transaction:
 * it may be half done, and is written again.
 */
import type { Statement, Value } from './cassandra-client.ts';

/** Rows of one partition, written by one request whatever else is. */
export interface PartitionWrite {
  /** Values of its partition key, each a bigint but for a bucket. */
  readonly key: readonly Value[];
  readonly statements: readonly Statement[];
}

const BATCH_BYTES = 4_096;
const BATCH_PARTITIONS = 10;
/** Of a mutation, beside its values. */
const STATEMENT_BYTES = 64;

/** `nodesOf` names the nodes that keep a partition; undefined where all keep the same. */
export function batchesOf(writes: readonly PartitionWrite[], nodesOf: ((key: Buffer) => string) | undefined): Statement[][] {
  const open = new Map<string, { statements: Statement[]; bytes: number; partitions: number }>();
  const batches: Statement[][] = [];
  for (const { key, statements } of writes) {
    const nodes = nodesOf?.(routingKey(key)) ?? '';
    const bytes = statements.reduce((sum, statement) => sum + bytesOf(statement), 0);
    const batch = open.get(nodes);
    if (batch !== undefined && batch.bytes + bytes <= BATCH_BYTES && batch.partitions < BATCH_PARTITIONS) {
      batch.statements.push(...statements);
      batch.bytes += bytes;
      batch.partitions++;
      continue;
    }
    const fresh = { statements: [...statements], bytes, partitions: 1 };
    open.set(nodes, fresh);
    batches.push(fresh.statements);
  }
  return batches;
}

/** Partitions of which one request asks. */
const READ_PARTITIONS = 32;

/** Keys of partitions of one column, each once, those that the same nodes keep together. */
export function keysTogether(keys: readonly bigint[], nodesOf: ((key: Buffer) => string) | undefined): bigint[][] {
  const open = new Map<string, bigint[]>();
  const requests: bigint[][] = [];
  for (const key of new Set(keys)) {
    const nodes = nodesOf?.(routingKey([key])) ?? '';
    const together = open.get(nodes);
    if (together !== undefined && together.length < READ_PARTITIONS) {
      together.push(key);
      continue;
    }
    const fresh = [key];
    open.set(nodes, fresh);
    requests.push(fresh);
  }
  return requests;
}

/** As the partitioner hashes it: a single column plainly, several with their lengths. */
export function routingKey(key: readonly Value[]): Buffer {
  const columns = key.map((value) => {
    if (typeof value === 'bigint') {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(value);
      return bytes;
    }
    if (typeof value !== 'number') throw new Error(`a partition key has no ${typeof value}`);
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  });
  if (columns.length === 1) return columns[0]!;
  return Buffer.concat(columns.flatMap((bytes) => [Buffer.from([0, bytes.length]), bytes, Buffer.of(0)]));
}

function bytesOf({ params }: Statement): number {
  let bytes = STATEMENT_BYTES;
  for (const value of params) {
    if (value === undefined) continue;
    bytes += typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8;
  }
  return bytes;
}
