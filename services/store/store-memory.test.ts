import { expect, test } from 'bun:test';
import { storeContract } from './store.contract.ts';
import { StoreMemory } from './store-memory.ts';

storeContract('memory', async (log) => ({
  store: new StoreMemory(log),
  rebuilt: async () => new StoreMemory(log),
  close: async () => undefined,
}));

test('entries whose records the log no longer has are said to be gone', async () => {
  const store = new StoreMemory({ partitions: 1, recordAt: () => undefined });
  const conversation = { id: 5, lastSequence: 1, members: [1], offset: 0, changedAtMs: 1, restedAtMs: 0 };
  const entry = { conversation: 5, sequence: 1, kind: 1, sender: 256, id: new Uint8Array(16), loggedAtMs: 1, contentType: 0, bodies: [] };
  await store.write([{ conversation, entry }]);
  expect(await store.entries(1, 5, 1, 1, 10, 1_000)).toEqual({ refused: 'gone' });
});
