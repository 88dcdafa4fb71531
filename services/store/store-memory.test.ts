import { expect, test } from 'bun:test';
import { deviceKey } from '../protocol/ids.ts';
import { PrivacyHistory } from './privacy-history.ts';
import { storeContract } from './store.contract.ts';
import { StoreMemory } from './store-memory.ts';

storeContract('memory', async (log) => ({
  refusesGaps: true,
  store: new StoreMemory(log),
  rebuilt: async () => new StoreMemory(log),
  close: async () => undefined,
}));

test('entries whose records the log no longer has are said to be gone', async () => {
  const store = new StoreMemory({ partitions: 1, recordAt: () => undefined });
  const conversation = { id: 5, lastSequence: 1, members: [1], offset: 0, changedAtMs: 1, restedAtMs: 0 };
  const entry = { conversation: 5, sequence: 1, kind: 1, sender: 256, id: new Uint8Array(16), loggedAtMs: 1, contentType: 0, bodies: [] };
  await store.write({
    partition: 0,
    applied: [{ conversation, entry, recipients: [1] }],
    rejections: [],
    nextOffset: 1,
    firstLoggedAtMs: 1,
  });
  expect(await store.entries(1, 5, 1, 1, 10, 1_000)).toEqual({ refused: 'gone' });
});

test('a mark that is read from the log again is withheld as it was the first time', async () => {
  const privacy = new PrivacyHistory([
    { user: 2, withhold: true, atMs: 100 },
    { user: 2, withhold: false, atMs: 200 },
  ]);
  const store = new StoreMemory({ partitions: 1, recordAt: () => undefined, privacy });
  const conversation = { id: 5, lastSequence: 9, members: [1, 2], offset: 0, changedAtMs: 1, restedAtMs: 0 };
  const entry = { conversation: 5, sequence: 1, kind: 1, sender: 256, id: new Uint8Array(16), loggedAtMs: 1, contentType: 0, bodies: [] };
  await store.write({
    partition: 0,
    applied: [{ conversation, entry, recipients: [1, 2] }],
    rejections: [],
    nextOffset: 1,
    firstLoggedAtMs: 1,
  });
  const read = async (sequence: number, loggedAtMs: number) => {
    await store.markReceipts([{ kind: 'read', conversation: 5, device: deviceKey(2, 1), sequence, loggedAtMs }]);
    const page = await store.receipts(1, 5, new Uint8Array(0), 10);
    return 'refused' in page ? page : page.receipts;
  };
  expect(await read(2, 50)).toEqual([{ kind: 'read', user: 2, sequence: 2 }]);
  expect(await read(3, 150)).toEqual([
    { kind: 'read', user: 2, sequence: 2 },
    { kind: 'delivered', user: 2, sequence: 3 },
  ]);
  expect(await read(4, 250)).toEqual([{ kind: 'read', user: 2, sequence: 4 }]);
});
