/**
 * The opaque positions of both stores. They are functions of the log, so that they outlive the process.
 *
 *   changed := 1:u8 next:varint per partition of `messages`     list := 2:u8 changedAtMs:varint conversation:varint
 *   receipts := 3:u8 user:varint
 */

import type { UserId } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import type { Conversation } from './store.ts';

const CHANGED_VERSION = 1;
const LIST_VERSION = 2;
const RECEIPTS_VERSION = 3;

/** Of a partition's offset: up to 4.4e12 records, two centuries at the rate of the fullest partition. */
const OFFSET_BYTES = 6;
/** A position names an offset of each partition of `messages`, so that a cell has no more of them. */
export const PARTITIONS_LIMIT = Math.floor((LIMITS.positionBytes.value - 1) / OFFSET_BYTES);

export function writeChangedPosition(next: readonly number[]): Uint8Array {
  const writer = new ByteWriter(16).byte(CHANGED_VERSION);
  for (const offset of next) writer.varint(offset);
  return writer.take();
}

/** The offsets of a position, all 0 for an empty one; undefined for one that this log can't have given. */
export function readChangedPosition(position: Uint8Array, written: readonly number[]): readonly number[] | undefined {
  if (position.length === 0) return written.map(() => 0);
  const reader = new ByteReader(position);
  const version = reader.byte('version');
  const next = written.map((end) => reader.varint('next', end));
  reader.end();
  return version === CHANGED_VERSION && reader.failure === undefined ? next : undefined;
}

export function writeListPosition({ changedAtMs, id }: Pick<Conversation, 'id' | 'changedAtMs'>): Uint8Array {
  return new ByteWriter(24).byte(LIST_VERSION).varint(changedAtMs).varint(id).take();
}

export function readListPosition(position: Uint8Array): Pick<Conversation, 'id' | 'changedAtMs'> | 'start' | undefined {
  if (position.length === 0) return 'start';
  const reader = new ByteReader(position);
  const version = reader.byte('version');
  const row = { changedAtMs: reader.varint('changedAtMs'), id: reader.varint('conversation') };
  reader.end();
  return version === LIST_VERSION && reader.failure === undefined ? row : undefined;
}

/** A page of receipts ended with this user. */
export function writeReceiptsPosition(user: UserId): Uint8Array {
  return new ByteWriter(16).byte(RECEIPTS_VERSION).varint(user).take();
}

/** The user after whom the page begins, -1 for the first one. */
export function readReceiptsPosition(position: Uint8Array): UserId | undefined {
  if (position.length === 0) return -1;
  const reader = new ByteReader(position);
  const version = reader.byte('version');
  const user = reader.varint('user');
  reader.end();
  return version === RECEIPTS_VERSION && reader.failure === undefined ? user : undefined;
}
