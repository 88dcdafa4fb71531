/** Rows of Cassandra to and from the store's values. A field without a value is undefined, which the driver leaves unset. */

import type { DeviceBody, LogEntry } from '../bus/records.ts';
import type { UserId } from '../protocol/ids.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import { firstNotBelow } from './ascending.ts';
import type { Row, Value } from './cassandra-client.ts';
import { bucketOf } from './cassandra-schema.ts';
import type { Conversation, ListRow } from './store.ts';

/** What a list row says of its user. Of a large conversation the row says only that he is a member. */
export const STANDING = { member: 0, large: 1, left: 2 } as const;

export type LastMessage = Pick<ListRow, 'sender' | 'contentType' | 'snippet'>;

const NOTHING = new Uint8Array(0);
const writer = new ByteWriter();

export const long = (value: number): bigint => BigInt(value);

export function blob(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function messageValues(entry: LogEntry, offset: number): Value[] {
  const { conversation, sequence, kind, sender, id, loggedAtMs, contentType, bodies } = entry;
  const single = bodies.length === 1 && bodies[0]!.device === 0 ? bodies[0]!.body : undefined;
  return [
    long(conversation),
    bucketOf(sequence),
    long(sequence),
    long(offset),
    kind,
    long(sender),
    blob(id),
    long(loggedAtMs),
    contentType === 0 ? undefined : contentType,
    single === undefined ? undefined : blob(single),
    single === undefined && bodies.length > 0 ? blob(bodiesBytes(bodies)) : undefined,
    long(sequence),
  ];
}

export function entryOfRow(conversation: number, row: Row): LogEntry {
  return {
    conversation,
    sequence: Number(row.sequence),
    kind: Number(row.kind),
    sender: Number(row.sender),
    id: row.id as Buffer,
    loggedAtMs: Number(row.logged_at),
    contentType: Number(row.content_type ?? 0),
    bodies: row.body !== null ? [{ device: 0, body: row.body as Buffer }] : row.bodies === null ? [] : bodiesOf(row.bodies as Buffer),
  };
}

export function membersBytes(members: readonly UserId[]): Buffer {
  let before = 0;
  for (const member of members) {
    writer.varint(member - before);
    before = member;
  }
  return blob(writer.take());
}

function membersOf(bytes: Uint8Array): UserId[] {
  const reader = new ByteReader(bytes);
  const members: UserId[] = [];
  let before = 0;
  while (reader.left > 0) {
    before += reader.varint('member');
    members.push(before);
  }
  if (reader.failure !== undefined) throw new Error(`members: ${reader.failure}`);
  return members;
}

export function conversationOfRow(id: number, row: Row): Conversation {
  return {
    id,
    lastSequence: Number(row.sequence),
    members: membersOf(row.members as Buffer),
    offset: Number(row.offset),
    changedAtMs: Number(row.changed_at),
    restedAtMs: Number(row.rested_at),
  };
}

export function lastMessageOfRow(row: Row): LastMessage {
  if (row.sender === null) return { sender: 0, contentType: 0, snippet: NOTHING };
  return {
    sender: Number(row.sender),
    contentType: Number(row.content_type ?? 0),
    snippet: row.snippet === null ? NOTHING : (row.snippet as Buffer),
  };
}

/** Empty fields are given too: the message before may have had them. */
export function lastMessageValues(message: LastMessage | undefined): Value[] {
  if (message === undefined) return [undefined, undefined, undefined];
  return [long(message.sender), message.contentType, blob(message.snippet)];
}

export function isIn(ascending: readonly number[], value: number): boolean {
  return ascending[firstNotBelow(ascending, value)] === value;
}

function bodiesBytes(bodies: readonly DeviceBody[]): Uint8Array {
  for (const { device, body } of bodies) writer.varint(device).sized(body);
  return writer.take();
}

function bodiesOf(bytes: Uint8Array): DeviceBody[] {
  const reader = new ByteReader(bytes);
  const bodies: DeviceBody[] = [];
  while (reader.left > 0) bodies.push({ device: reader.varint('device'), body: reader.sized('body', bytes.length) });
  if (reader.failure !== undefined) throw new Error(`bodies: ${reader.failure}`);
  return bodies;
}
