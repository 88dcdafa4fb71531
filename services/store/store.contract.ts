/** What every store must do. An implementation's test calls `storeContract` with a harness that makes it. */
import { afterEach, describe, expect, test } from 'bun:test';
import { entryOf } from '../bus/entry-of-record.ts';
import { partitionOf } from '../bus/partition.ts';
import { encodeMessage } from '../bus/record-codec.ts';
import type { LogEntry, MessageRecord } from '../bus/records.ts';
import { deviceKey } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import {
  type Applied,
  type ChangedPage,
  type Conversation,
  type EntryPage,
  FAN_OUT_MEMBERS,
  type ListPage,
  type Receipt,
  type ReceiptMark,
  type ReceiptPage,
  type Refusal,
  type Rejection,
  SNIPPET_BYTES,
  type Store,
} from './store.ts';

export interface StoreHarness {
  readonly store: Store;
  /** It looks for gaps in what is written. One that would have to read for it trusts its writer. */
  readonly refusesGaps: boolean;
  /** A store that was built anew and got the same writes; undefined where the store itself outlives its process. */
  readonly rebuilt: () => Promise<Store>;
  close(): Promise<void>;
}

export interface LogOfTest {
  readonly partitions: number;
  readonly recordAt: (partition: number, offset: number) => { readonly value: Uint8Array; readonly loggedAtMs: number } | undefined;
}

const PARTITIONS = 2;
const MUCH = 1_000_000;
const NOTHING = new Uint8Array(0);

/** Writes a log and, by hand, what dispatch would make of it: so the contract hangs on no dispatch. */
class Script implements LogOfTest {
  readonly partitions = PARTITIONS;
  readonly applied: Applied[] = [];
  readonly rejections: Rejection[] = [];
  private readonly logs = Array.from({ length: PARTITIONS }, () => [] as Array<{ value: Uint8Array; loggedAtMs: number }>);
  private readonly states = new Map<number, Conversation>();
  private nowMs = 1_000;

  recordAt = (partition: number, offset: number) => this.logs[partition]![offset];

  create(conversation: number, ...members: number[]): Applied {
    return this.apply(conversation, { kind: 'create', ...this.from(conversation, members[0]!), members }, [...members]);
  }

  send(conversation: number, user: number, body: string | number): Applied {
    const bytes = typeof body === 'number' ? new Uint8Array(body).fill(7) : new TextEncoder().encode(body);
    const bodies = [{ device: 0, body: bytes }];
    return this.apply(conversation, { kind: 'send', ...this.from(conversation, user), contentType: 3, bodies });
  }

  add(conversation: number, by: number, user: number): Applied {
    const members = [...this.states.get(conversation)!.members, user];
    return this.apply(conversation, { kind: 'addMember', ...this.from(conversation, by), user }, members);
  }

  remove(conversation: number, by: number, user: number): Applied {
    const members = this.states.get(conversation)!.members.filter((member) => member !== user);
    return this.apply(conversation, { kind: 'removeMember', ...this.from(conversation, by), user }, members);
  }

  /** A record that makes no entry. */
  reject(conversation: number): Rejection {
    const offset = this.append({ kind: 'leave', ...this.from(conversation, 99) });
    const rejection = { conversation, offset, code: 32 };
    this.rejections.push(rejection);
    return rejection;
  }

  private from(conversation: number, user: number) {
    const id = new Uint8Array(16).fill(this.applied.length);
    return { conversation, id, from: deviceKey(user, 1), replyTo: { gateway: 1, edge: 0, connection: 1 } };
  }

  private apply(conversation: number, record: MessageRecord, members = this.states.get(conversation)!.members): Applied {
    const offset = this.append(record);
    const lastSequence = (this.states.get(conversation)?.lastSequence ?? 0) + 1;
    const state: Conversation = {
      id: conversation,
      lastSequence,
      members: [...members].sort((a, b) => a - b),
      offset,
      changedAtMs: this.nowMs,
      restedAtMs: this.nowMs + 5,
    };
    const before = this.states.get(conversation)?.members ?? [];
    const recipients = [...new Set([...members, ...before])].sort((a, b) => a - b);
    this.states.set(conversation, state);
    const applied = { conversation: state, entry: entryOf(record, conversation, lastSequence, this.nowMs), recipients };
    this.applied.push(applied);
    return applied;
  }

