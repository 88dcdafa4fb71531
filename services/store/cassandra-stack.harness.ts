/** A real Cassandra for tests: of the stacks that the test verb started. Each test file has a keyspace of its own. */
import { Client, type types } from 'cassandra-driver';
import { readBackends } from '../backends/read-settings.ts';
import type { CassandraSettings } from '../backends/settings.ts';
import { TEST_STACKS } from '../runtime/test-servers.ts';
import { driverOptions } from './cassandra-client.ts';

export function testCassandra(name: string, kind: 'plain' | 'secure' = 'plain'): CassandraSettings {
  const { cassandra } = readBackends(process.env[TEST_STACKS[kind].file]!);
  return { ...cassandra, keyspace: `test_${name}_${process.pid}_${Date.now().toString(36)}` };
}

export type Look = (query: string, params?: readonly unknown[]) => Promise<types.Row[]>;

/** A plain connection, to look at what is there and to do harm. */
export async function withCassandra<Result>(
  settings: CassandraSettings,
  use: (look: Look, client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client(driverOptions(settings, { requestDeadlineMs: 60_000 }));
  try {
    await client.connect();
    const look: Look = async (query, params) =>
      (await client.execute(query, params as unknown[], { prepare: params !== undefined })).rows ?? [];
    return await use(look, client);
  } finally {
    await client.shutdown();
  }
}

export async function dropKeyspace(settings: CassandraSettings): Promise<void> {
  await withCassandra(settings, (look) => look(`DROP KEYSPACE IF EXISTS ${settings.keyspace}`));
}

/** Tables that were written only: to empty one takes up to half a second. */
export async function emptyTables(settings: CassandraSettings): Promise<void> {
  await withCassandra(settings, async (look) => {
    const { keyspace } = settings;
    const tables = await look('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [keyspace]);
    const empty = async (table: string) => {
      if ((await look(`SELECT * FROM ${keyspace}.${table} LIMIT 1`)).length > 0) await look(`TRUNCATE ${keyspace}.${table}`);
    };
    await Promise.all(
      tables
        .map(({ table_name }) => table_name as string)
        .filter((table) => table !== 'settings')
        .map(empty),
    );
  });
}
