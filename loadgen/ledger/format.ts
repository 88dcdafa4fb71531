/**
 * The ledger's bytes. A file per worker, append only; a reader takes every whole event and ignores a cut one at the end.
 *
 *   file   := magic:8  nonce:u32  worker:u32  zeros:8            24 bytes
 *   event  := kind:u8 zero:u8 code:u16 number:u32 connection:u32 sequence:u32 atMs:f64      24 bytes, little endian
 *
 * `number`: the message's in the schedule, or for creations the conversation's in the plan. `connection`: the plan's, of
 * whoever saw the event. `atMs`: the coordinator's clock.
 */
export const EVENT_BYTES = 24;
export const LEDGER_MAGIC = 'parleyL1';

export const EVENTS = {
  /** Handed to an open connection for the first time. */
  sent: 1,
  /** Due but never sent; code says why: UNSENT_REASONS. */
  unsent: 2,
  accepted: 3,
  sequenced: 4,
  /** Final; code of the error table. Refused when it was not accepted before. */
  rejected: 5,
  /** Handed to the application, the sender's own devices included. */
  delivered: 6,
  created: 7,
  creationRejected: 8,
  creationDelivered: 9,
  /** An entry that is of no message of this run. */
  foreign: 10,
  /** The device was not connected when the run ended. */
  away: 11,
  /** The worker ended as it should: nothing is missing. */
  end: 12,
} as const;
export type EventKind = (typeof EVENTS)[keyof typeof EVENTS];

export const UNSENT_REASONS = { noConnection: 1, conversationUnknown: 2, generatorFull: 3, runEnded: 4 } as const;

export interface LedgerHead {
  readonly nonce: number;
  readonly worker: number;
}

export function writeHead(head: LedgerHead): Uint8Array {
  const bytes = new Uint8Array(EVENT_BYTES);
  bytes.set(Buffer.from(LEDGER_MAGIC, 'latin1'));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, head.nonce, true);
  view.setUint32(12, head.worker, true);
  return bytes;
}

/** Undefined when it is no ledger, or cut before its first event. */
export function readHead(bytes: Uint8Array): LedgerHead | undefined {
  if (bytes.length < EVENT_BYTES || Buffer.from(bytes.subarray(0, 8)).toString('latin1') !== LEDGER_MAGIC) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { nonce: view.getUint32(8, true), worker: view.getUint32(12, true) };
}