  private append(record: MessageRecord): number {
    this.nowMs += 10;
    const log = this.logs[partitionOf(record.conversation, PARTITIONS)]!;
    log.push({ value: encodeMessage(record), loggedAtMs: this.nowMs });
    return log.length - 1;
  }
}

export function storeContract(name: string, make: (log: LogOfTest) => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    const harnesses: StoreHarness[] = [];
    const start = async (script: Script) => {
      const harness = await make(script);
      harnesses.push(harness);
      await put(harness.store, script.applied, script.rejections);
      return harness;
    };
    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });

    test('what was written is read back: state, entries, members, time, bodies', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      script.send(10, 1, 'hello');
      script.add(10, 2, 3);
      const { store } = await start(script);
      expect(await store.conversations([10, 11])).toEqual(new Map([[10, script.applied[2]!.conversation]]));
      const page = read(await store.entries(3, 10, 1, 9, 10, MUCH));
      expect(page.more).toBe(false);
      expect(page.entries.map(plain)).toEqual(script.applied.map(({ entry }) => plain(entry)));
    });

    test('what a record came to is found by its place: a sequence, the code of a rejection, or nothing', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      const rejection = script.reject(10);
      script.send(10, 1, 'a');
      script.send(10, 1, 'b');
      const { store } = await start(script);
      const first = script.applied[0]!.conversation.offset;
      const places = [
        ...script.applied.map(({ conversation }) => ({ conversation: 10, offset: conversation.offset })),
        { conversation: 10, offset: rejection.offset },
        { conversation: 10, offset: 1_000 },
        { conversation: 99, offset: first + 2_000 },
      ];
      expect(await store.outcomesAt(places)).toEqual([
        { sequence: 1 },
        { sequence: 2 },
        { sequence: 3 },
        { code: 32 },
        undefined,
        undefined,
      ]);
      expect(await store.outcomesAt([])).toEqual([]);
    });

    test('outcomes far back in a long conversation are found too', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      for (let index = 0; index < 1_500; index++) script.send(10, 1, `m${index}`);
      const { store } = await start(script);
      const asked = [0, 1, 700, 1_022, 1_023, 1_024, 1_500].map((index) => script.applied[index]!);
      const found = await store.outcomesAt(asked.map(({ conversation }) => ({ conversation: 10, offset: conversation.offset })));
      expect(found).toEqual(asked.map(({ entry }) => ({ sequence: entry.sequence })));
      expect(pageOf(await store.history(1, 10, 0, 50, MUCH))[0]).toEqual(Array.from({ length: 50 }, (_, index) => 1_501 - index));
      expect(pageOf(await store.entries(1, 10, 1_020, 1_030, 50, MUCH))[0]).toEqual(
        Array.from({ length: 11 }, (_, index) => 1_020 + index),
      );
    });

    test('how far a partition is stored is known, and never goes back', async () => {
      const { store } = await start(new Script());
      expect(await store.progress(0)).toBeUndefined();
      const run = (nextOffset: number, firstLoggedAtMs: number) =>
        store.write({ partition: 0, applied: [], rejections: [], nextOffset, firstLoggedAtMs });
      await run(7, 1_000);
      expect(await store.progress(0)).toEqual({ nextOffset: 7, firstLoggedAtMs: 1_000 });
      await run(5, 900);
      expect(await store.progress(0)).toEqual({ nextOffset: 7, firstLoggedAtMs: 1_000 });
      await run(9, 2_000);
      expect(await store.progress(0)).toEqual({ nextOffset: 9, firstLoggedAtMs: 2_000 });
      expect(await store.progress(1)).toBeUndefined();
    });

    test('writing again what was written changes nothing, also with newer things after it (S3)', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      for (let index = 0; index < 20; index++) script.send(10, 1, `m${index}`);
      script.remove(10, 1, 2);
      const { store } = await start(script);
      const before = await snapshot(store, 1, 10);
      for (let times = 0; times < 3; times++) await put(store, script.applied);
      await put(store, script.applied.slice(3, 7));
      expect(await snapshot(store, 1, 10)).toEqual(before);
    });

    test('two writers of the same log, one behind the other, leave one row per conversation and one entry per sequence (S1)', async () => {
      const script = new Script();
      const members = Array.from({ length: 10 }, (_, user) => user + 1);
      for (const conversation of [10, 11, 12]) script.create(conversation, ...members);
      for (let index = 0; index < 300; index++) script.send(10 + (index % 3), 1 + (index % 10), `m${index}`);
      const { store } = await start(new Script());
      const { applied } = script;
      for (let at = 0; at < applied.length; at += 7) {
        await put(store, applied.slice(at, at + 7));
        await put(store, applied.slice(Math.max(0, at - 20), at + 3));
      }
      const rows = listed(await store.list(5, NOTHING, 50)).rows;
      expect(rows.map(({ conversation, sequence, members: count }) => [conversation, sequence, count])).toEqual([
        [12, 101, 10],
        [11, 101, 10],
        [10, 101, 10],
      ]);
    });

    test('a gap in what is written is a bug of the writer and is refused', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      script.send(10, 1, 'lost');
      script.send(10, 1, 'kept');
      const { store, refusesGaps } = await start(new Script());
      if (!refusesGaps) return;
      await put(store, [script.applied[0]!]);
      await expect(put(store, [script.applied[2]!])).rejects.toThrow('gap');
      expect((await store.conversations([10])).get(10)!.lastSequence).toBe(1);
    });

    test('strangers and former members read nothing; what does not exist is said to', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      script.send(10, 1, 'secret');
      script.remove(10, 1, 2);
      const { store } = await start(script);
      for (const user of [2, 3]) {
        expect(await store.entries(user, 10, 1, 9, 10, MUCH)).toEqual({ refused: 'notMember' });
        expect(await store.history(user, 10, 0, 10, MUCH)).toEqual({ refused: 'notMember' });
        expect(listed(await store.list(user, NOTHING, 10)).rows).toEqual([]);
        expect(changed(await store.changedSince(user, NOTHING, 10)).changes).toEqual([]);
      }
      expect(await store.entries(1, 99, 1, 9, 10, MUCH)).toEqual({ refused: 'noConversation' });
      expect(await store.history(1, 99, 0, 10, MUCH)).toEqual({ refused: 'noConversation' });
    });

    test('a member who is added late reads from the beginning; one who comes back too', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      script.send(10, 1, 'early');
      script.remove(10, 1, 2);
      script.add(10, 1, 2);
      script.add(10, 1, 3);
      const { store } = await start(script);
      for (const user of [2, 3]) expect(read(await store.entries(user, 10, 1, 9, 10, MUCH)).entries).toHaveLength(5);
    });

    test('a gap is read oldest first and history newest first, page by page', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      for (let sequence = 2; sequence <= 20; sequence++) script.send(10, 1, `m${sequence}`);
      const { store } = await start(script);
      const gap = async (from: number, to: number, limit: number) => pageOf(await store.entries(1, 10, from, to, limit, MUCH));
      const back = async (before: number, limit: number) => pageOf(await store.history(1, 10, before, limit, MUCH));
      expect(await gap(5, 8, 10)).toEqual([[5, 6, 7, 8], false]);
      expect(await gap(5, 8, 2)).toEqual([[5, 6], true]);
      expect(await gap(0, 3, 10)).toEqual([[1, 2, 3], false]);
      expect(await gap(19, 99, 10)).toEqual([[19, 20], false]);
      expect(await gap(21, 99, 10)).toEqual([[], false]);
      expect(await gap(8, 5, 10)).toEqual([[], false]);
      expect(await back(0, 3)).toEqual([[20, 19, 18], true]);
      expect(await back(3, 10)).toEqual([[2, 1], false]);
      expect(await back(1, 10)).toEqual([[], false]);
      expect(await back(99, 2)).toEqual([[20, 19], true]);
      expect(await gap(5, 8, 0)).toEqual([[5], true]);
    });

    test('a page of entries keeps to its bytes, but has at least one entry', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      for (let index = 0; index < 10; index++) script.send(10, 1, 10_000);
      script.send(10, 1, LIMITS.bodyBytes.value);
      const { store } = await start(script);
      expect(pageOf(await store.entries(1, 10, 2, 20, 50, 35_000))).toEqual([[2, 3, 4], true]);
      expect(pageOf(await store.history(1, 10, 0, 50, 35_000))).toEqual([[12], true]);
      expect(pageOf(await store.entries(1, 10, 12, 12, 50, 1))).toEqual([[12], false]);
    });

    test('from an empty position every conversation of the user has changed, then only what did', async () => {
      const script = new Script();
      for (const conversation of [10, 11, 12, 13]) script.create(conversation, 1, conversation);
      const { store } = await start(script);
      const first = changed(await store.changedSince(1, NOTHING, 10));
      expect(sequencesOf(first)).toEqual({ 10: 1, 11: 1, 12: 1, 13: 1 });
      expect(first.more).toBe(false);
      const none = changed(await store.changedSince(1, first.position, 10));
      expect(none.changes).toEqual([]);
      await put(store, [script.send(11, 1, 'a'), script.send(13, 13, 'b'), script.send(11, 1, 'c')]);
      const second = changed(await store.changedSince(1, none.position, 10));
      expect(sequencesOf(second)).toEqual({ 11: 3, 13: 2 });
      expect(changed(await store.changedSince(12, first.position, 10)).changes).toEqual([]);
    });

    test('changes come in pages that leave nothing out, whatever is written between them', async () => {
      const script = new Script();
      for (let conversation = 100; conversation < 160; conversation++) script.create(conversation, 1, 2);
      const { store } = await start(script);
      const seen = new Map<number, number>();
      let position: Uint8Array = NOTHING;
      for (let page = 0, more = true; more; page++) {
        const read = changed(await store.changedSince(1, position, 7));
        expect(read.changes.length).toBeLessThanOrEqual(7);
        expect(read.position.length).toBeLessThanOrEqual(LIMITS.positionBytes.value);
        for (const { conversation, sequence } of read.changes) seen.set(conversation, sequence);
        if (page < 5) await put(store, [script.send(100 + page * 11, 1, 'later')]);
        position = read.position;
        more = read.more;
      }
      expect(seen.size).toBe(60);
      for (let page = 0; page < 5; page++) expect(seen.get(100 + page * 11)).toBe(2);
    });

    test('records that made no entry change nothing for anybody', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      script.reject(10);
      const { store } = await start(script);
      const { position } = changed(await store.changedSince(1, NOTHING, 10));
      script.reject(10);
      await put(store, [script.send(10, 1, 'after')]);
      expect(sequencesOf(changed(await store.changedSince(1, position, 10)))).toEqual({ 10: 2 });
    });

    test('a position stays good when the store is built anew from its log', async () => {
      const script = new Script();
      for (let conversation = 10; conversation < 20; conversation++) script.create(conversation, 1, 2);
      const harness = await start(script);
      const { position } = changed(await harness.store.changedSince(1, NOTHING, 4));
      await put(harness.store, [script.send(15, 1, 'x')]);
      const rest = changed(await harness.store.changedSince(1, position, 50));
      const rebuilt = await harness.rebuilt();
      await put(rebuilt, script.applied);
      expect(changed(await rebuilt.changedSince(1, position, 50))).toEqual(rest);
    });

    test('a position that this store can’t have given is refused', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      const { store } = await start(script);
      const changedAt = changed(await store.changedSince(1, NOTHING, 10)).position;
      const listAt = listed(await store.list(1, NOTHING, 10)).position;
      for (const bad of [Uint8Array.of(9), Uint8Array.of(1), Uint8Array.of(1, 100, 100), listAt, Uint8Array.of(...changedAt, 0)]) {
        expect(await store.changedSince(1, bad, 10)).toEqual({ refused: 'badPosition' });
      }
      expect(await store.list(1, changedAt, 10)).toEqual({ refused: 'badPosition' });
    });

    test('the list has the latest change first and goes on page by page', async () => {
      const script = new Script();
      for (const conversation of [10, 11, 12, 13, 14]) script.create(conversation, 1, 2, conversation);
      script.send(11, 1, 'now the latest');
      const { store } = await start(script);
      const first = listed(await store.list(1, NOTHING, 2));
      expect(first.rows.map(({ conversation, sequence, members }) => [conversation, sequence, members])).toEqual([
        [11, 2, 3],
        [14, 1, 3],
      ]);
      const second = listed(await store.list(1, first.position, 2));
      const third = listed(await store.list(1, second.position, 2));
      expect([...second.rows, ...third.rows].map(({ conversation }) => conversation)).toEqual([13, 12, 10]);
      expect([first.more, second.more, third.more]).toEqual([true, true, false]);
      expect(listed(await store.list(77, NOTHING, 2)).rows).toEqual([]);
    });

    test('marks only grow, belong to members, never pass the last entry, and only those that moved their user come back', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      for (let index = 0; index < 4; index++) script.send(10, 1, 'm');
      const { store } = await start(script);
      const phone = deviceKey(2, 1);
      const laptop = deviceKey(2, 2);
      const mark = (device: number, sequence: number, kind: ReceiptMark['kind'] = 'delivered', conversation = 10): ReceiptMark => ({
        kind,
        conversation,
        device,
        sequence,
      });
      expect(await store.markReceipts([mark(phone, 3)])).toEqual([{ ...mark(phone, 3), after: 0 }]);
      expect(await store.markReceipts([mark(phone, 2), mark(deviceKey(3, 1), 1), mark(phone, 1, 'delivered', 99)])).toEqual([]);
      expect(receiptsOf(await store.receipts(1, 10, NOTHING, 10))).toEqual([{ kind: 'delivered', user: 2, sequence: 3 }]);
      expect(await store.markReceipts([mark(laptop, 1_000)])).toEqual([{ ...mark(laptop, 5), after: 3 }]);
      expect(await store.markReceipts([mark(laptop, 4, 'read')])).toEqual([{ ...mark(laptop, 4, 'read'), after: 0 }]);
      expect(receiptsOf(await store.receipts(1, 10, NOTHING, 10))).toEqual([
        { kind: 'read', user: 2, sequence: 4 },
        { kind: 'delivered', user: 2, sequence: 5 },
      ]);
      expect(receiptsOf(await store.receipts(2, 10, NOTHING, 10))).toEqual([]);
      expect(await store.receipts(3, 10, NOTHING, 10)).toEqual({ refused: 'notMember' });
      expect(await store.receipts(1, 99, NOTHING, 10)).toEqual({ refused: 'noConversation' });
      expect(await store.receipts(1, 10, Uint8Array.of(9), 10)).toEqual({ refused: 'badPosition' });
    });

    test('receipts of many members come in pages', async () => {
      const script = new Script();
      const members = Array.from({ length: 20 }, (_, index) => index + 1);
      script.create(10, ...members);
      script.send(10, 1, 'm');
      const { store } = await start(script);
      await store.markReceipts(
        members.slice(1).map((user) => ({ kind: 'read' as const, conversation: 10, device: deviceKey(user, 1), sequence: 2 })),
      );
      const seen: number[] = [];
      let position: Uint8Array = NOTHING;
      for (let more = true; more; ) {
        const page: ReceiptPage | Refusal = await store.receipts(1, 10, position, 7);
        if ('refused' in page) throw new Error(page.refused);
        expect(page.receipts.length).toBeLessThanOrEqual(7);
        seen.push(...page.receipts.map(({ user }) => user));
        ({ position, more } = page);
      }
      expect(seen).toEqual(members.slice(1));
    });

    test('who withholds shows nobody what he reads; what was withheld stays so when he shows again', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      for (let index = 0; index < 9; index++) script.send(10, 1, 'm');
      const { store } = await start(script);
      const read = async (sequence: number) => {
        const moved = await store.markReceipts([{ kind: 'read', conversation: 10, device: deviceKey(2, 1), sequence }]);
        expect(moved.map(({ withheld }) => withheld === true)).toEqual([(await store.withholding([2])).has(2)]);
        return receiptsOf(await store.receipts(1, 10, NOTHING, 10));
      };
      expect(await read(2)).toEqual([{ kind: 'read', user: 2, sequence: 2 }]);
      await store.setReceiptPrivacy(2, true);
      expect([...(await store.withholding([1, 2, 3]))]).toEqual([2]);
      const hidden = [
        { kind: 'read', user: 2, sequence: 2 },
        { kind: 'delivered', user: 2, sequence: 5 },
      ];
      expect(await read(5)).toEqual(hidden as Receipt[]);
      expect(listed(await store.list(2, NOTHING, 10)).rows[0]!.readSequence).toBe(5);
      await store.setReceiptPrivacy(2, false);
      expect([...(await store.withholding([2]))]).toEqual([]);
      expect(receiptsOf(await store.receipts(1, 10, NOTHING, 10))).toEqual(hidden as Receipt[]);
      expect(await read(7)).toEqual([{ kind: 'read', user: 2, sequence: 7 }]);
    });

    test('a list row has the last message and how far its user has read or sent', async () => {
      const script = new Script();
      script.create(10, 1, 2);
      script.create(11, 1, 2);
      script.send(10, 1, 'first');
      script.send(10, 2, 'x'.repeat(SNIPPET_BYTES + 9));
      script.send(10, 1, 'last');
      script.add(10, 1, 3);
      const { store } = await start(script);
      const rowOf = async (user: number, conversation: number) =>
        listed(await store.list(user, NOTHING, 10)).rows.find((row) => row.conversation === conversation)!;
      const row = await rowOf(2, 10);
      expect([row.sequence, row.readSequence, row.sender, row.contentType, text(row.snippet)]).toEqual([5, 3, deviceKey(1, 1), 3, 'last']);
      expect((await rowOf(1, 10)).readSequence).toBe(4);
      const empty = await rowOf(1, 11);
      expect([empty.readSequence, empty.sender, empty.contentType, empty.snippet.length]).toEqual([0, 0, 0, 0]);
      await put(store, [script.send(10, 3, 'y'.repeat(SNIPPET_BYTES + 9))]);
      expect(text((await rowOf(1, 10)).snippet)).toBe('y'.repeat(SNIPPET_BYTES));
    });

    test('who sent a span of messages is known, each once, membership left out', async () => {
      const script = new Script();
      script.create(10, 1, 2, 3);
      script.send(10, 2, 'a');
      script.send(10, 3, 'b');
      script.add(10, 1, 4);
      script.send(10, 2, 'c');
      const { store } = await start(script);
      const senders = async (from: number, to: number) => [...(await store.senders(10, from, to))].sort((a, b) => a - b);
      expect(await senders(1, 5)).toEqual([deviceKey(2, 1), deviceKey(3, 1)]);
      expect(await senders(4, 5)).toEqual([deviceKey(2, 1)]);
      expect(await senders(1, 1)).toEqual([]);
      expect(await store.senders(99, 1, 5)).toEqual([]);
    });

    test('devices are kept, each once', async () => {
      const { store } = await start(new Script());
      for (const device of [deviceKey(5, 2), deviceKey(5, 1), deviceKey(5, 2), deviceKey(6, 9)]) await store.addDevice(device);
      expect(await store.devices([5, 7, 6])).toEqual([[deviceKey(5, 1), deviceKey(5, 2)], [], [deviceKey(6, 9)]]);
    });

    test(`conversations of more than ${FAN_OUT_MEMBERS} members are in lists and changes like others`, async () => {
      const script = new Script();
      const members = Array.from({ length: FAN_OUT_MEMBERS + 10 }, (_, index) => index + 1);
      script.create(10, ...members);
      script.create(11, 1, 2);
      const { store } = await start(script);
      const { position } = changed(await store.changedSince(5, NOTHING, 10));
      await put(store, [script.send(10, 1, 'to all'), script.send(10, 2, 'again')]);
      expect(sequencesOf(changed(await store.changedSince(5, position, 10)))).toEqual({ 10: 3 });
      const [row] = listed(await store.list(5, NOTHING, 10)).rows;
      expect([row!.conversation, row!.sequence, row!.members, text(row!.snippet)]).toEqual([10, 3, members.length, 'again']);
      expect(listed(await store.list(2, NOTHING, 10)).rows.map(({ conversation }) => conversation)).toEqual([10, 11]);
      await put(store, [script.remove(10, 1, 5)]);
      expect(listed(await store.list(5, NOTHING, 10)).rows).toEqual([]);
    });
  });
}

