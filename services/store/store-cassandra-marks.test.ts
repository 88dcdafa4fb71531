/** Receipts of one store beside those of another on the same tables: each judges by what it wrote last, and numbers only grow. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { deviceKey } from '../protocol/ids.ts';
import { requires } from '../runtime/requires.ts';
import { dropKeyspace, testCassandra } from './cassandra-stack.harness.ts';
import { Traffic } from './costs/traffic.ts';
import type { ReceiptMark } from './store.ts';
import { openCassandraStore } from './store-cassandra.ts';

setDefaultTimeout(60_000);

requires('cassandra').describe('receipts of two stores on the same tables', () => {
  test('a store that is behind takes no number back, and a third one reads the highest', async () => {
    const settings = testCassandra('marks');
    const [first, second] = [await openCassandraStore(settings, { partitions: 1 }), await openCassandraStore(settings, { partitions: 1 })];
    try {
      const traffic = new Traffic({ conversations: 1, members: 2, users: 2, bodyBytes: 10 }, 1_000, 1_000);
      await first.write(traffic.next(20));
      const conversation = traffic.conversationAt(0);
      const [reader, other] = [traffic.userAt(0), traffic.userAt(1)];
      const mark = (kind: ReceiptMark['kind'], sequence: number): ReceiptMark[] => [
        { kind, conversation, device: deviceKey(reader, 1), sequence },
      ];
      await first.markReceipts(mark('delivered', 3));
      expect(await second.markReceipts(mark('delivered', 9))).toMatchObject([{ sequence: 9, after: 3 }]);
      // The first one does not know of 9: it tells 5 once more than needed, and what stands stays.
      expect(await first.markReceipts(mark('delivered', 5))).toMatchObject([{ sequence: 5, after: 3 }]);
      expect(await second.markReceipts(mark('read', 7))).toMatchObject([{ sequence: 7, after: 0 }]);
      expect(await first.markReceipts(mark('read', 6))).toMatchObject([{ sequence: 6, after: 0 }]);
      const page = await second.receipts(other, conversation, new Uint8Array(0), 10);
      expect(page).toMatchObject({
        receipts: [
          { kind: 'read', user: reader, sequence: 7 },
          { kind: 'delivered', user: reader, sequence: 9 },
        ],
      });
      const third = await openCassandraStore(settings, { partitions: 1 });
      expect(await third.markReceipts([...mark('delivered', 9), ...mark('read', 7)])).toEqual([]);
      await third.close();
    } finally {
      await first.close();
      await second.close();
      await dropKeyspace(settings);
    }
  });
});
