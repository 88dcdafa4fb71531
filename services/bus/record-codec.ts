/**
 * The bytes of bus records. Decoding never throws: it gives the record or what was wrong with it. Byte fields of a decoded
 * record are views of the input.
 *
 *   record   := version:u8 kind:u8 fields           a reader takes those of versions.ts and refuses any other by its number
 *   message  := conversation from id:16 gateway edge connection then by kind
 *               send 1: contentType count (device length body)*   create 2: count user*
 *               addMember 3, removeMember 4: user                 leave 5: nothing
 *   receipt  := conversation from sequence          delivered 1, read 2
 *   delivery := entry 1: entry count (session body)* origin
 *               rejection 2: conversation id:16 session code retryAfterMs
 *               receipt 3: conversation user (delivered 1 | read 2):u8 sequence count session*
 *   entry    := conversation sequence kind sender id:16 loggedAtMs contentType count (device length body)*
 *   origin   := 0 | 1 session
 *   session  := edge connection device
 * Numbers without a size are varints. Version 1 has no receipt on deliveries and no device in a session.
 */
import { MAX_ID, MAX_USER, MESSAGE_ID_BYTES } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import { isAccepted, VERSIONS } from '../runtime/versions.ts';
import {
  type AddressedSession,
  type DeliveryRecord,
  type DeviceBody,
  type LogEntry,
  MAX_CONNECTION,
  MAX_EDGE,
  MAX_GATEWAY,
  type MessageRecord,
  type ReceiptRecord,
} from './records.ts';

export type RecordFailure = { readonly ok: false; readonly code: 'unknownVersion' | 'malformed'; readonly reason: string };
export type RecordDecoded<R> = { readonly ok: true; readonly record: R } | RecordFailure;

const MESSAGE_KINDS = { send: 1, create: 2, addMember: 3, removeMember: 4, leave: 5 } as const;
const RECEIPT_KINDS = { delivered: 1, read: 2 } as const;
const DELIVERY_KINDS = { entry: 1, rejection: 2, receipt: 3 } as const;

const MAX_SESSIONS = 1_048_576;
/** Scratch space, empty between calls. */
const writer = new ByteWriter();

export function encodeMessage(record: MessageRecord): Uint8Array {
  return encodeMessageAs(VERSIONS.record.newest, record);
}

export function encodeMessageAs(version: number, record: MessageRecord): Uint8Array {
  writer.start().byte(version).byte(MESSAGE_KINDS[record.kind]).varint(record.conversation).varint(record.from).raw(record.id);
  writer.varint(record.replyTo.gateway).varint(record.replyTo.edge).varint(record.replyTo.connection);
  switch (record.kind) {
    case 'send':
      writer.varint(record.contentType);
      writeBodies(writer, record.bodies);
      break;
    case 'create':
      writer.varint(record.members.length);
      for (const member of record.members) writer.varint(member);
      break;
    case 'addMember':
    case 'removeMember':
      writer.varint(record.user);
      break;
    case 'leave':
      break;
  }
  return writer.take();
}

export function decodeMessage(bytes: Uint8Array): RecordDecoded<MessageRecord> {
  const reader = new ByteReader(bytes);
  const version = readVersion(reader);
  if (typeof version !== 'number') return version;
  const kind = reader.byte('kind');
  const from = {
    conversation: reader.varint('conversation', MAX_ID),
    from: reader.varint('from', MAX_ID),
    id: reader.raw('id', MESSAGE_ID_BYTES),
    replyTo: {
      gateway: reader.varint('gateway', MAX_GATEWAY),
      edge: reader.varint('edge', MAX_EDGE),
      connection: reader.varint('connection', MAX_CONNECTION),
    },
  };
  return finish(reader, messageOfKind(reader, kind, from));
}

