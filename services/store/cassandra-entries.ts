/**
 * Entries of a conversation read from its buckets, and places found among them: sequences rise with offsets, so what a record
 * came to is found by looking at the newest entries first and by halving when it is older.
 */
import type { LogEntry } from '../bus/records.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import type { ConversationId, DeviceKey } from '../protocol/ids.ts';
import type { CassandraClient, Row } from './cassandra-client.ts';
import { entryOfRow, long } from './cassandra-rows.ts';
import { BUCKET_SEQUENCES, bucketOf } from './cassandra-schema.ts';
import type { Statements } from './cassandra-statements.ts';
import { type Conversation, ENTRY_OVERHEAD_BYTES, type EntryPage, type Place, type RecordedOutcome, type Refusal } from './store.ts';

/** Of one read of entries: of the largest bodies some 5 MB, of usual ones a page. */
const READ_ROWS = 64;
const NEWEST_ROWS = 64;
const SENDERS_LOOKED_AT = 64;

export class CassandraEntries {
  private readonly client: CassandraClient;
  private readonly statements: Statements;

  constructor(client: CassandraClient, statements: Statements) {
    this.client = client;
    this.statements = statements;
  }

  /** Entries from `first` on towards `last`, which may lie below it. */
  async page(
    conversation: number,
    first: number,
    last: number,
    limit: number,
    limitBytes: number,
    step: 1 | -1,
  ): Promise<EntryPage | Refusal> {
    const most = Math.max(1, limit);
    const entries: LogEntry[] = [];
    let sequence = first;
    for (let bytes = 0; entries.length < most && (last - sequence) * step >= 0; ) {
      const rows = await this.rows(conversation, sequence, last, Math.min(READ_ROWS, most - entries.length), step);
      if (rows.length === 0) return entries.length > 0 ? { entries, more: true } : { refused: 'gone' };
      for (const row of rows) {
        const entry = entryOfRow(conversation, row);
        if (entry.sequence !== sequence) return entries.length > 0 ? { entries, more: true } : { refused: 'gone' };
        bytes += entry.bodies.reduce((sum, { body }) => sum + body.length, ENTRY_OVERHEAD_BYTES);
        if (bytes > limitBytes && entries.length > 0) return { entries, more: true };
        entries.push(entry);
        sequence += step;
      }
    }
    return { entries, more: (last - sequence) * step >= 0 };
  }

  /** At most of the last 64 of them, which are in one partition or two; `to` is not beyond the last entry. */
  async senders(conversation: ConversationId, from: number, to: number): Promise<readonly DeviceKey[]> {
    const found = new Set<DeviceKey>();
    const first = Math.max(1, from, to - SENDERS_LOOKED_AT + 1);
    for (let bucket = bucketOf(first); bucket <= bucketOf(to) && first <= to; bucket++) {
      const params = [long(conversation), bucket, long(first), long(to), SENDERS_LOOKED_AT];
      for (const row of await this.client.read(this.statements.sendersOf, params))
        if (row.kind === ENTRY_KINDS.message) found.add(Number(row.sender));
    }
    return [...found];
  }

  async outcomeAt({ conversation, offset }: Place, state: Conversation | undefined): Promise<RecordedOutcome | undefined> {
    const [sequence, rejections] = await Promise.all([
      state === undefined || offset > state.offset ? undefined : this.sequenceAt(state, offset),
      this.client.read(this.statements.rejection, [long(conversation), long(offset)]),
    ]);
    if (sequence !== undefined) return { sequence };
    return rejections[0] === undefined ? undefined : { code: Number(rejections[0].code) };
  }

  private async sequenceAt({ id, lastSequence }: Conversation, offset: number): Promise<number | undefined> {
    const newest = await this.places(id, lastSequence, NEWEST_ROWS);
    const found = newest.find((place) => place.offset === offset);
    if (found !== undefined) return found.sequence;
    const oldest = newest.at(-1);
    if (oldest === undefined || oldest.offset < offset) return undefined;
    let low = 1;
    let high = oldest.sequence - 1;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const [place] = await this.places(id, middle, 1);
      if (place === undefined) return undefined;
      if (place.offset === offset) return place.sequence;
      if (place.offset < offset) low = middle + 1;
      else high = place.sequence - 1;
    }
    return undefined;
  }

  /** Newest first, of the bucket that `from` is in. */
  private async places(conversation: number, from: number, limit: number): Promise<Array<{ sequence: number; offset: number }>> {
    const rows = await this.client.read(this.statements.newestPlaces, [long(conversation), bucketOf(from), long(from), limit]);
    return rows.map((row) => ({ sequence: Number(row.sequence), offset: Number(row.offset) }));
  }

  /** In one bucket. */
  private rows(conversation: number, from: number, to: number, limit: number, step: 1 | -1): Promise<readonly Row[]> {
    const { client, statements } = this;
    const bucket = bucketOf(from);
    if (step === -1) return client.read(statements.newestEntries, [long(conversation), bucket, long(from), limit]);
    const end = Math.min(to, (bucket + 1) * BUCKET_SEQUENCES - 1);
    return client.read(statements.oldestEntries, [long(conversation), bucket, long(from), long(end), limit]);
  }
}
