/**
 * The store in Cassandra. Who reads what: a page of entries costs the conversation's state and one partition, two at a bucket's
 * end; a list, or what changed for a device, costs one partition of its user, and one state per conversation of his that has
 * more than FAN_OUT_MEMBERS members. Tables and their rules: cassandra-schema.ts. Gaps in what is written are not looked for.
 */
import type { CassandraSettings } from '../backends/settings.ts';
import { partitionOf } from '../bus/partition.ts';
import { type ConversationId, type DeviceKey, type UserId, userOf } from '../protocol/ids.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { CassandraClient, type CassandraClientOptions, type Row } from './cassandra-client.ts';
import { CassandraEntries } from './cassandra-entries.ts';
import { CassandraReceipts } from './cassandra-receipts.ts';
import { conversationOfRow, type LastMessage, lastMessageOfRow, long, STANDING } from './cassandra-rows.ts';
import { ensureSchema } from './cassandra-schema.ts';
import { type Statements, statementsOf } from './cassandra-statements.ts';
import { CassandraWrites } from './cassandra-writes.ts';
import { changedPage, listPage } from './change-pages.ts';
import { PARTITIONS_LIMIT, readChangedPosition, readListPosition } from './positions.ts';
import { SharedRead } from './shared-read.ts';
import {
  type ChangedPage,
  type ChangedRequest,
  type Conversation,
  type DecidedBatch,
  type EntryPage,
  isMember,
  type ListPage,
  type ListRow,
  type MovedMark,
  type Place,
  type Progress,
  type ReceiptMark,
  type ReceiptPage,
  type RecordedOutcome,
  type Refusal,
  type Store,
} from './store.ts';

export interface CassandraStoreOptions extends CassandraClientOptions {
  /** Partitions of `messages`. */
  readonly partitions: number;
  readonly nowMs?: () => number;
}

/** How long who asks what changed waits for others to share the read of the partitions' ends with. */
const PROGRESS_WINDOW_MS = 2;
const LIST_PAGE_ROWS = 1_000;
/** Devices that are looked at side by side; each has a read or two in flight. */
const CHANGES_AT_ONCE = 64;

