import { expect, test } from 'bun:test';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { presenceContract } from './presence.contract.ts';
import { PresenceMemory, PresenceTable } from './presence-memory.ts';

presenceContract('memory', async () => {
  const routes = new RoutesMemory(1_000);
  const table = new PresenceTable(100);
  return {
    join: async (listener) => ({
      presence: new PresenceMemory({ routes, table, listener, nowMs: Date.now, log: () => undefined }),
      routes,
    }),
    close: async () => {
      for (const watcher of table.watchers) await watcher.close();
    },
  };
});

test('over its limit the table forgets when the one was seen that was told of longest ago', () => {
  const table = new PresenceTable(2);
  table.seen(1, 10);
  table.seen(2, 20);
  table.seen(1, 30);
  table.seen(3, 40);
  expect(table.lastSeen([1, 2, 3])).toEqual([30, 0, 40]);
});
