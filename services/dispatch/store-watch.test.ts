import { expect, test } from 'bun:test';
import type { DecidedBatch, Store } from '../store/store.ts';
import { type Keepsake, StoreWatch } from './store-watch.ts';

const BATCH: DecidedBatch = { partition: 3, applied: [], rejections: [], nextOffset: 10, firstLoggedAtMs: 1 };

function watched() {
  const marks = new Map<number, Keepsake>();
  const written: DecidedBatch[] = [];
  let forgot = 0;
  let nowMs = 1_000;
  let forgetsNext = false;
  const store = {
    progress: async () => ({ nextOffset: 10, firstLoggedAtMs: 1 }),
    write: async (batch: DecidedBatch) => void written.push(batch),
  };
  const another = () =>
    new StoreWatch({
      store: store as unknown as Store,
      keepsakes: {
        read: async () => new Map(marks),
        put: async (put) => {
          if (forgetsNext) marks.clear();
          forgetsNext = false;
          for (const [slot, mark] of put) if (mark.value >= (marks.get(slot)?.value ?? 0)) marks.set(slot, mark);
        },
      },
      committed: async () => 0,
      cells: { storeForgot: { value: 0 } },
      nowMs: () => nowMs++,
      log: () => undefined,
      forgot: () => void forgot++,
    });
  const forgetBeforePut = () => {
    forgetsNext = true;
  };
  return { watch: another(), another, marks, written, forgotten: () => forgot, forgetBeforePut };
}

test('a write that is repeated after the store forgot is refused until its partition is taken anew', async () => {
  const { watch, marks, written, forgotten } = watched();
  await watch.store.progress(BATCH.partition);
  await watch.store.write(BATCH);
  expect(written.length).toBe(1);
  marks.clear();
  for (let attempt = 1; attempt <= 3; attempt++) await expect(watch.store.write(BATCH)).rejects.toMatchObject({ code: 'storeForgot' });
  expect([written.length, forgotten()]).toEqual([1, 1]);
  await watch.store.progress(BATCH.partition);
  await watch.store.write(BATCH);
  expect(written.length).toBe(2);
});

test('so is one of two writes that saw it at the same time', async () => {
  const { watch, marks, written } = watched();
  await watch.store.progress(BATCH.partition);
  marks.clear();
  const both = await Promise.allSettled([watch.store.write(BATCH), watch.store.write(BATCH)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(written).toEqual([]);
});

test('marks that another put after the store forgot, as high as they are, do not stand for what was known before', async () => {
  const { watch, marks, written, forgotten, another } = watched();
  await watch.store.progress(BATCH.partition);
  await watch.store.write(BATCH);
  marks.clear();
  const next = another();
  await next.store.progress(BATCH.partition);
  await expect(watch.store.write(BATCH)).rejects.toMatchObject({ code: 'storeForgot' });
  expect([written.length, forgotten()]).toEqual([1, 1]);
  // Nor do they take from the other what he holds.
  await next.store.write(BATCH);
  expect([written.length, forgotten()]).toEqual([2, 1]);
});

test('what a store has forgotten between look and mark of who takes a partition is seen at its first write', async () => {
  const { watch, marks, written, another, forgetBeforePut } = watched();
  const before = another();
  await before.store.progress(BATCH.partition);
  before.whole(BATCH.partition);
  await before.tick();
  await before.tick();
  expect([...marks.values()].map(({ whole }) => whole)).toEqual([true, true]);
  forgetBeforePut();
  await watch.store.progress(BATCH.partition);
  await expect(watch.store.write(BATCH)).rejects.toMatchObject({ code: 'storeForgot' });
  expect(written).toEqual([]);
});

test('nothing is written through a watch that was closed, and what is taken late through it puts no marks', async () => {
  const { watch, marks, written } = watched();
  await watch.store.progress(BATCH.partition);
  watch.close();
  await expect(watch.store.write(BATCH)).rejects.toMatchObject({ code: 'storeForgot' });
  marks.clear();
  await expect(watch.store.progress(BATCH.partition)).rejects.toMatchObject({ code: 'closed' });
  expect([written.length, marks.size]).toEqual([0, 0]);
});
