/**
 * The reads of a store in another process, over `rpc`; dispatch writes beside the store. Every page begins with 0, or is a
 * refusal: its index in REFUSALS, plus 1.
 *
 *   changedSince limit (user position)*                     → (more position (conversation sequence)*)*
 *   entries      user conversation from to limit bytes      → more (entry)*
 *   history      user conversation before limit bytes       → more (entry)*
 *   list         user limit position                        → more position (conversation sequence loggedAtMs members
 *                                                             readSequence sender contentType snippet)*
 *   conversations (conversation)*                           → (id lastSequence offset changedAtMs restedAtMs (member)*)*
 *   receipts     user conversation limit position           → more position (kind user sequence)*
 *   privacy      user withhold                              →
 *   addDevice    device                                     →
 */
import { readEntry, writeEntry } from '../bus/record-codec.ts';
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import type { RpcClient, RpcServer } from '../runtime/rpc.ts';
import {
  type ChangedPage,
  type ChangedRequest,
  type Conversation,
  type EntryPage,
  type ListPage,
  type ReceiptPage,
  type Refusal,
  SNIPPET_BYTES,
  type StoreReads,
} from './store.ts';

const METHODS = {
  changedSince: 20,
  entries: 21,
  history: 22,
  list: 23,
  conversations: 24,
  receipts: 25,
  privacy: 26,
  addDevice: 27,
} as const;
const RECEIPT_KINDS = ['delivered', 'read'] as const;
const NOTHING = new Uint8Array(0);
const REFUSALS: ReadonlyArray<Refusal['refused']> = ['notMember', 'noConversation', 'badPosition', 'gone'];
const MAX_ITEMS = 65_536;
const MAX_POSITION_BYTES = 4_096;

export function serveStore(server: RpcServer, store: StoreReads): void {
  server.handle(METHODS.changedSince, async (payload) => {
    const reader = new ByteReader(payload);
    const limit = reader.varint('limit');
    const asked = checked(
      reader,
      reader.list('asked', MAX_ITEMS, () => ({ user: reader.varint('user'), position: reader.sized('position', MAX_POSITION_BYTES) })),
    );
    const pages = await store.changedSinceEach(asked, limit);
    const writer = new ByteWriter().start().varint(pages.length);
    for (const page of pages) {
      if ('refused' in page) {
        writer.byte(REFUSALS.indexOf(page.refused) + 1);
        continue;
      }
      writer
        .byte(0)
        .byte(page.more ? 1 : 0)
        .sized(page.position)
        .varint(page.changes.length);
      for (const { conversation, sequence } of page.changes) writer.varint(conversation).varint(sequence);
    }
    return writer.take();
  });
  server.handle(METHODS.entries, async (payload) => {
    const reader = new ByteReader(payload);
    const [user, conversation, from, to, limit, bytes] = numbers(reader, 6) as [number, number, number, number, number, number];
    return entryPage(await store.entries(user, conversation, from, to, limit, bytes));
  });
  server.handle(METHODS.history, async (payload) => {
    const reader = new ByteReader(payload);
    const [user, conversation, before, limit, bytes] = numbers(reader, 5) as [number, number, number, number, number];
    return entryPage(await store.history(user, conversation, before, limit, bytes));
  });
  server.handle(METHODS.list, async (payload) => {
    const reader = new ByteReader(payload);
    const [user, limit] = [reader.varint('user'), reader.varint('limit')];
    const page = await store.list(user, checked(reader, reader.sized('position', MAX_POSITION_BYTES)), limit);
    if ('refused' in page) return refusal(page);
    const writer = pageWriter(page.more).sized(page.position).varint(page.rows.length);
    for (const row of page.rows) {
      writer.varint(row.conversation).varint(row.sequence).varint(row.loggedAtMs).varint(row.members);
      writer.varint(row.readSequence).varint(row.sender).varint(row.contentType).sized(row.snippet);
    }
    return writer.take();
  });
  server.handle(METHODS.conversations, async (payload) => {
    const reader = new ByteReader(payload);
    const ids = checked(
      reader,
      reader.list('ids', MAX_ITEMS, () => reader.varint('id')),
    );
    const found = await store.conversations(ids);
    const writer = new ByteWriter().start().varint(found.size);
    for (const { id, lastSequence, offset, changedAtMs, restedAtMs, members } of found.values()) {
      // The rate limit's time is a fraction; nobody but dispatch, beside the store, goes by it.
      writer.varint(id).varint(lastSequence).varint(offset).varint(changedAtMs).varint(Math.ceil(restedAtMs)).varint(members.length);
      for (const member of members) writer.varint(member);
    }
    return writer.take();
  });
  server.handle(METHODS.receipts, async (payload) => {
    const reader = new ByteReader(payload);
    const [user, conversation, limit] = [reader.varint('user'), reader.varint('conversation'), reader.varint('limit')];
    const page = await store.receipts(user, conversation, checked(reader, reader.sized('position', MAX_POSITION_BYTES)), limit);
    if ('refused' in page) return refusal(page);
    const writer = pageWriter(page.more).sized(page.position).varint(page.receipts.length);
    for (const { kind, user: whose, sequence } of page.receipts) writer.byte(RECEIPT_KINDS.indexOf(kind)).varint(whose).varint(sequence);
    return writer.take();
  });
  server.handle(METHODS.privacy, async (payload) => {
    const [user, withhold] = numbers(new ByteReader(payload), 2) as [number, number];
    await store.setReceiptPrivacy(user, withhold === 1);
    return NOTHING;
  });
  server.handle(METHODS.addDevice, async (payload) => {
    const [device] = numbers(new ByteReader(payload), 1) as [number];
    await store.addDevice(device);
    return NOTHING;
  });
}

