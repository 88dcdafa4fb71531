/**
 * What a coordinator and a worker that joined say to each other on their link, which is authenticated and not encrypted
 * (services/runtime/peer-link.ts): no key travels on it.
 *
 *   frame  := kind:u8 payload
 *   say    := 1 JSON        a Joining, a JoinAnswer, then ToWorker and FromWorker
 *   ledger := 2 number:u32 crc32:u32 bytes          the worker's ledger as it is written, chunks numbered from 0, little endian
 *   alive  := 3             once a second, both ways
 */

import type { Build } from '../../services/runtime/build.ts';
import type { FramedStream } from '../../services/runtime/framed-stream.ts';
import type { FromWorker, ToWorker } from '../worker/messages.ts';

export const KINDS = { say: 1, ledger: 2, alive: 3 } as const;
export const ALIVE_EVERY_MS = 1_000;
/** Nothing at all for so long: the other end is stopped, dead or cut off. */
export const SILENT_MS = 15_000;

export interface Joining {
  readonly type: 'join';
  /** Name of the machine, and which of its workers this is, from 0. */
  readonly host: string;
  readonly slot: number;
  readonly workers: number;
  readonly build: Build;
}

export type JoinAnswer = { readonly type: 'joined' } | { readonly type: 'refused'; readonly reason: string };

export type Said = Joining | JoinAnswer | ToWorker | FromWorker;

export type Received =
  | { readonly kind: 'say'; readonly said: Said }
  | { readonly kind: 'ledger'; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: 'alive' }
  | { readonly kind: 'broken'; readonly reason: string };

const LEDGER_HEAD_BYTES = 9;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function pushSaid(stream: FramedStream, said: Said): void {
  stream.push(Uint8Array.of(KINDS.say), encoder.encode(JSON.stringify(said)));
}

export function pushAlive(stream: FramedStream): void {
  stream.push(Uint8Array.of(KINDS.alive));
}

export function pushLedger(stream: FramedStream, number: number, bytes: Uint8Array): void {
  const head = new DataView(new ArrayBuffer(LEDGER_HEAD_BYTES));
  head.setUint8(0, KINDS.ledger);
  head.setUint32(1, number, true);
  head.setUint32(5, Bun.hash.crc32(bytes), true);
  stream.push(new Uint8Array(head.buffer), bytes);
}

/** `bytes` of a ledger are a view that is valid during the call only. */
export function readFrame(frame: Uint8Array): Received {
  switch (frame[0]) {
    case KINDS.alive:
      return { kind: 'alive' };
    case KINDS.say:
      return readSaid(frame.subarray(1));
    case KINDS.ledger:
      return readLedger(frame);
    default:
      return { kind: 'broken', reason: `a frame of the unknown kind ${frame[0] ?? 'none'}` };
  }
}

function readSaid(bytes: Uint8Array): Received {
  try {
    const said: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof (said as { type?: unknown } | null)?.type === 'string') return { kind: 'say', said: said as Said };
  } catch {
    // Not JSON: told below.
  }
  return { kind: 'broken', reason: 'a message that is none' };
}

function readLedger(frame: Uint8Array): Received {
  if (frame.length < LEDGER_HEAD_BYTES) return { kind: 'broken', reason: 'a ledger chunk without its head' };
  const head = new DataView(frame.buffer, frame.byteOffset, LEDGER_HEAD_BYTES);
  const bytes = frame.subarray(LEDGER_HEAD_BYTES);
  const number = head.getUint32(1, true);
  if (Bun.hash.crc32(bytes) !== head.getUint32(5, true)) return { kind: 'broken', reason: `ledger chunk ${number} is not what was sent` };
  return { kind: 'ledger', number, bytes };
}
