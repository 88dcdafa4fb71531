/** The part of the store contract on what is written: states, outcomes, progress, replays, gaps. */
import { expect, test } from 'bun:test';
import { listed, MUCH, NOTHING, pageOf, plain, put, read, Script, snapshot } from './log-script.harness.ts';
import type { StartStore } from './store.contract.ts';

export function describeWrites(start: StartStore): void {
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
    expect(await store.outcomesAt(places)).toEqual([{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }, { code: 32 }, undefined, undefined]);
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
    expect(pageOf(await store.entries(1, 10, 1_020, 1_030, 50, MUCH))[0]).toEqual(Array.from({ length: 11 }, (_, index) => 1_020 + index));
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
}