function messageOfKind(
  reader: ByteReader,
  kind: number,
  from: Pick<MessageRecord, 'conversation' | 'from' | 'id' | 'replyTo'>,
): MessageRecord | undefined {
  switch (kind) {
    case MESSAGE_KINDS.send:
      return { kind: 'send', ...from, contentType: reader.varint('contentType', 65_535), bodies: readBodies(reader) };
    case MESSAGE_KINDS.create:
      return {
        kind: 'create',
        ...from,
        members: reader.list('members', LIMITS.membersPerConversation.value, () => reader.varint('member', MAX_USER)),
      };
    case MESSAGE_KINDS.addMember:
      return { kind: 'addMember', ...from, user: reader.varint('user', MAX_USER) };
    case MESSAGE_KINDS.removeMember:
      return { kind: 'removeMember', ...from, user: reader.varint('user', MAX_USER) };
    case MESSAGE_KINDS.leave:
      return { kind: 'leave', ...from };
    default:
      reader.fail('kind', `unknown kind ${kind} of message`);
      return undefined;
  }
}

export function encodeReceipt(record: ReceiptRecord): Uint8Array {
  return encodeReceiptAs(VERSIONS.record.newest, record);
}

export function encodeReceiptAs(version: number, record: ReceiptRecord): Uint8Array {
  return writer
    .start()
    .byte(version)
    .byte(RECEIPT_KINDS[record.kind])
    .varint(record.conversation)
    .varint(record.from)
    .varint(record.sequence)
    .take();
}

export function decodeReceipt(bytes: Uint8Array): RecordDecoded<ReceiptRecord> {
  const reader = new ByteReader(bytes);
  const version = readVersion(reader);
  if (typeof version !== 'number') return version;
  return finish(reader, {
    kind: readReceiptKind(reader),
    conversation: reader.varint('conversation', MAX_ID),
    from: reader.varint('from', MAX_ID),
    sequence: reader.varint('sequence', MAX_ID),
  });
}

/** False for what a version has no words for: who has not yet changed to the next learns it when he asks. */
export function canSay(record: DeliveryRecord, version: number): boolean {
  return version >= 2 || record.kind !== 'receipt';
}

export function encodeDelivery(record: DeliveryRecord): Uint8Array {
  return encodeDeliveryAs(VERSIONS.record.newest, record);
}

export function encodeDeliveryAs(version: number, record: DeliveryRecord): Uint8Array {
  if (!canSay(record, version)) throw new RangeError(`records of version ${version} have no ${record.kind}`);
  writer.start().byte(version).byte(DELIVERY_KINDS[record.kind]);
  switch (record.kind) {
    case 'entry':
      writeEntry(writer, record.entry);
      writer.varint(record.sessions.length);
      for (const session of record.sessions) {
        writeSession(session, version);
        writer.varint(session.body);
      }
      writer.byte(record.origin === undefined ? 0 : 1);
      if (record.origin !== undefined) writeSession(record.origin, version);
      break;
    case 'rejection':
      writer.varint(record.conversation).raw(record.id);
      writeSession(record.origin, version);
      writer.varint(record.code).varint(record.retryAfterMs);
      break;
    case 'receipt':
      writer.varint(record.conversation).varint(record.user).byte(RECEIPT_KINDS[record.receipt]).varint(record.sequence);
      writer.varint(record.sessions.length);
      for (const session of record.sessions) writeSession(session, version);
      break;
  }
  return writer.take();
}

export function decodeDelivery(bytes: Uint8Array): RecordDecoded<DeliveryRecord> {
  const reader = new ByteReader(bytes);
  const version = readVersion(reader);
  if (typeof version !== 'number') return version;
  const kind = reader.byte('kind');
  if (kind === DELIVERY_KINDS.entry) return finish(reader, readEntryDelivery(reader, version));
  if (kind === DELIVERY_KINDS.rejection) {
    return finish(reader, {
      kind: 'rejection',
      conversation: reader.varint('conversation', MAX_ID),
      id: reader.raw('id', MESSAGE_ID_BYTES),
      origin: readSession(reader, version),
      code: reader.varint('code', 999),
      retryAfterMs: reader.varint('retryAfterMs'),
    });
  }
  if (kind === DELIVERY_KINDS.receipt && version >= 2) {
    return finish(reader, {
      kind: 'receipt',
      conversation: reader.varint('conversation', MAX_ID),
      user: reader.varint('user', MAX_USER),
      receipt: readReceiptKind(reader),
      sequence: reader.varint('sequence', MAX_ID),
      sessions: reader.list('sessions', MAX_SESSIONS, () => readSession(reader, version)),
    });
  }
  return { ok: false, code: 'malformed', reason: `unknown kind ${kind} of delivery` };
}

