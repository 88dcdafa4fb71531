/**
 * Bytes that rows take on a server's disk: tables of a fresh keyspace are filled, flushed, and the files of each are summed, what
 * belongs to no row (filters, indexes, statistics) counted in. Bodies are random, as encrypted ones are to a compressor.
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deviceKey } from '../../protocol/ids.ts';
import { BackendError } from '../../runtime/backend-error.ts';
import type { CassandraStore } from '../store-cassandra.ts';
import { Traffic, type TrafficShape } from './traffic.ts';

export interface DiskCost {
  readonly table: string;
  /** What a row of it is. */
  readonly row: string;
  readonly rows: number;
  readonly bytes: number;
  readonly bytesPerRow: number;
  /** Of them a body, as the client sent it; 0 in other tables. */
  readonly bodyBytes: number;
}

export interface DiskSize {
  readonly conversations: number;
  readonly messagesEach: number;
}

/** A tenth of a full partition each, which is near what a year of a conversation comes to. */
export const DISK_SIZE: DiskSize = { conversations: 500, messagesEach: 100 };
const BODY_BYTES = 200;
const RUN = 50;
const RUNS_AT_ONCE = 4;
const FLUSH_MS = 500;
const FLUSH_LIMIT_MS = 60_000;
const STEADY_MS = 3_000;
const ATTEMPTS = 10;
const PAUSE_MS = 1_000;

/** `serverPid`: of the one server, on this machine; its files are found by what it has open. */
export async function measureDisk(
  store: CassandraStore,
  keyspace: string,
  serverPid: number,
  { conversations, messagesEach }: DiskSize = DISK_SIZE,
): Promise<readonly DiskCost[]> {
  // Of two, as most are.
  const shape: TrafficShape = { conversations, members: 2, users: conversations, bodyBytes: BODY_BYTES, randomBodies: true };
  const traffic = new Traffic(shape, 1_000_000, 1_000_000);
  const messages = conversations * messagesEach;
  const runs = Array.from({ length: messages / RUN }, () => traffic.next(RUN));
  await repeated(runs.length, (at) => store.write(runs[at]!));
  const pairs = traffic.conversationMembers();
  await repeated(Math.ceil(pairs.length / RUN), (at) =>
    store.markReceipts(
      pairs.slice(at * RUN, (at + 1) * RUN).flatMap(([conversation, user]) =>
        (['delivered', 'read'] as const).map((kind) => ({
          kind,
          conversation,
          device: deviceKey(user, 1),
          sequence: messagesEach,
        })),
      ),
    ),
  );
  const tables = [
    { table: 'messages_by_conversation', row: 'a message', rows: messages, bodyBytes: BODY_BYTES },
    { table: 'user_conversations', row: 'a conversation in a user’s list', rows: pairs.length, bodyBytes: 0 },
    { table: 'receipts', row: 'receipts of a device in a conversation', rows: pairs.length, bodyBytes: 0 },
    { table: 'conversations', row: 'the state of a conversation', rows: conversations, bodyBytes: 0 },
  ];
  for (const { table } of tables)
    await store.client.change(`ALTER TABLE ${keyspace}.${table} WITH memtable_flush_period_in_ms = ${FLUSH_MS}`);
  const sizes = await steadySizes(
    serverPid,
    keyspace,
    tables.map(({ table }) => table),
  );
  return tables.map((one) => {
    const bytes = sizes.get(one.table)!;
    return { ...one, bytes, bytesPerRow: bytes / one.rows };
  });
}

/** Once every table has files, and they have not changed for some seconds: flushes and compactions are over. */
async function steadySizes(pid: number, keyspace: string, tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const limitMs = performance.now() + FLUSH_LIMIT_MS;
  let before = '';
  for (;;) {
    const folder = folderOf(pid, keyspace);
    const sizes = new Map(folder === undefined ? [] : tables.map((table) => [table, bytesOf(folder, table)]));
    const now = JSON.stringify([...sizes]);
    if (sizes.size > 0 && [...sizes.values()].every((bytes) => bytes > 0) && now === before) return sizes;
    if (performance.now() > limitMs) throw new Error(`tables of ${keyspace} were not flushed within ${FLUSH_LIMIT_MS / 1_000} s`);
    before = now;
    await Bun.sleep(STEADY_MS);
  }
}

/** The folder of a keyspace, by a file in it that the server has open. */
function folderOf(pid: number, keyspace: string): string | undefined {
  const within = `/${keyspace}/`;
  for (const file of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${file}`);
      const at = path.indexOf(within);
      if (at >= 0) return path.slice(0, at + within.length);
    } catch {
      // Closed meanwhile.
    }
  }
  return undefined;
}

/** Files of the table's own folder; snapshots and backups are folders in it. */
function bytesOf(folder: string, table: string): number {
  let bytes = 0;
  for (const own of readdirSync(folder).filter((name) => name.startsWith(`${table}-`))) {
    for (const file of readdirSync(join(folder, own), { withFileTypes: true })) {
      if (!file.isFile()) continue;
      try {
        bytes += statSync(join(folder, own, file.name)).size;
      } catch {
        // Removed by a compaction meanwhile; the next look sees what took its place.
      }
    }
  }
  return bytes;
}

async function repeated(calls: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let at = 0;
  const lane = async () => {
    while (at < calls) await patiently(call, at++);
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, lane));
}

/** Written again, a row is the same row: a server that is full for a while spoils nothing here. */
async function patiently(call: (index: number) => Promise<unknown>, index: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await call(index);
      return;
    } catch (failure) {
      if (!(failure instanceof BackendError) || !failure.retryable || attempt === ATTEMPTS) throw failure;
      await Bun.sleep(PAUSE_MS);
    }
  }
}
