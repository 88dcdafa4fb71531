/** Visits the events of a ledger file in order, a chunk at a time, so that no ledger has to fit into memory. */
import { closeSync, openSync, readSync } from 'node:fs';
import { EVENT_BYTES, type LedgerHead, readHead } from './format.ts';

/** One event; the object is used again for the next. */
export interface LedgerEvent {
  kind: number;
  code: number;
  number: number;
  connection: number;
  sequence: number;
  atMs: number;
}

const CHUNK_BYTES = EVENT_BYTES * 40_000;

/** A ledger as chunks of bytes, cut anywhere. */
export type LedgerChunks = Iterable<Uint8Array>;

export function* fileChunks(path: string): LedgerChunks {
  const file = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const bytes = readSync(file, buffer, 0, CHUNK_BYTES, null);
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
    }
  } finally {
    closeSync(file);
  }
}

/** Gives the head, or undefined when there is none: then nothing was visited, and neither where the head is not wanted. */
export function visitLedger(
  chunks: LedgerChunks,
  visit: (event: LedgerEvent) => void,
  isWanted: (head: LedgerHead) => boolean = () => true,
): LedgerHead | undefined {
  let head: LedgerHead | undefined;
  let rest = new Uint8Array(0);
  const event: LedgerEvent = { kind: 0, code: 0, number: 0, connection: 0, sequence: 0, atMs: 0 };
  for (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    if (head === undefined) {
      if (bytes.length < EVENT_BYTES) {
        rest = new Uint8Array(bytes);
        continue;
      }
      head = readHead(bytes);
      if (head === undefined || !isWanted(head)) return head;
      at = EVENT_BYTES;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; at + EVENT_BYTES <= bytes.length; at += EVENT_BYTES) {
      event.kind = view.getUint8(at);
      event.code = view.getUint16(at + 2, true);
      event.number = view.getUint32(at + 4, true);
      event.connection = view.getUint32(at + 8, true);
      event.sequence = view.getUint32(at + 12, true);
      event.atMs = view.getFloat64(at + 16, true);
      visit(event);
    }
    rest = new Uint8Array(bytes.subarray(at));
  }
  return head;
}