function readEntryDelivery(reader: ByteReader, version: number): DeliveryRecord {
  const entry = readEntry(reader);
  const sessions = reader.list('sessions', MAX_SESSIONS, () => ({
    ...readSession(reader, version),
    body: reader.varint('body', LIMITS.bodiesPerSend.value),
  }));
  const withOrigin = reader.byte('origin');
  if (withOrigin === 0) return { kind: 'entry', entry, sessions };
  if (withOrigin !== 1) reader.fail('origin', `${withOrigin}, neither 0 nor 1`);
  return { kind: 'entry', entry, sessions, origin: readSession(reader, version) };
}

function writeSession({ edge, connection, device }: AddressedSession, version: number): void {
  writer.varint(edge).varint(connection);
  if (version >= 2) writer.varint(device);
}

function readSession(reader: ByteReader, version: number): AddressedSession {
  return {
    edge: reader.varint('edge', MAX_EDGE),
    connection: reader.varint('connection', MAX_CONNECTION),
    device: version >= 2 ? reader.varint('device', MAX_ID) : 0,
  };
}

function readReceiptKind(reader: ByteReader): ReceiptRecord['kind'] {
  const kind = reader.byte('kind');
  if (kind !== RECEIPT_KINDS.delivered && kind !== RECEIPT_KINDS.read) reader.fail('kind', `unknown kind ${kind} of receipt`);
  return kind === RECEIPT_KINDS.read ? 'read' : 'delivered';
}

/** An entry as it stands in a record; other encodings of this project use it too. */
export function writeEntry(target: ByteWriter, entry: LogEntry): void {
  target.varint(entry.conversation).varint(entry.sequence).byte(entry.kind).varint(entry.sender).raw(entry.id);
  target.varint(entry.loggedAtMs).varint(entry.contentType);
  writeBodies(target, entry.bodies);
}

export function readEntry(reader: ByteReader): LogEntry {
  return {
    conversation: reader.varint('conversation', MAX_ID),
    sequence: reader.varint('sequence', MAX_ID),
    kind: reader.byte('kind'),
    sender: reader.varint('sender', MAX_ID),
    id: reader.raw('id', MESSAGE_ID_BYTES),
    loggedAtMs: reader.varint('loggedAtMs'),
    contentType: reader.varint('contentType', 65_535),
    bodies: readBodies(reader),
  };
}

function writeBodies(target: ByteWriter, bodies: readonly DeviceBody[]): void {
  target.varint(bodies.length);
  for (const { device, body } of bodies) target.varint(device).sized(body);
}

function readBodies(reader: ByteReader): DeviceBody[] {
  return reader.list('bodies', LIMITS.bodiesPerSend.value, () => ({
    device: reader.varint('device', MAX_ID),
    body: reader.sized('body', LIMITS.bodyBytes.value),
  }));
}

function readVersion(reader: ByteReader): number | RecordFailure {
  const version = reader.byte('version');
  if (reader.failure !== undefined) return { ok: false, code: 'malformed', reason: 'empty record' };
  const { oldest, newest } = VERSIONS.record;
  if (isAccepted(version, VERSIONS.record)) return version;
  return { ok: false, code: 'unknownVersion', reason: `record version ${version}; this reader takes ${oldest} to ${newest}` };
}

function finish<R>(reader: ByteReader, record: R | undefined): RecordDecoded<R> {
  reader.end();
  if (reader.failure !== undefined || record === undefined) {
    return { ok: false, code: 'malformed', reason: reader.failure ?? 'no record' };
  }
  return { ok: true, record };
}