export class StoreEmbedded implements StoreReads {
  private readonly rpc: RpcClient;

  constructor(rpc: RpcClient) {
    this.rpc = rpc;
  }

  async changedSince(user: UserId, position: Uint8Array, limit: number): Promise<ChangedPage | Refusal> {
    return (await this.changedSinceEach([{ user, position }], limit))[0]!;
  }

  async changedSinceEach(asked: readonly ChangedRequest[], limit: number): Promise<ReadonlyArray<ChangedPage | Refusal>> {
    const writer = new ByteWriter().start().varint(limit).varint(asked.length);
    for (const { user, position } of asked) writer.varint(user).sized(position);
    const reader = new ByteReader(await this.rpc.call(METHODS.changedSince, writer.take()));
    const pages = reader.list('pages', MAX_ITEMS, (): ChangedPage | Refusal => {
      const kind = reader.byte('refused');
      if (kind > 0) return { refused: REFUSALS[kind - 1] ?? 'gone' };
      return {
        more: reader.byte('more') === 1,
        position: reader.sized('position', MAX_POSITION_BYTES),
        changes: reader.list('changes', MAX_ITEMS, () => ({
          conversation: reader.varint('conversation'),
          sequence: reader.varint('sequence'),
        })),
      };
    });
    return checked(reader, pages);
  }

