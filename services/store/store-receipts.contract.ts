/** The part of the store contract on receipts, who is told of them, and devices. */
import { expect, test } from 'bun:test';
import { deviceKey } from '../protocol/ids.ts';
import { listed, NOTHING, receiptsOf, Script } from './log-script.harness.ts';
import type { StartStore } from './store.contract.ts';
import type { Receipt, ReceiptMark, ReceiptPage, Refusal } from './store.ts';

export function describeReceipts(start: StartStore): void {
  test('marks only grow, belong to members, never pass the last entry, and only those that moved their user come back', async () => {
    const script = new Script();
    script.create(10, 1, 2);
    for (let index = 0; index < 4; index++) script.send(10, 1, 'm');
    const { store } = await start(script);
    const phone = deviceKey(2, 1);
    const laptop = deviceKey(2, 2);
    const mark = (device: number, sequence: number, kind: ReceiptMark['kind'] = 'delivered', conversation = 10): ReceiptMark => ({
      kind,
      conversation,
      device,
      sequence,
    });
    expect(await store.markReceipts([mark(phone, 3)])).toEqual([{ ...mark(phone, 3), after: 0 }]);
    expect(await store.markReceipts([mark(phone, 2), mark(deviceKey(3, 1), 1), mark(phone, 1, 'delivered', 99)])).toEqual([]);
    expect(receiptsOf(await store.receipts(1, 10, NOTHING, 10))).toEqual([{ kind: 'delivered', user: 2, sequence: 3 }]);
    expect(await store.markReceipts([mark(laptop, 1_000)])).toEqual([{ ...mark(laptop, 5), after: 3 }]);
    expect(await store.markReceipts([mark(laptop, 4, 'read')])).toEqual([{ ...mark(laptop, 4, 'read'), after: 0 }]);
    expect(receiptsOf(await store.receipts(1, 10, NOTHING, 10))).toEqual([
      { kind: 'read', user: 2, sequence: 4 },
      { kind: 'delivered', user: 2, sequence: 5 },
    ]);
    expect(receiptsOf(await store.receipts(2, 10, NOTHING, 10))).toEqual([]);
    expect(await store.receipts(3, 10, NOTHING, 10)).toEqual({ refused: 'notMember' });
    expect(await store.receipts(1, 99, NOTHING, 10)).toEqual({ refused: 'noConversation' });
    expect(await store.receipts(1, 10, Uint8Array.of(9), 10)).toEqual({ refused: 'badPosition' });
  });

  test('receipts of many members come in pages', async () => {
    const script = new Script();
    const members = Array.from({ length: 20 }, (_, index) => index + 1);
    script.create(10, ...members);
    script.send(10, 1, 'm');
    const { store } = await start(script);
    await store.markReceipts(
      members.slice(1).map((user) => ({ kind: 'read' as const, conversation: 10, device: deviceKey(user, 1), sequence: 2 })),
    );
    const seen: number[] = [];
    let position: Uint8Array = NOTHING;
    for (let more = true; more; ) {
      const page: ReceiptPage | Refusal = await store.receipts(1, 10, position, 7);
      if ('refused' in page) throw new Error(page.refused);
      expect(page.receipts.length).toBeLessThanOrEqual(7);
      seen.push(...page.receipts.map(({ user }) => user));
      ({ position, more } = page);
    }
    expect(seen).toEqual(members.slice(1));
  });

  test('who withholds shows nobody what he reads; what was withheld stays so when he shows again', async () => {
    const script = new Script();
    script.create(10, 1, 2);
    for (let index = 0; index < 9; index++) script.send(10, 1, 'm');
    const { store } = await start(script);
    const read = async (sequence: number) => {
      const moved = await store.markReceipts([{ kind: 'read', conversation: 10, device: deviceKey(2, 1), sequence }]);
      expect(moved.map(({ withheld }) => withheld === true)).toEqual([(await store.withholding([2])).has(2)]);
      return receiptsOf(await store.receipts(1, 10, NOTHING, 10));
    };
    expect(await read(2)).toEqual([{ kind: 'read', user: 2, sequence: 2 }]);
    await store.setReceiptPrivacy(2, true);
    expect([...(await store.withholding([1, 2, 3]))]).toEqual([2]);
    const hidden = [
      { kind: 'read', user: 2, sequence: 2 },
      { kind: 'delivered', user: 2, sequence: 5 },
    ];
    expect(await read(5)).toEqual(hidden as Receipt[]);
    expect(listed(await store.list(2, NOTHING, 10)).rows[0]!.readSequence).toBe(5);
    await store.setReceiptPrivacy(2, false);
    expect([...(await store.withholding([2]))]).toEqual([]);
    expect(receiptsOf(await store.receipts(1, 10, NOTHING, 10))).toEqual(hidden as Receipt[]);
    expect(await read(7)).toEqual([{ kind: 'read', user: 2, sequence: 7 }]);
  });

  test('who sent a span of messages is known, each once, membership left out', async () => {
    const script = new Script();
    script.create(10, 1, 2, 3);
    script.send(10, 2, 'a');
    script.send(10, 3, 'b');
    script.add(10, 1, 4);
    script.send(10, 2, 'c');
    const { store } = await start(script);
    const senders = async (from: number, to: number) => [...(await store.senders(10, from, to))].sort((a, b) => a - b);
    expect(await senders(1, 5)).toEqual([deviceKey(2, 1), deviceKey(3, 1)]);
    expect(await senders(4, 5)).toEqual([deviceKey(2, 1)]);
    expect(await senders(1, 1)).toEqual([]);
    expect(await store.senders(99, 1, 5)).toEqual([]);
  });

  test('devices are kept, each once', async () => {
    const { store } = await start(new Script());
    for (const device of [deviceKey(5, 2), deviceKey(5, 1), deviceKey(5, 2), deviceKey(6, 9)]) await store.addDevice(device);
    expect(await store.devices([5, 7, 6])).toEqual([[deviceKey(5, 1), deviceKey(5, 2)], [], [deviceKey(6, 9)]]);
  });
}
