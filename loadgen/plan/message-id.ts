/**
 * What a message of a run carries, so that whoever receives it knows which one it is without a table.
 *
 *   id   := nonce:u32 kind:u8 zeros:3 conversation:u32 number:u32      big endian
 *   body := dueMs:f64 clockErrorUs:u32 number:u32 filler               dueMs on the coordinator's clock
 *
 * The nonce is the run's; `conversation` is the plan's number, `number` the message's in the schedule (0 for a creation).
 */
import { MESSAGE_ID_BYTES } from '../../services/protocol/ids.ts';
import { SMALLEST_BODY_BYTES } from './schedule.ts';

export const ID_KINDS = { message: 1, creation: 2 } as const;
export type IdKind = (typeof ID_KINDS)[keyof typeof ID_KINDS];

export interface RunId {
  readonly kind: number;
  readonly conversation: number;
  readonly number: number;
}

export function writeId(nonce: number, kind: IdKind, conversation: number, number: number): Uint8Array {
  const id = new Uint8Array(MESSAGE_ID_BYTES);
  writeWord(id, 0, nonce);
  id[4] = kind;
  writeWord(id, 8, conversation);
  writeWord(id, 12, number);
  return id;
}

/** Undefined when the id is not one of this run. */
export function readId(nonce: number, id: Uint8Array): RunId | undefined {
  if (id.length !== MESSAGE_ID_BYTES || readWord(id, 0) !== nonce) return undefined;
  return { kind: id[4]!, conversation: readWord(id, 8), number: readWord(id, 12) };
}

/** The number of a message of this run, or -1: what the hot path needs, without an object. */
export function messageNumberOf(nonce: number, id: Uint8Array): number {
  return readWord(id, 0) === nonce && id[4] === ID_KINDS.message ? readWord(id, 12) : -1;
}

export function writeBody(bodyBytes: number, dueMs: number, clockErrorUs: number, number: number): Uint8Array {
  const body = new Uint8Array(Math.max(SMALLEST_BODY_BYTES, bodyBytes));
  const view = new DataView(body.buffer);
  view.setFloat64(0, dueMs);
  view.setUint32(8, Math.min(0xffff_ffff, Math.ceil(clockErrorUs)));
  view.setUint32(12, number);
  body.fill(0x20 + (number % 90), SMALLEST_BODY_BYTES);
  return body;
}

export function readBody(body: Uint8Array): { readonly dueMs: number; readonly clockErrorUs: number; readonly number: number } | undefined {
  if (body.length < SMALLEST_BODY_BYTES) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return { dueMs: view.getFloat64(0), clockErrorUs: view.getUint32(8), number: view.getUint32(12) };
}

function writeWord(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

function readWord(source: Uint8Array, at: number): number {
  return (source[at]! * 0x100_0000 + (source[at + 1]! << 16) + (source[at + 2]! << 8) + source[at + 3]!) >>> 0;
}