/** Writes outcomes as dispatch does: a run per partition, in the order of its log. */
async function put(store: Store, applied: readonly Applied[], rejections: readonly Rejection[] = []): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const here = <One>(all: readonly One[], conversationOf: (one: One) => number) =>
      all.filter((one) => partitionOf(conversationOf(one), PARTITIONS) === partition);
    const its = here(applied, ({ entry }) => entry.conversation);
    const rejected = here(rejections, ({ conversation }) => conversation);
    const offsets = [...its.map(({ conversation }) => conversation.offset), ...rejected.map(({ offset }) => offset)];
    if (offsets.length === 0) continue;
    const firstLoggedAtMs = Math.min(...its.map(({ entry }) => entry.loggedAtMs), MUCH);
    await store.write({ partition, applied: its, rejections: rejected, nextOffset: Math.max(...offsets) + 1, firstLoggedAtMs });
  }
}

function receiptsOf(page: ReceiptPage | Refusal): Receipt[] {
  if ('refused' in page) throw new Error(page.refused);
  return page.receipts.map(({ kind, user, sequence }) => ({ kind, user, sequence }));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function snapshot(store: Store, user: number, conversation: number): Promise<unknown> {
  return {
    state: (await store.conversations([conversation])).get(conversation),
    entries: read(await store.entries(user, conversation, 1, 1_000, 256, MUCH)).entries.map(plain),
    list: await store.list(user, NOTHING, 50),
    changed: await store.changedSince(user, NOTHING, 50),
  };
}

/** Equal whatever kind of byte array it came in. */
function plain(entry: LogEntry): unknown {
  const bodies = entry.bodies.map(({ device, body }) => [device, Buffer.from(body).toString('hex')]);
  return { ...entry, id: Buffer.from(entry.id).toString('hex'), bodies };
}

function read(page: EntryPage | Refusal): EntryPage {
  if ('refused' in page) throw new Error(page.refused);
  return page;
}

function changed(page: ChangedPage | Refusal): ChangedPage {
  if ('refused' in page) throw new Error(page.refused);
  return page;
}

function listed(page: ListPage | Refusal): ListPage {
  if ('refused' in page) throw new Error(page.refused);
  return page;
}

function pageOf(page: EntryPage | Refusal): [number[], boolean] {
  const { entries, more } = read(page);
  return [entries.map(({ sequence }) => sequence), more];
}

function sequencesOf(page: ChangedPage): Record<number, number> {
  return Object.fromEntries(page.changes.map(({ conversation, sequence }) => [conversation, sequence]));
}
