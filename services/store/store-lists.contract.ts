/** The part of the store contract on a user’s conversations: what changed since, and the list. */
import { expect, test } from 'bun:test';
import { deviceKey } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import { changed, listed, NOTHING, put, Script, sequencesOf, text } from './log-script.harness.ts';
import type { StartStore } from './store.contract.ts';
import { FAN_OUT_MEMBERS, SNIPPET_BYTES } from './store.ts';

export function describeLists(start: StartStore): void {
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
}
