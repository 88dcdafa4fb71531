import { expect, test } from 'bun:test';
import { processListeningOn } from '../../bus/batching/server-process.ts';
import { requires } from '../../runtime/requires.ts';
import { dropKeyspace, testCassandra } from '../cassandra-stack.harness.ts';
import { openCassandraStore } from '../store-cassandra.ts';
import { measureDisk } from './disk.ts';

requires('cassandra').describe('bytes on the disk of a real Cassandra', () => {
  test('are those of the flushed files of each table: a message’s are its body’s and some tens more', async () => {
    const settings = testCassandra('disk');
    const store = await openCassandraStore(settings, { partitions: 1 });
    try {
      const serverPid = processListeningOn(Number(settings.contactPoints[0]!.split(':').at(-1)))!;
      const disk = await measureDisk(store, settings.keyspace, serverPid, { conversations: 20, messagesEach: 50 });
      const of = (table: string) => disk.find((one) => one.table === table)!;
      const message = of('messages_by_conversation');
      expect(message.rows).toBe(1_000);
      // A file of so few rows has more beside them than one of a node.
      expect(message.bytesPerRow - message.bodyBytes).toBeGreaterThan(20);
      expect(message.bytesPerRow - message.bodyBytes).toBeLessThan(200);
      for (const table of ['user_conversations', 'receipts', 'conversations']) expect(of(table).bytes).toBeGreaterThan(0);
    } finally {
      await store.close();
      await dropKeyspace(settings);
    }
  }, 120_000);
});
