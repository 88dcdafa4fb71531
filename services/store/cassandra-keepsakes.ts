/**
 * Marks beside the partitions' progress that say that the store has all that it counts, by slot. The value of one is its write
 * time, so the highest stands whoever wrote it when; a store that comes back empty, or as it was before, has none, or older ones.
 * The column of a log time has era and wholeness: twice the era, and one where it is whole.
 */
import type { CassandraClient } from './cassandra-client.ts';
import { SharedRead } from './shared-read.ts';

export interface Keepsake {
  readonly value: number;
  readonly whole: boolean;
  readonly era: number;
}

/** Runs of several partitions that begin together share a look. */
const WINDOW_MS = 1;

export class CassandraKeepsakes {
  private readonly client: CassandraClient;
  private readonly marks: SharedRead<ReadonlyMap<number, Keepsake>>;

  constructor(client: CassandraClient) {
    this.client = client;
    this.marks = new SharedRead(() => this.readAll(), WINDOW_MS);
  }

  /** By slot, as they stand now. */
  read(): Promise<ReadonlyMap<number, Keepsake>> {
    return this.marks.get();
  }

  async put(marks: ReadonlyMap<number, Keepsake>): Promise<void> {
    const query = `INSERT INTO ${this.client.keyspace}.progress (log, partition, next_offset, first_logged_at) VALUES ('kept', ?, ?, ?) USING TIMESTAMP ?`;
    const statements = [...marks].map(([slot, { value, whole, era }]) => ({
      query,
      params: [slot, BigInt(value), BigInt(era) * 2n + (whole ? 1n : 0n), BigInt(value)],
    }));
    if (statements.length > 0) await this.client.writeTogether(statements);
  }

  private async readAll(): Promise<ReadonlyMap<number, Keepsake>> {
    const query = `SELECT partition, next_offset, first_logged_at FROM ${this.client.keyspace}.progress WHERE log = 'kept'`;
    const rows = await this.client.read(query, []);
    return new Map(
      rows.map((row) => {
        const said = BigInt(row.first_logged_at as bigint);
        return [Number(row.partition), { value: Number(row.next_offset), whole: said % 2n === 1n, era: Number(said / 2n) }];
      }),
    );
  }
}
