/** Poison on the real bus: it is kept with its reason and place, counted, and its partition goes on, whoever dispatches it next. */
import { afterAll, expect, setDefaultTimeout } from 'bun:test';
import { deadLettersIn } from '../bus/dead-letters.harness.ts';
import { partitionOf } from '../bus/partition.ts';
import { encodeMessage, encodeReceipt } from '../bus/record-codec.ts';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { requires } from '../runtime/requires.ts';
import { VERSIONS } from '../runtime/versions.ts';
import { DISPATCH_GROUP } from './dispatch.ts';
import { RealDispatch } from './real-dispatch.harness.ts';

setDefaultTimeout(120_000);

const BOB = 2;
const NOBODY = { gateway: 1, edge: 0, connection: 1 };

const own = new OwnBackends();
afterAll(() => own.giveBack());

const guarded = requires('kafka', 'cassandra', 'valkey');

guarded.test(
  'poison on messages and on receipts goes to the dead letters with its reason, is counted, and what stands behind it is dispatched',
  async () => {
    const dispatch = await RealDispatch.open(await own.make({ messages: 1, receipts: 1, deliveries: 2 }), 2);
    const { bus, store, settings } = dispatch;
    try {
      const [conversation] = dispatch.conversations as [number];
      expect(partitionOf(conversation, 1)).toBe(0);
      const newer = VERSIONS.record.newest + 1;
      const send = encodeMessage({
        kind: 'leave',
        conversation,
        id: new Uint8Array(16),
        from: deviceKey(1, 1),
        replyTo: NOBODY,
      });
      const poisonousMessages = [
        new Uint8Array(0),
        Uint8Array.of(0xff, 0xfe, 0xfd),
        Uint8Array.of(newer, ...send.subarray(1)),
        send.subarray(0, 20),
      ];
      const receipt = encodeReceipt({ kind: 'delivered', conversation, from: deviceKey(BOB, 1), sequence: 1 });
      const poisonousReceipts = [Uint8Array.of(newer, ...receipt.subarray(1)), receipt.subarray(0, 5)];

      const first = await dispatch.startProcess();
      await dispatch.send(4);
      const messagesAt = await bus.append('messages', 0, poisonousMessages);
      await dispatch.send(4);
      // Nobody acknowledges what he was not told of yet.
      await dispatch.dispatched();
      const receiptsAt = await bus.append('receipts', 0, poisonousReceipts);
      await bus.append('receipts', 0, [encodeReceipt({ kind: 'delivered', conversation, from: deviceKey(BOB, 1), sequence: 3 })]);
      await receiptsDispatched(dispatch);

      // What stood before and behind them has its numbers, without a gap, and the mark behind them counts.
      await dispatch.check();
      const page = await store.receipts(1, conversation, new Uint8Array(0), 10);
      expect('receipts' in page && page.receipts).toEqual([{ kind: 'delivered', user: BOB, sequence: 3 }]);

      const poison = [
        ...poisonousMessages.map((value, index) => ({ topic: 'messages', partition: 0, offset: messagesAt + index, value })),
        ...poisonousReceipts.map((value, index) => ({ topic: 'receipts', partition: 0, offset: receiptsAt + index, value })),
      ];
      const letters = await deadLettersIn(settings.kafka);
      const place = ({ topic, partition, offset }: { topic: string; partition: number; offset: number }) =>
        `${topic}/${partition}@${offset}`;
      expect(new Map(letters.map((letter) => [place(letter), letter.value]))).toEqual(
        new Map(poison.map((one) => [place(one), Buffer.from(one.value).toString('base64')])),
      );
      for (const { reason, loggedAtMs } of letters) {
        expect(reason.length).toBeGreaterThan(10);
        expect(Math.abs(loggedAtMs - Date.now())).toBeLessThan(120_000);
      }
      expect(letters.filter(({ reason }) => reason.includes(`version ${newer}`))).toHaveLength(2);
      expect(await first.metric('parley_dispatch_poison_total')).toBe(poison.length);

      // Who takes the partitions next passes over them: they are behind the position, and no letter is written twice.
      expect(await first.stop()).toBe(0);
      const second = await dispatch.startProcess();
      await dispatch.send(4);
      await dispatch.dispatched();
      await dispatch.check();
      expect(await second.metric('parley_dispatch_poison_total')).toBe(0);
      expect(await deadLettersIn(settings.kafka)).toHaveLength(poison.length);
    } finally {
      await dispatch.close();
    }
  },
);

async function receiptsDispatched({ bus }: RealDispatch): Promise<void> {
  const end = await bus.end('receipts', 0);
  const untilMs = Date.now() + 60_000;
  while (((await bus.committed(DISPATCH_GROUP, 'receipts', 0)) ?? 0) < end) {
    if (Date.now() > untilMs) throw new Error('receipts are not dispatched in time');
    await Bun.sleep(50);
  }
}
