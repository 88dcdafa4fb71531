import { expect, test } from 'bun:test';
import { createMemoryBus } from '../../bus/bus-memory.ts';
import { decodeReceipt, encodeDelivery } from '../../bus/record-codec.ts';
import type { AddressedSession } from '../../bus/records.ts';
import { encodeFrame } from '../../protocol/codec.ts';
import { ERROR_CODES } from '../../protocol/error-codes.ts';
import { ENTRY_KINDS } from '../../protocol/frame-table.ts';
import { type DeviceKey, deviceKey } from '../../protocol/ids.ts';
import { BackendError } from '../../runtime/backend-error.ts';
import { StoreMemory } from '../../store/store-memory.ts';
import { announce, closeMessage, MARK_BYTES, requestMessage, TO_RELAY, writeF64, writeU32 } from '../link/link-frames.ts';
import { GATEWAY, Link, membership, open, session, startRelay, until } from './relay.harness.ts';

type Mark = readonly [kind: number, connection: number, conversation: number, sequence: number];

function marksMessage(...marks: readonly Mark[]): Uint8Array {
  const message = new Uint8Array(1 + marks.length * MARK_BYTES);
  message[0] = TO_RELAY.marks;
  marks.forEach(([kind, connection, conversation, sequence], index) => {
    const at = 1 + index * MARK_BYTES;
    message[at] = kind;
    writeU32(message, at + 1, connection);
    writeF64(message, at + 5, conversation);
    writeF64(message, at + 13, sequence);
  });
  return message;
}

function receiptRecord(user: number, receipt: 'delivered' | 'read', sequence: number, ...sessions: AddressedSession[]): Uint8Array {
  return encodeDelivery({ kind: 'receipt', conversation: 5, user, receipt, sequence, sessions });
}

const to = (connection: number, device: DeviceKey): AddressedSession => ({ edge: 0, connection, device });

test('of the marks of a device the highest of each kind and conversation is written, and settled when it is in the log', async () => {
  const { relay, bus } = startRelay();
  const link = new Link(relay, 0, 7);
  link.say(announce([session(1, deviceKey(5, 0)), session(2, deviceKey(6, 3))]));
  link.say(marksMessage([1, 1, 9, 3], [1, 1, 9, 7], [2, 1, 9, 5], [1, 2, 9, 7], [1, 77, 9, 7]), marksMessage([2, 1, 9, 4]));
  expect(link.settledUpTo).toBe(0);
  await until(() => link.settledUpTo === 2);
  const records: unknown[] = [];
  const subscription = await bus.consume('test', 'receipts', 0, async (batch) => {
    for (const { value } of batch) records.push(decodeReceipt(value));
  });
  await until(() => records.length === 3);
  expect(records).toEqual([
    { ok: true, record: { kind: 'delivered', conversation: 9, from: deviceKey(5, 0), sequence: 7 } },
    { ok: true, record: { kind: 'delivered', conversation: 9, from: deviceKey(6, 3), sequence: 7 } },
    { ok: true, record: { kind: 'read', conversation: 9, from: deviceKey(5, 0), sequence: 5 } },
  ]);
  await subscription.stop();
});

test('marks that the bus did not take are given to it again, and settled only then', async () => {
  const bus = createMemoryBus({ partitions: { messages: 1, receipts: 1, deliveries: GATEWAY + 1 }, now: Date.now });
  const append = bus.append.bind(bus);
  let refusals = 3;
  bus.append = async (topic, partition, values) => {
    if (topic === 'receipts' && refusals-- > 0) throw new BackendError('timeout', 'not now', true);
    return append(topic, partition, values);
  };
  const { relay, cells } = startRelay({ bus });
  const link = new Link(relay, 0, 7);
  link.say(announce([session(1, deviceKey(5, 0))]), marksMessage([1, 1, 9, 3]));
  await Bun.sleep(250);
  expect([link.settledUpTo, await bus.end('receipts', 0)]).toEqual([0, 0]);
  link.say(marksMessage([1, 1, 9, 4]));
  await until(() => link.settledUpTo === 2);
  expect(await bus.end('receipts', 0)).toBe(1);
  expect(cells.receiptsDropped.value).toBe(0);
  await bus.close();
});

test('receipts go to the sessions they name, the highest of a short time, and no received that a read includes', async () => {
  const { relay, bus } = startRelay();
  const link = new Link(relay, 0, 7);
  const [sender, other] = [deviceKey(5, 0), deviceKey(5, 1)];
  link.say(announce([session(1, sender), session(2, other)]));
  await bus.append('deliveries', GATEWAY, [
    receiptRecord(7, 'delivered', 3, to(1, sender)),
    receiptRecord(7, 'delivered', 4, to(1, sender)),
    receiptRecord(7, 'read', 4, to(1, sender)),
    receiptRecord(8, 'delivered', 4, to(1, sender), to(2, other)),
    receiptRecord(8, 'read', 2, to(1, sender)),
    receiptRecord(9, 'read', 4, to(1, other)),
  ]);
  await until(() => link.framesFor(2).length > 0);
  expect(link.framesFor(1)).toEqual([
    { name: 'receipt', conversation: 5, user: 7, kind: 2, sequence: 4 },
    { name: 'receipt', conversation: 5, user: 8, kind: 1, sequence: 4 },
    { name: 'receipt', conversation: 5, user: 8, kind: 2, sequence: 2 },
  ]);
  expect(link.framesFor(2)).toEqual([{ name: 'receipt', conversation: 5, user: 8, kind: 1, sequence: 4 }]);
});

