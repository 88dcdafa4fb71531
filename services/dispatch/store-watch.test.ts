import { expect, test } from 'bun:test';
import type { DecidedBatch, Store } from '../store/store.ts';
import { type Keepsake, StoreWatch } from './store-watch.ts';

const BATCH: DecidedBatch = { partition: 3, applied: [], rejections: [], nextOffset: 10, firstLoggedAtMs: 1 };

function watched() {
  const marks = new Map<number, Keepsake>();
  const written: DecidedBatch[] = [];
  let forgot = 0;
  const store = { progress: async () => undefined, write: async (batch: DecidedBatch) => void written.push(batch) };
  const watch = new StoreWatch({
    store: store as unknown as Store,
    keepsakes: {
      read: async () => new Map(marks),
      put: async (put) => {
        for (const [slot, mark] of put) marks.set(slot, mark);
      },
    },
    committed: async () => 0,
    cells: { storeForgot: { value: 0 } },
    nowMs: () => 1_000,
    log: () => undefined,
    forgot: () => void forgot++,
  });
  return { watch, marks, written, forgotten: () => forgot };
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
