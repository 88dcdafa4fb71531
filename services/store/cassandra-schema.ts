/**
 * The tables in Cassandra, made where they are missing. What is true of all of them:
 *
 * - Write times are sequences and offsets (`USING TIMESTAMP`), never clocks: a replay or a second owner writes the same cells
 *   with the same time, and what is older never wins. So windows of time can't be told from them and compaction is unified.
 * - Written plainly, but `settings`, which is only written conditionally. Nothing is deleted; who left is marked.
 * - A field without a value is left unset, never null: a null is a tombstone.
 */
import type { CassandraSettings } from '../backends/settings.ts';
import { LIMITS } from '../protocol/limits.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { isAccepted, VERSIONS } from '../runtime/versions.ts';
import type { CassandraClient } from './cassandra-client.ts';

const PARTITION_BYTES = 100_000_000;
const DEVICE_BYTES = 16;
const ROW_OVERHEAD_BYTES = 256;
const ROW_BYTES = LIMITS.bodyBytes.value + LIMITS.bodiesPerSend.value * DEVICE_BYTES + ROW_OVERHEAD_BYTES;

/** Consecutive sequences of a conversation in one partition: none passes 100 MB, if every entry is as large as can be. */
export const BUCKET_SEQUENCES = 2 ** Math.floor(Math.log2(PARTITION_BYTES / ROW_BYTES));

export function bucketOf(sequence: number): number {
  return Math.floor(sequence / BUCKET_SEQUENCES);
}

/**
 * How long a rejection can be asked for. Its id is forgotten by log time, which stands still with dispatch; a repeat follows
 * within LIMITS.messageIdSeconds of the log, so a day covers any dispatcher that is less than a day behind.
 */
export const REJECTION_SECONDS = 86_400;

const TIERED = "compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4'}";
/** Rows that are written over all the time and read whole: fewer tables to a read for more work at the write. */
const LEVELLED = "compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'L4'}";

const TABLES = [
  `messages_by_conversation (conversation bigint, bucket int, sequence bigint, "offset" bigint, kind tinyint, sender bigint, id blob,
    logged_at bigint, content_type int, body blob, bodies blob, PRIMARY KEY ((conversation, bucket), sequence))
    WITH CLUSTERING ORDER BY (sequence DESC) AND ${TIERED}`,
  `conversations (conversation bigint PRIMARY KEY, sequence bigint, members blob, "offset" bigint, changed_at bigint, rested_at bigint,
    sender bigint, content_type int, snippet blob) WITH ${LEVELLED}`,
  `user_conversations (user bigint, conversation bigint, standing tinyint, sequence bigint, "offset" bigint, changed_at bigint, members int,
    sender bigint, content_type int, snippet blob, sent bigint, read bigint, PRIMARY KEY (user, conversation)) WITH ${LEVELLED}`,
  `rejections (conversation bigint, "offset" bigint, code int, PRIMARY KEY (conversation, "offset"))
    WITH ${TIERED} AND default_time_to_live = ${REJECTION_SECONDS}`,
  `receipts (conversation bigint, user bigint, device bigint, delivered bigint, read bigint, shown bigint,
    PRIMARY KEY (conversation, user, device)) WITH ${LEVELLED}`,
  `users (user bigint PRIMARY KEY, withhold boolean, shown_since bigint) WITH ${LEVELLED}`,
  `devices (user bigint, device bigint, PRIMARY KEY (user, device)) WITH ${LEVELLED}`,
  `progress (log text, partition int, next_offset bigint, first_logged_at bigint, PRIMARY KEY (log, partition)) WITH ${LEVELLED}`,
  'settings (name text PRIMARY KEY, value int)',
];

/** Makes what is missing. Refused: a schema outside of versions.ts, and another number of partitions than it was made for. */
export async function ensureSchema(client: CassandraClient, settings: CassandraSettings, partitions: number): Promise<void> {
  const { keyspace, dataCenter, replicas } = settings;
  const known = await client.change('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [keyspace]);
  if (known.length === 0) {
    const replication = `{'class': 'NetworkTopologyStrategy', '${dataCenter.replaceAll("'", "''")}': ${replicas}}`;
    await client.change(`CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${replication}`);
  }
  const tables = await client.change('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [keyspace]);
  const there = new Set(tables.map(({ table_name }) => table_name));
  if (there.has('settings')) await checkVersion(client);
  for (const table of TABLES) {
    if (!there.has(table.slice(0, table.indexOf(' ')))) await client.change(`CREATE TABLE IF NOT EXISTS ${keyspace}.${table}`);
  }
  await agree(client, 'schema', VERSIONS.schema.newest);
  await checkVersion(client);
  const made = await agree(client, 'partitions', partitions);
  if (made !== partitions)
    throw new BackendError(
      'partitions',
      `keyspace ${keyspace} was made for ${made} partitions of messages, not ${partitions}: a partition count is never changed in place`,
      false,
    );
}

async function checkVersion(client: CassandraClient): Promise<void> {
  const [row] = await client.change(`SELECT value FROM ${client.keyspace}.settings WHERE name = ?`, ['schema']);
  const { oldest, newest } = VERSIONS.schema;
  const version = row === undefined ? newest : Number(row.value);
  if (isAccepted(version, VERSIONS.schema)) return;
  const advice = version > newest ? 'start a newer one' : 'start one in between first';
  const known = oldest === newest ? `schema ${newest}` : `schemas ${oldest} to ${newest}`;
  throw new BackendError('schema', `keyspace ${client.keyspace} has schema ${version}; this version knows ${known}: ${advice}`, false);
}

/** The value that stands: this one, where there was none. */
async function agree(client: CassandraClient, name: string, value: number): Promise<number> {
  const [row] = await client.change(`INSERT INTO ${client.keyspace}.settings (name, value) VALUES (?, ?) IF NOT EXISTS`, [name, value]);
  return row === undefined || row['[applied]'] === true ? value : Number(row.value);
}
