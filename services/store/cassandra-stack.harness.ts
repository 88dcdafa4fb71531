/** A real Cassandra for tests: the one of the settings file that PARLEY_TEST_STACK names. Each test file has a keyspace of its own. */
import { Client, type types } from 'cassandra-driver';
import { readBackends } from '../backends/read-settings.ts';
import type { CassandraSettings } from '../backends/settings.ts';
import type { MachineFact } from '../runtime/shortfall.ts';

export const CASSANDRA: MachineFact = {
  fact: 'a Cassandra',
  missing: () => (process.env.PARLEY_TEST_STACK === undefined ? 'no settings of one in PARLEY_TEST_STACK' : undefined),
};

export function testCassandra(name: string): CassandraSettings {
  const { cassandra } = readBackends(process.env.PARLEY_TEST_STACK!);
  return { ...cassandra, keyspace: `test_${name}_${process.pid}_${Date.now().toString(36)}` };
}

export type Look = (query: string, params?: readonly unknown[]) => Promise<types.Row[]>;

/** A plain connection, to look at what is there and to do harm. */
export async function withCassandra<Result>(
  settings: CassandraSettings,
  use: (look: Look, client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    contactPoints: [...settings.contactPoints],
    localDataCenter: settings.dataCenter,
    encoding: { useBigIntAsLong: true },
    socketOptions: { readTimeout: 60_000 },
  });
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

export interface Scanned {
  readonly rows: number;
  readonly tombstones: number;
}

/** What the server looked at to answer, by its own trace. */
export async function scannedBy(client: Client, query: string, params: readonly unknown[]): Promise<Scanned> {
  const { info } = await client.execute(query, params as unknown[], { prepare: true, traceQuery: true });
  const trace = await client.metadata.getTrace(info.traceId!);
  const counted = (trace.events as ReadonlyArray<{ activity: string }>)
    .map(({ activity }) => /Read (\d+) live rows? and (\d+) tombstone/.exec(activity))
    .filter((match) => match !== null);
  if (counted.length === 0) throw new Error(`the trace counts no rows: ${JSON.stringify(trace.events)}`);
  const sum = (group: number) => counted.reduce((total, match) => total + Number(match[group]), 0);
  return { rows: sum(1), tombstones: sum(2) };
}
