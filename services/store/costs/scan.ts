/** What a server of Cassandra looked at to answer a read, by its own trace. */
import type { Client } from 'cassandra-driver';

export interface Scanned {
  readonly rows: number;
  readonly tombstones: number;
}

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