/** Rejects with BackendError: `unavailable` (retryable), `denied`, `schema`, `partitions`, `keyspace`. */
export async function openCassandraStore(settings: CassandraSettings, options: CassandraStoreOptions): Promise<CassandraStore> {
  if (options.partitions > PARTITIONS_LIMIT) {
    const reason = `a device's position holds ${PARTITIONS_LIMIT} partitions of messages, not ${options.partitions}: make another cell`;
    throw new BackendError('partitions', reason, false);
  }
  const client = await CassandraClient.open(settings, options);
  try {
    await ensureSchema(client, settings, options.partitions);
    return new CassandraStore(client, options);
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** A conversation in a user's list, wherever its fields were read. */
interface OwnRow {
  readonly id: ConversationId;
  readonly changedAtMs: number;
  readonly sequence: number;
  readonly members: number;
  readonly readSequence: number;
  readonly message: LastMessage;
}

export class CassandraStore implements Store {
  readonly client: CassandraClient;
  private readonly statements: Statements;
  private readonly partitions: number;
  private readonly nowMs: () => number;
  private readonly writes: CassandraWrites;
  private readonly entryReads: CassandraEntries;
  private readonly receiptBook: CassandraReceipts;
  private readonly ends: SharedRead<readonly number[]>;

  constructor(client: CassandraClient, { partitions, nowMs = () => Date.now() }: CassandraStoreOptions) {
    this.client = client;
    this.partitions = partitions;
    this.nowMs = nowMs;
    this.statements = statementsOf(client.keyspace);
    this.writes = new CassandraWrites(client, this.statements);
    this.entryReads = new CassandraEntries(client, this.statements);
    this.receiptBook = new CassandraReceipts(client, this.statements);
    this.ends = new SharedRead(() => this.readEnds(), PROGRESS_WINDOW_MS);
  }

  get unready(): string | undefined {
    return this.client.unready;
  }

  async conversations(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, Conversation>> {
    const rows = await this.stateRows(ids);
    return new Map([...rows].map(([id, row]) => [id, conversationOfRow(id, row)]));
  }

  async outcomesAt(places: readonly Place[]): Promise<ReadonlyArray<RecordedOutcome | undefined>> {
    const states = await this.conversations(places.map(({ conversation }) => conversation));
    return Promise.all(places.map((place) => this.entryReads.outcomeAt(place, states.get(place.conversation))));
  }

  write(batch: DecidedBatch): Promise<void> {
    return this.writes.write(batch);
  }

  async progress(partition: number): Promise<Progress | undefined> {
    const rows = await this.client.read(this.statements.progress, []);
    const row = rows.find((one) => one.partition === partition);
    return row === undefined ? undefined : { nextOffset: Number(row.next_offset), firstLoggedAtMs: Number(row.first_logged_at) };
  }

  async markReceipts(marks: readonly ReceiptMark[], known?: ReadonlyMap<ConversationId, Conversation>): Promise<readonly MovedMark[]> {
    const ids = marks.map(({ conversation }) => conversation);
    const missing = known === undefined ? ids : ids.filter((id) => !known.has(id));
    const read = missing.length === 0 ? [] : await this.conversations(missing);
    return this.receiptBook.mark(marks, new Map([...(known ?? []), ...read]));
  }

  async receipts(user: UserId, conversation: ConversationId, position: Uint8Array, limit: number): Promise<ReceiptPage | Refusal> {
    const state = await this.readable(user, conversation);
    return 'refused' in state ? state : this.receiptBook.page(user, state, position, limit);
  }

  setReceiptPrivacy(user: UserId, withhold: boolean): Promise<void> {
    return this.receiptBook.setPrivacy(user, withhold, this.nowMs());
  }

  withholding(users: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    return this.receiptBook.withholding(users);
  }

  senders(conversation: ConversationId, from: number, to: number): Promise<readonly DeviceKey[]> {
    return this.entryReads.senders(conversation, from, to);
  }

  async addDevice(device: DeviceKey): Promise<void> {
    await this.client.write({ query: this.statements.putDevice, params: [long(userOf(device)), long(device)] });
  }

  async devices(users: readonly UserId[]): Promise<ReadonlyArray<readonly DeviceKey[]>> {
    const found = new Map<UserId, DeviceKey[]>(users.map((user) => [user, []]));
    for (const { user, device } of await this.client.readPartitions(this.statements.devices, users.map(long)))
      found.get(Number(user))!.push(Number(device));
    return users.map((user) => found.get(user)!);
  }

  async changedSince(user: UserId, position: Uint8Array, limit: number): Promise<ChangedPage | Refusal> {
    // First the ends, then the rows: what is written in between is seen now and again.
    const ends = await this.ends.get();
    const since = readChangedPosition(position, ends);
    if (since === undefined) return { refused: 'badPosition' };
    const { own, states } = await this.rowsOf(user, this.statements.changedRows);
    const changed = own.map((row) => {
      const id = Number(row.conversation);
      const state = states.get(id) ?? row;
      return {
        conversation: id,
        partition: partitionOf(id, this.partitions),
        sequence: Number(state.sequence),
        offset: Number(state.offset),
      };
    });
    return changedPage(changed, since, ends, limit);
  }

  async changedSinceEach(asked: readonly ChangedRequest[], limit: number): Promise<ReadonlyArray<ChangedPage | Refusal>> {
    const pages = new Array<ChangedPage | Refusal>(asked.length);
    let at = 0;
    const lane = async () => {
      while (at < asked.length) {
        const index = at++;
        const { user, position } = asked[index]!;
        pages[index] = await this.changedSince(user, position, limit);
      }
    };
    await Promise.all(Array.from({ length: Math.min(CHANGES_AT_ONCE, asked.length) }, lane));
    return pages;
  }

  async entries(
    user: UserId,
    conversation: ConversationId,
    from: number,
    to: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal> {
    const state = await this.readable(user, conversation);
    if ('refused' in state) return state;
    return this.entryReads.page(conversation, Math.max(1, from), Math.min(to, state.lastSequence), limit, limitBytes, 1);
  }

  async history(
    user: UserId,
    conversation: ConversationId,
    before: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal> {
    const state = await this.readable(user, conversation);
    if ('refused' in state) return state;
    const newest = before === 0 ? state.lastSequence : Math.min(before - 1, state.lastSequence);
    return this.entryReads.page(conversation, newest, 1, limit, limitBytes, -1);
  }

  async list(user: UserId, position: Uint8Array, limit: number): Promise<ListPage | Refusal> {
    const after = readListPosition(position);
    if (after === undefined) return { refused: 'badPosition' };
    const { own, states } = await this.rowsOf(user, this.statements.listRows);
    const all = own.map((row) => ownRow(row, states.get(Number(row.conversation))));
    const page = listPage(all, after, position, limit);
    return { ...page, rows: page.rows.map(listRow) };
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async readable(user: UserId, conversation: ConversationId): Promise<Conversation | Refusal> {
    const state = (await this.conversations([conversation])).get(conversation);
    if (state === undefined) return { refused: 'noConversation' };
    return isMember(state, user) ? state : { refused: 'notMember' };
  }

  private async readEnds(): Promise<readonly number[]> {
    const ends = new Array<number>(this.partitions).fill(0);
    for (const row of await this.client.read(this.statements.progress, [])) ends[Number(row.partition)] = Number(row.next_offset);
    return ends;
  }

  /** Rows of a user as a member, and the states of his large conversations. */
  private async rowsOf(user: UserId, query: string): Promise<{ own: readonly Row[]; states: ReadonlyMap<ConversationId, Row> }> {
    const rows = await this.client.readAll(query, [long(user)], LIST_PAGE_ROWS);
    const own = rows.filter(({ standing }) => standing === STANDING.member || standing === STANDING.large);
    const large = own.filter(({ standing }) => standing === STANDING.large);
    return { own, states: await this.stateRows(large.map(({ conversation }) => Number(conversation))) };
  }

  private async stateRows(ids: readonly ConversationId[]): Promise<Map<ConversationId, Row>> {
    const rows = await this.client.readPartitions(this.statements.conversations, ids.map(long));
    // What was under way while the store was emptied may have left a change without the members that it did not change.
    return new Map(rows.filter(({ members }) => members !== null).map((row) => [Number(row.conversation), row]));
  }
}

function ownRow(row: Row, state: Row | undefined): OwnRow {
  const from = state ?? row;
  const id = Number(row.conversation);
  return {
    id,
    changedAtMs: Number(from.changed_at),
    sequence: Number(from.sequence),
    members: state === undefined ? Number(row.members) : conversationOfRow(id, state).members.length,
    readSequence: Math.max(Number(row.read ?? 0), Number(row.sent ?? 0)),
    message: lastMessageOfRow(from),
  };
}

function listRow({ id, sequence, changedAtMs, members, readSequence, message }: OwnRow): ListRow {
  return { conversation: id, sequence, loggedAtMs: changedAtMs, members, readSequence, ...message };
}