  async entries(
    user: UserId,
    conversation: ConversationId,
    from: number,
    to: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal> {
    return this.page(METHODS.entries, [user, conversation, from, to, limit, limitBytes]);
  }

  async history(
    user: UserId,
    conversation: ConversationId,
    before: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal> {
    return this.page(METHODS.history, [user, conversation, before, limit, limitBytes]);
  }

  async list(user: UserId, position: Uint8Array, limit: number): Promise<ListPage | Refusal> {
    const request = new ByteWriter().start().varint(user).varint(limit).sized(position).take();
    return readPage(await this.rpc.call(METHODS.list, request), (reader, more) => ({
      more,
      position: reader.sized('position', MAX_POSITION_BYTES),
      rows: reader.list('rows', MAX_ITEMS, () => ({
        conversation: reader.varint('conversation'),
        sequence: reader.varint('sequence'),
        loggedAtMs: reader.varint('loggedAtMs'),
        members: reader.varint('members'),
        readSequence: reader.varint('readSequence'),
        sender: reader.varint('sender'),
        contentType: reader.varint('contentType'),
        snippet: reader.sized('snippet', SNIPPET_BYTES),
      })),
    }));
  }

  async conversations(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, Conversation>> {
    const writer = new ByteWriter().start().varint(ids.length);
    for (const id of ids) writer.varint(id);
    const reader = new ByteReader(await this.rpc.call(METHODS.conversations, writer.take()));
    const states = reader.list('conversations', MAX_ITEMS, (): Conversation => {
      const [id, lastSequence, offset] = [reader.varint('id'), reader.varint('lastSequence'), reader.varint('offset')];
      const [changedAtMs, restedAtMs] = [reader.varint('changedAtMs'), reader.varint('restedAtMs')];
      return {
        id,
        lastSequence,
        offset,
        changedAtMs,
        restedAtMs,
        members: reader.list('members', MAX_ITEMS, () => reader.varint('member')),
      };
    });
    return new Map(checked(reader, states).map((state) => [state.id, state]));
  }

  async receipts(user: UserId, conversation: ConversationId, position: Uint8Array, limit: number): Promise<ReceiptPage | Refusal> {
    const request = new ByteWriter().start().varint(user).varint(conversation).varint(limit).sized(position).take();
    return readPage(await this.rpc.call(METHODS.receipts, request), (reader, more) => ({
      more,
      position: reader.sized('position', MAX_POSITION_BYTES),
      receipts: reader.list('receipts', MAX_ITEMS, () => ({
        kind: RECEIPT_KINDS[reader.byte('kind')] ?? 'delivered',
        user: reader.varint('user'),
        sequence: reader.varint('sequence'),
      })),
    }));
  }

  async setReceiptPrivacy(user: UserId, withhold: boolean): Promise<void> {
    await this.rpc.call(
      METHODS.privacy,
      new ByteWriter()
        .start()
        .varint(user)
        .varint(withhold ? 1 : 0)
        .take(),
    );
  }

  async addDevice(device: DeviceKey): Promise<void> {
    await this.rpc.call(METHODS.addDevice, new ByteWriter().start().varint(device).take());
  }

  private async page(method: number, values: readonly number[]): Promise<EntryPage | Refusal> {
    const writer = new ByteWriter().start();
    for (const value of values) writer.varint(value);
    return readPage(await this.rpc.call(method, writer.take()), (reader, more) => ({
      more,
      entries: reader.list('entries', MAX_ITEMS, () => readEntry(reader)),
    }));
  }
}

function checked<Value>(reader: ByteReader, value: Value): Value {
  reader.end();
  if (reader.failure !== undefined) throw new BackendError('badRequest', reader.failure, false);
  return value;
}

function numbers(reader: ByteReader, count: number): number[] {
  return checked(
    reader,
    Array.from({ length: count }, () => reader.varint('number')),
  );
}

function refusal({ refused }: Refusal): Uint8Array {
  return Uint8Array.of(REFUSALS.indexOf(refused) + 1);
}

function pageWriter(more: boolean): ByteWriter {
  return new ByteWriter()
    .start()
    .byte(0)
    .byte(more ? 1 : 0);
}

function entryPage(page: EntryPage | Refusal): Uint8Array {
  if ('refused' in page) return refusal(page);
  const writer = pageWriter(page.more).varint(page.entries.length);
  for (const entry of page.entries) writeEntry(writer, entry);
  return writer.take();
}

function readPage<Page>(payload: Uint8Array, read: (reader: ByteReader, more: boolean) => Page): Page | Refusal {
  const reader = new ByteReader(payload);
  const kind = reader.byte('refused');
  if (kind > 0) return { refused: REFUSALS[kind - 1] ?? 'gone' };
  return checked(reader, read(reader, reader.byte('more') === 1));
}
