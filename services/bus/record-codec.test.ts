import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { MAX_ID, MAX_USER } from '../protocol/ids.ts';
import { VERSIONS } from '../runtime/versions.ts';
import {
  decodeDelivery,
  decodeMessage,
  decodeReceipt,
  encodeDelivery,
  encodeDeliveryAs,
  encodeMessage,
  encodeMessageAs,
  encodeReceipt,
  type RecordDecoded,
} from './record-codec.ts';
import type { DeliveryRecord, MessageRecord, ReceiptRecord } from './records.ts';

const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
const key = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: MAX_ID }));
const user = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: MAX_USER }));
const u16 = fc.nat(65_535);
const connection = fc.integer({ min: 0, max: 0xffff_ffff });
const bodies = fc.array(fc.record({ device: key, body: fc.uint8Array({ maxLength: 300 }) }), { maxLength: 5 });
const from = { conversation: key, id, from: key, replyTo: fc.record({ gateway: u16, edge: u16, connection }) };
const messages: fc.Arbitrary<MessageRecord> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), ...from, contentType: u16, bodies }),
  fc.record({ kind: fc.constant('create' as const), ...from, members: fc.array(user, { maxLength: 20 }) }),
  fc.record({ kind: fc.constantFrom('addMember' as const, 'removeMember' as const), ...from, user }),
  fc.record({ kind: fc.constant('leave' as const), ...from }),
);
const receipts: fc.Arbitrary<ReceiptRecord> = fc.record({
  kind: fc.constantFrom('delivered' as const, 'read' as const),
  conversation: key,
  from: key,
  sequence: key,
});
const entry = fc.record({
  conversation: key,
  sequence: key,
  kind: fc.nat(255),
  sender: key,
  id,
  loggedAtMs: key,
  contentType: u16,
  bodies,
});
const origin = fc.record({ edge: u16, connection, device: key });
const sessions = fc.array(fc.record({ edge: u16, connection, device: key, body: fc.nat(5) }), { maxLength: 8 });
const deliveries: fc.Arbitrary<DeliveryRecord> = fc.oneof(
  fc.record({ kind: fc.constant('entry' as const), entry, sessions }),
  fc.record({ kind: fc.constant('entry' as const), entry, sessions, origin }),
  fc.record({ kind: fc.constant('rejection' as const), conversation: key, id, origin, code: fc.nat(999), retryAfterMs: key }),
  fc.record({
    kind: fc.constant('receipt' as const),
    conversation: key,
    user,
    receipt: fc.constantFrom('delivered' as const, 'read' as const),
    sequence: key,
    sessions: fc.array(origin, { maxLength: 8 }),
  }),
);

test('every message, receipt and delivery comes back as it was written', () => {
  fc.assert(fc.property(messages, (record) => expect(decodeMessage(encodeMessage(record))).toEqual({ ok: true, record })));
  fc.assert(fc.property(receipts, (record) => expect(decodeReceipt(encodeReceipt(record))).toEqual({ ok: true, record })));
  fc.assert(fc.property(deliveries, (record) => expect(decodeDelivery(encodeDelivery(record))).toEqual({ ok: true, record })));
});

test('what the version before has words for is read back from it, a session without its device', () => {
  const { newest } = VERSIONS.record;
  const forgotten = <Session extends { readonly device: number }>(session: Session) => ({ ...session, device: 0 });
  fc.assert(fc.property(messages, (record) => expect(decodeMessage(encodeMessageAs(newest - 1, record))).toEqual({ ok: true, record })));
  fc.assert(
    fc.property(deliveries, (record) => {
      if (record.kind === 'receipt') return expect(() => encodeDeliveryAs(newest - 1, record)).toThrow(RangeError);
      const read = {
        ...record,
        ...(record.origin === undefined ? {} : { origin: forgotten(record.origin) }),
        ...(record.kind === 'entry' ? { sessions: record.sessions.map(forgotten) } : {}),
      };
      expect(decodeDelivery(encodeDeliveryAs(newest - 1, record))).toEqual({ ok: true, record: read as DeliveryRecord });
    }),
  );
});

test('a record cut at any byte, or with a byte too many, is malformed and never throws', () => {
  const check = (bytes: Uint8Array, decode: (bytes: Uint8Array) => RecordDecoded<unknown>) => {
    for (let length = 0; length < bytes.length; length++) expect(decode(bytes.slice(0, length))).toMatchObject({ code: 'malformed' });
    expect(decode(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false, code: 'malformed' });
  };
  fc.assert(
    fc.property(messages, (record) => check(encodeMessage(record), decodeMessage)),
    { numRuns: 30 },
  );
  fc.assert(
    fc.property(receipts, (record) => check(encodeReceipt(record), decodeReceipt)),
    { numRuns: 30 },
  );
  fc.assert(
    fc.property(deliveries, (record) => check(encodeDelivery(record), decodeDelivery)),
    { numRuns: 30 },
  );
});