test('what the log has just refused is refused at once, until an entry says that there are new members', async () => {
  let nowMs = 1_800_000_000_000;
  const { relay, bus, cells } = startRelay({ nowMs: () => nowMs });
  const link = new Link(relay, 0, 7);
  const device = deviceKey(5, 0);
  link.say(announce([]), open(1, device));
  await until(() => link.settledUpTo === 1);
  let number = 1;
  const send = async () => {
    const id = new Uint8Array(16).fill(number);
    link.say(requestMessage(1, encodeFrame('send', { conversation: 5, id, contentType: 0, bodies: [{ device: 0, body: id }] })));
    number++;
    await until(() => link.settledUpTo === number);
    return link.framesFor(1).at(-1);
  };
  const reject = async (code: number) => {
    const rejected = encodeDelivery({
      kind: 'rejection',
      conversation: 5,
      id: new Uint8Array(16),
      origin: to(1, device),
      code,
      retryAfterMs: 0,
    });
    await bus.append('deliveries', GATEWAY, [rejected]);
    await until(() => link.framesFor(1).at(-1)?.name === 'rejected');
  };
  expect(await send()).toMatchObject({ name: 'accepted' });
  await reject(ERROR_CODES.conversationRate.code);
  expect(await send()).toMatchObject({ name: 'accepted' });
  await reject(ERROR_CODES.notMember.code);
  expect(await send()).toMatchObject({ name: 'error', code: ERROR_CODES.notMember.code, id: new Uint8Array(16).fill(3) });
  expect([cells.refusedEarly.value, await bus.end('messages', 0)]).toEqual([1, 2]);
  await bus.append('deliveries', GATEWAY, [membership(ENTRY_KINDS.memberAdded, 5, 5, to(1, device))]);
  await until(() => link.framesFor(1).some((frame) => frame.name === 'deliver'));
  expect(await send()).toMatchObject({ name: 'accepted' });
  await reject(ERROR_CODES.noConversation.code);
  expect(await send()).toMatchObject({ name: 'error', code: ERROR_CODES.noConversation.code });
  nowMs += 6_000;
  expect(await send()).toMatchObject({ name: 'accepted' });
});

test('when deliveries were lost from the log every session is told that something newer may exist', async () => {
  const { relay } = startRelay();
  const link = new Link(relay, 0, 7);
  link.say(announce([]), open(1, deviceKey(5, 0)), open(2, deviceKey(6, 0)), open(3, deviceKey(7, 0)));
  link.say(closeMessage(2, deviceKey(6, 0), 1_000));
  await until(() => link.settledUpTo === 4);
  relay.deliveriesMissed();
  await until(() => link.newer.length === 2);
  expect(link.newer).toEqual([1, 3]);
});

test('wishes of a user about his privacy are stored in the order they came, however long each takes', async () => {
  const wishes: boolean[] = [];
  class Slow extends StoreMemory {
    override async setReceiptPrivacy(_user: number, withhold: boolean): Promise<void> {
      await Bun.sleep(withhold ? 30 : 1);
      wishes.push(withhold);
    }
  }
  const { relay } = startRelay({ store: new Slow({ partitions: 1, recordAt: () => undefined }) });
  const link = new Link(relay, 0, 7);
  link.say(announce([session(1, deviceKey(5, 0)), session(2, deviceKey(5, 1))]));
  for (const [connection, withhold] of [
    [1, 1],
    [2, 0],
    [1, 1],
    [2, 0],
  ] as const) {
    link.say(requestMessage(connection, encodeFrame('receiptPrivacy', { withhold })));
  }
  await until(() => link.settledUpTo === 4);
  expect(wishes).toEqual([true, false, true, false]);
});

test('who shows his receipts again has what he read before in the log first', async () => {
  const bus = createMemoryBus({ partitions: { messages: 1, receipts: 1, deliveries: GATEWAY + 1 }, now: Date.now });
  const append = bus.append.bind(bus);
  let appended = 0;
  bus.append = async (topic, partition, values) => {
    await Bun.sleep(40);
    appended++;
    return append(topic, partition, values);
  };
  const before: number[] = [];
  class Watched extends StoreMemory {
    override async setReceiptPrivacy(): Promise<void> {
      before.push(appended);
    }
  }
  const { relay } = startRelay({ bus, store: new Watched({ partitions: 1, recordAt: () => undefined }) });
  const link = new Link(relay, 0, 7);
  const wish = (withhold: 0 | 1) => requestMessage(1, encodeFrame('receiptPrivacy', { withhold }));
  link.say(announce([session(1, deviceKey(5, 0))]), marksMessage([2, 1, 9, 3]), wish(0));
  await until(() => link.settledUpTo === 2);
  link.say(marksMessage([2, 1, 9, 4]), wish(1));
  await until(() => link.settledUpTo === 4);
  expect(before).toEqual([1, 1]);
  await bus.close();
});
