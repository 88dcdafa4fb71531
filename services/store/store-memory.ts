/**
 * The store in the memory of this process, for a log that is kept: of an entry only its offset is held (8 to 12 bytes); the
 * entry itself is made of its record again when it is read. A conversation of two costs some 450 bytes, an idle user none.
 */
import { entryOf } from '../bus/entry-of-record.ts';
import { partitionOf } from '../bus/partition.ts';
import { decodeMessage } from '../bus/record-codec.ts';
import type { LogEntry } from '../bus/records.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { type ConversationId, type DeviceKey, type UserId, userOf } from '../protocol/ids.ts';
import { firstNotBelow } from './ascending.ts';
import { changedPage, listPage } from './change-pages.ts';
import { ConversationMarks } from './conversation-marks.ts';
import { DeviceSet } from './device-set.ts';
import { lastMessageOf, receiptPage } from './pages.ts';
import { readChangedPosition, readListPosition, readReceiptsPosition } from './positions.ts';
import { PrivacyHistory } from './privacy-history.ts';
import { RECENT_ENTRIES, RecentSenders } from './recent-senders.ts';
import {
  type Applied,
  type ChangedPage,
  type ChangedRequest,
  type Conversation,
  type DecidedBatch,
  ENTRY_OVERHEAD_BYTES,
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
import { UserConversations } from './user-conversations.ts';

export interface StoreMemoryOptions {
  /** Partitions of `messages`. */
  readonly partitions: number;
  /** Reads a record of `messages` by its place. Undefined when the log does not have it any more. */
  readonly recordAt: (partition: number, offset: number) => { readonly value: Uint8Array; readonly loggedAtMs: number } | undefined;
  /** Wishes about receipts are in no log: who wants them to outlive the process keeps them. */
  readonly privacy?: PrivacyHistory;
}

interface Row {
  conversation: Conversation;
  /** Offset of each entry's record, by sequence less one. */
  readonly offsets: number[];
  /** Sequence of the last message, 0 where there is none. */
  lastMessage: number;
  marks: ConversationMarks | undefined;
  /** Of more than two members: between two it is known whom a receipt concerns. */
  senders: RecentSenders | undefined;
}

const GONE: Refusal = { refused: 'gone' };
/** Of a partition. Rejections are few; of so many that this is passed the oldest are answered as records nobody knows. */
const REJECTIONS_KEPT = 65_536;

export class StoreMemory implements Store {
  private readonly options: StoreMemoryOptions;
  private readonly rows = new Map<ConversationId, Row>();
  private readonly users = new UserConversations();
  /** By partition: the offset after the last record that made an entry. Every change below it can be read. */
  private readonly written: number[];
  private readonly stored: Array<Progress | undefined>;
  /** By partition and offset. */
  private readonly rejections: ReadonlyArray<Map<number, number>>;
  private readonly known = new DeviceSet();
  private readonly privacy: PrivacyHistory;

  constructor(options: StoreMemoryOptions) {
    this.options = options;
    this.written = new Array<number>(options.partitions).fill(0);
    this.stored = new Array<Progress | undefined>(options.partitions).fill(undefined);
    this.rejections = this.written.map(() => new Map<number, number>());
    this.privacy = options.privacy ?? new PrivacyHistory();
  }

  get conversationCount(): number {
    return this.rows.size;
  }

  async conversations(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, Conversation>> {
    const found = new Map<ConversationId, Conversation>();
    for (const id of ids) {
      const row = this.rows.get(id);
      if (row !== undefined) found.set(id, row.conversation);
    }
    return found;
  }

  async outcomesAt(places: readonly Place[]): Promise<ReadonlyArray<RecordedOutcome | undefined>> {
    return places.map(({ conversation, offset }) => {
      const code = this.rejections[partitionOf(conversation, this.options.partitions)]!.get(offset);
      if (code !== undefined) return { code };
      const offsets = this.rows.get(conversation)?.offsets ?? [];
      const place = firstNotBelow(offsets, offset);
      return offsets[place] === offset ? { sequence: place + 1 } : undefined;
    });
  }

  async write({ partition, applied, rejections, nextOffset, firstLoggedAtMs }: DecidedBatch): Promise<void> {
    for (const one of applied) this.writeOne(one);
    const rejected = this.rejections[partition]!;
    for (const { offset, code } of rejections) rejected.set(offset, code);
    for (const offset of rejected.keys()) {
      if (rejected.size <= REJECTIONS_KEPT) break;
      rejected.delete(offset);
    }
    if (nextOffset > (this.stored[partition]?.nextOffset ?? 0)) this.stored[partition] = { nextOffset, firstLoggedAtMs };
  }

  async progress(partition: number): Promise<Progress | undefined> {
    return this.stored[partition];
  }

  async markReceipts(marks: readonly ReceiptMark[]): Promise<readonly MovedMark[]> {
    const moved: MovedMark[] = [];
    for (const mark of marks) {
      const row = this.rows.get(mark.conversation);
      const user = userOf(mark.device);
      if (row === undefined || !isMember(row.conversation, user)) continue;
      const sequence = Math.min(mark.sequence, row.conversation.lastSequence);
      row.marks ??= new ConversationMarks();
      const withheld = mark.kind === 'read' && this.isWithheld(user, mark);
      const after = mark.kind === 'read' ? row.marks.read(user, sequence, withheld) : row.marks.delivered(user, sequence);
      if (after !== undefined) moved.push(withheld ? { ...mark, sequence, after, withheld } : { ...mark, sequence, after });
    }
    return moved;
  }

  async receipts(user: UserId, conversation: ConversationId, position: Uint8Array, limit: number): Promise<ReceiptPage | Refusal> {
    const row = this.readable(user, conversation);
    if ('refused' in row) return row;
    const after = readReceiptsPosition(position);
    return after === undefined
      ? { refused: 'badPosition' }
      : receiptPage(row.conversation.members, user, after, limit, (other) => row.marks?.visible(other) ?? []);
  }

  async setReceiptPrivacy(user: UserId, withhold: boolean): Promise<void> {
    this.privacy.set({ user, withhold, atMs: Date.now() });
  }

  async withholding(users: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    return new Set(users.filter((user) => this.privacy.withholds(user)));
  }

  async senders(conversation: ConversationId, from: number, to: number): Promise<readonly DeviceKey[]> {
    const row = this.rows.get(conversation);
    if (row === undefined) return [];
    const last = Math.min(to, row.conversation.lastSequence);
    const first = Math.max(1, from, last - RECENT_ENTRIES + 1);
    const recent = row.senders?.between(first, last);
    if (recent !== undefined) return recent;
    const found = new Set<DeviceKey>();
    for (let sequence = first; sequence <= last; sequence++) {
      const entry = this.entryAt(row, sequence);
      if (entry?.kind === ENTRY_KINDS.message) found.add(entry.sender);
    }
    return [...found];
  }

  async addDevice(device: DeviceKey): Promise<void> {
    this.known.add(device);
  }

  async devices(users: readonly UserId[]): Promise<ReadonlyArray<readonly DeviceKey[]>> {
    return users.map((user) => this.known.of(user));
  }

  async changedSince(user: UserId, position: Uint8Array, limit: number): Promise<ChangedPage | Refusal> {
    const since = readChangedPosition(position, this.written);
    if (since === undefined) return { refused: 'badPosition' };
    const changed = this.conversationsOf(user).map(({ id, lastSequence, offset }) => {
      return { partition: partitionOf(id, this.options.partitions), conversation: id, sequence: lastSequence, offset };
    });
    return changedPage(changed, since, this.written, limit);
  }

  changedSinceEach(asked: readonly ChangedRequest[], limit: number): Promise<ReadonlyArray<ChangedPage | Refusal>> {
    return Promise.all(asked.map(({ user, position }) => this.changedSince(user, position, limit)));
  }

  async entries(
    user: UserId,
    conversation: ConversationId,
    from: number,
    to: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal> {
    const row = this.readable(user, conversation);
    if ('refused' in row) return row;
    return this.page(row, Math.max(1, from), Math.min(to, row.conversation.lastSequence), 1, limit, limitBytes);
  }

  async history(
    user: UserId,
    conversation: ConversationId,
    before: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal> {
    const row = this.readable(user, conversation);
    if ('refused' in row) return row;
    const { lastSequence } = row.conversation;
    return this.page(row, before === 0 ? lastSequence : Math.min(before - 1, lastSequence), 1, -1, limit, limitBytes);
  }

  async list(user: UserId, position: Uint8Array, limit: number): Promise<ListPage | Refusal> {
    const after = readListPosition(position);
    if (after === undefined) return { refused: 'badPosition' };
    const page = listPage(this.conversationsOf(user), after, position, limit);
    return { ...page, rows: page.rows.map((conversation) => this.listRow(user, conversation)) };
  }

  async close(): Promise<void> {}

  private conversationsOf(user: UserId): readonly Conversation[] {
    return Array.from(this.users.of(user), (id) => this.rows.get(id)!.conversation);
  }

  private listRow(user: UserId, { id, lastSequence, changedAtMs, members }: Conversation): ListRow {
    const row = this.rows.get(id)!;
    const message = row.lastMessage === 0 ? undefined : this.entryAt(row, row.lastMessage);
    return {
      conversation: id,
      sequence: lastSequence,
      loggedAtMs: changedAtMs,
      members: members.length,
      readSequence: row.marks?.ownRead(user) ?? 0,
      ...lastMessageOf(message),
    };
  }

  private isWithheld(user: UserId, { loggedAtMs }: ReceiptMark): boolean {
    return this.privacy.withholds(user) || (loggedAtMs !== undefined && this.privacy.withheldAt(user, loggedAtMs));
  }

  private writeOne({ conversation, entry }: Applied): void {
    const { id, offset } = conversation;
    let row = this.rows.get(id);
    const known = row?.offsets[entry.sequence - 1];
    if (known !== undefined) {
      if (known !== offset) throw new Error(`conversation ${id}: sequence ${entry.sequence} of offset ${known} and of ${offset}`);
      return;
    }
    if (entry.sequence !== (row?.offsets.length ?? 0) + 1) throw new Error(`conversation ${id}: a gap before sequence ${entry.sequence}`);
    if (row === undefined) {
      row = { conversation, offsets: [], lastMessage: 0, marks: undefined, senders: undefined };
      this.rows.set(id, row);
      for (const user of conversation.members) this.users.add(user, id);
    } else if (row.conversation.members !== conversation.members) {
      for (const user of conversation.members) if (!isMember(row.conversation, user)) this.users.add(user, id);
      for (const user of row.conversation.members) if (!isMember(conversation, user)) this.users.remove(user, id);
    }
    row.offsets.push(offset);
    row.conversation = conversation;
    if (conversation.members.length > 2) row.senders ??= new RecentSenders();
    row.senders?.add(entry.sequence, entry.kind === ENTRY_KINDS.message ? entry.sender : undefined);
    if (entry.kind === ENTRY_KINDS.message) {
      row.lastMessage = entry.sequence;
      row.marks ??= new ConversationMarks();
      row.marks.sent(userOf(entry.sender), entry.sequence);
    }
    const partition = partitionOf(id, this.options.partitions);
    this.written[partition] = Math.max(this.written[partition]!, offset + 1);
  }

  private readable(user: UserId, conversation: ConversationId): Row | Refusal {
    const row = this.rows.get(conversation);
    if (row === undefined) return { refused: 'noConversation' };
    return isMember(row.conversation, user) ? row : { refused: 'notMember' };
  }

  private page(row: Row, first: number, last: number, step: 1 | -1, limit: number, limitBytes: number): EntryPage | Refusal {
    const entries: LogEntry[] = [];
    let sequence = first;
    for (let bytes = 0; entries.length < Math.max(1, limit) && (last - sequence) * step >= 0; sequence += step) {
      const entry = this.entryAt(row, sequence);
      if (entry === undefined) return entries.length > 0 ? { entries, more: true } : GONE;
      bytes += sizeOf(entry);
      if (bytes > limitBytes && entries.length > 0) break;
      entries.push(entry);
    }
    return { entries, more: (last - sequence) * step >= 0 };
  }

  private entryAt(row: Row, sequence: number): LogEntry | undefined {
    const { id } = row.conversation;
    const record = this.options.recordAt(partitionOf(id, this.options.partitions), row.offsets[sequence - 1]!);
    if (record === undefined) return undefined;
    const decoded = decodeMessage(record.value);
    if (!decoded.ok) throw new Error(`conversation ${id}: the record of sequence ${sequence} can't be read again: ${decoded.reason}`);
    return entryOf(decoded.record, id, sequence, record.loggedAtMs);
  }
}

function sizeOf(entry: LogEntry): number {
  let bytes = ENTRY_OVERHEAD_BYTES;
  for (const { body } of entry.bodies) bytes += body.length;
  return bytes;
}