test('random bytes and flipped bytes give a record or a failure', () => {
  const decoders: ReadonlyArray<(bytes: Uint8Array) => RecordDecoded<unknown>> = [decodeMessage, decodeReceipt, decodeDelivery];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(2), (bytes, kind) => {
      if (bytes.length > 1) bytes[0] = 1 + (bytes[0]! % 2);
      expect(typeof decoders[kind]!(bytes).ok).toBe('boolean');
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(deliveries, fc.nat(), fc.nat(255), (record, at, value) => {
      const bytes = encodeDelivery(record);
      bytes[at % bytes.length] = value;
      expect(typeof decodeDelivery(bytes).ok).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});

test('a version that is not known is refused by its number', () => {
  for (const decode of [decodeMessage, decodeReceipt, decodeDelivery]) {
    expect(decode(Uint8Array.of(9, 1, 1))).toEqual({
      ok: false,
      code: 'unknownVersion',
      reason: 'record version 9; this reader takes 1 to 2',
    });
  }
});

test('a value out of range throws in the writer and leaves nothing behind for the next record', () => {
  const record: ReceiptRecord = { kind: 'read', conversation: 5, from: 6, sequence: 7 };
  expect(() => encodeReceipt({ ...record, sequence: -1 })).toThrow('not a varint');
  expect(decodeReceipt(encodeReceipt(record))).toEqual({ ok: true, record });
});

const ID = '000102030405060708090a0b0c0d0e0f';
const idBytes = Uint8Array.from(Buffer.from(ID, 'hex'));
const replyTo = { gateway: 1, edge: 2, connection: 0xffff_ffff };
const hello = new TextEncoder().encode('hello');

const head = { conversation: 300, id: idBytes, from: 256, replyTo };
const messagesByBytes: ReadonlyArray<readonly [MessageRecord, string]> = [
  [{ kind: 'send', ...head, contentType: 1, bodies: [{ device: 0, body: hello }] }, `01ac028002${ID}0102ffffffff0f0101000568656c6c6f`],
  [{ kind: 'create', ...head, members: [1, 200] }, `02ac028002${ID}0102ffffffff0f0201c801`],
  [{ kind: 'addMember', ...head, user: MAX_USER }, `03ac028002${ID}0102ffffffff0fffffffffffff07`],
  [{ kind: 'removeMember', ...head, user: 7 }, `04ac028002${ID}0102ffffffff0f07`],
  [{ kind: 'leave', ...head }, `05ac028002${ID}0102ffffffff0f`],
];
const receiptByBytes: readonly [ReceiptRecord, string] = [{ kind: 'read', conversation: 300, from: 256, sequence: 9 }, '02ac02800209'];
const entry4 = { conversation: 300, sequence: 4, kind: 0, sender: 256, id: idBytes, loggedAtMs: 1_000, contentType: 1 };
const deliveryOf = (device: number): DeliveryRecord => ({
  kind: 'entry',
  entry: { ...entry4, bodies: [{ device: 0, body: hello }] },
  sessions: [{ edge: 3, connection: 129, device: device * 2, body: 0 }],
  origin: { edge: 2, connection: 5, device },
});
const rejectionOf = (device: number): DeliveryRecord => ({
  kind: 'rejection',
  conversation: 300,
  id: idBytes,
  origin: { edge: 2, connection: 5, device },
  code: 32,
  retryAfterMs: 0,
});
const bytesOf = (hex: string) => Buffer.from(hex, 'hex');
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Golden bytes: a change here is a new record version. */
test('version 2 has these bytes', () => {
  for (const [record, hex] of messagesByBytes) {
    expect(hexOf(encodeMessage(record))).toBe(`02${hex}`);
    expect(decodeMessage(bytesOf(`02${hex}`))).toMatchObject({ ok: true, record: { kind: record.kind } });
  }
  expect(hexOf(encodeReceipt(receiptByBytes[0]))).toBe(`02${receiptByBytes[1]}`);
  expect(hexOf(encodeDelivery(deliveryOf(256)))).toBe(`0201ac0204008002${ID}e8070101000568656c6c6f01${'038101800400'}01${'02058002'}`);
  expect(hexOf(encodeDelivery(rejectionOf(256)))).toBe(`0202ac02${ID}020580022000`);
  const receipt: DeliveryRecord = {
    kind: 'receipt',
    conversation: 300,
    user: 7,
    receipt: 'read',
    sequence: 9,
    sessions: [{ edge: 3, connection: 129, device: 256 }],
  };
  expect(hexOf(encodeDelivery(receipt))).toBe(`0203ac0207020901${'0381018002'}`);
});

test('version 1 is read: its sessions name no device, and it knows no receipt on deliveries', () => {
  for (const [record, hex] of messagesByBytes) expect(decodeMessage(bytesOf(`01${hex}`))).toEqual({ ok: true, record });
  expect(decodeReceipt(bytesOf(`01${receiptByBytes[1]}`))).toEqual({ ok: true, record: receiptByBytes[0] });
  const delivery = `0101ac0204008002${ID}e8070101000568656c6c6f01038101000102${'05'}`;
  expect(decodeDelivery(bytesOf(delivery))).toEqual({ ok: true, record: deliveryOf(0) });
  expect(decodeDelivery(bytesOf(`0102ac02${ID}02052000`))).toEqual({ ok: true, record: rejectionOf(0) });
  expect(decodeDelivery(bytesOf('0103ac02070209010381018002'))).toMatchObject({ ok: false, code: 'malformed' });
});
