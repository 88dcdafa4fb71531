/** The part of the store contract on pages of entries: who may read which, and how much at once. */
import { expect, test } from 'bun:test';
import { LIMITS } from '../protocol/limits.ts';
import { changed, listed, MUCH, NOTHING, pageOf, read, Script } from './log-script.harness.ts';
import type { StartStore } from './store.contract.ts';

export function describeEntries(start: StartStore): void {
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
}
