/**
 * Frames of a log file: what one write put there, whole or not at all. No I/O.
 *
 *   frame := bodyBytes:u32le crc32(body):u32le body
 *   body  := loggedAtMs:f64le count:u32le (length:u32le value)*
 */
import { crc32 } from 'node:zlib';
import type { BusRecord } from './bus.ts';

export const FRAME_HEADER_BYTES = 8;
const BODY_HEADER_BYTES = 12;
export const FRAME_OVERHEAD_BYTES = FRAME_HEADER_BYTES + BODY_HEADER_BYTES;
export const RECORD_OVERHEAD_BYTES = 4;
/** Above it a length can't be one: largest link frame of a box, with room. */
const MAX_BODY_BYTES = 128 * 1_048_576;
const INITIAL_BYTES = 16_384;
const KEEP_BYTES = 262_144;

/** Collects values for the next frame. */
export class FrameBuilder {
  count = 0;
  private target = new Uint8Array(INITIAL_BYTES);
  private view = new DataView(this.target.buffer);
  private at = FRAME_OVERHEAD_BYTES;

  get bytes(): number {
    return this.at;
  }

  add(value: Uint8Array): void {
    const next = this.at + RECORD_OVERHEAD_BYTES + value.length;
    if (next > this.target.length) this.grow(next);
    this.view.setUint32(this.at, value.length, true);
    this.target.set(value, this.at + RECORD_OVERHEAD_BYTES);
    this.at = next;
    this.count++;
  }

  /** The frame as bytes of its own; the builder is empty after it. */
  finish(loggedAtMs: number): Uint8Array {
    this.view.setUint32(0, this.at - FRAME_HEADER_BYTES, true);
    this.view.setFloat64(FRAME_HEADER_BYTES, loggedAtMs, true);
    this.view.setUint32(FRAME_HEADER_BYTES + 8, this.count, true);
    this.view.setUint32(4, crc32(this.target.subarray(FRAME_HEADER_BYTES, this.at)), true);
    const frame = this.target.slice(0, this.at);
    this.at = FRAME_OVERHEAD_BYTES;
    this.count = 0;
    if (this.target.length > KEEP_BYTES) this.replace(new Uint8Array(INITIAL_BYTES));
    return frame;
  }

  private grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.target.length * 2));
    grown.set(this.target.subarray(0, this.at));
    this.replace(grown);
  }

  private replace(target: Uint8Array<ArrayBuffer>): void {
    this.target = target;
    this.view = new DataView(target.buffer);
  }
}

export interface FrameAt {
  readonly at: number;
  readonly next: number;
  readonly loggedAtMs: number;
  readonly count: number;
}

export type FrameRead =
  | { readonly state: 'whole'; readonly frame: FrameAt }
  /** The buffer ends before the frame does; `bytes` is what the frame needs as far as is known. */
  | { readonly state: 'short'; readonly bytes: number }
  | { readonly state: 'broken'; readonly reason: string; readonly next: number };

/** The frame at a place of a buffer. `verify` also computes its checksum. */
export function frameAt(buffer: Uint8Array, at: number, verify: boolean): FrameRead {
  if (buffer.length - at < FRAME_OVERHEAD_BYTES) return { state: 'short', bytes: FRAME_OVERHEAD_BYTES };
  const view = new DataView(buffer.buffer, buffer.byteOffset + at, FRAME_OVERHEAD_BYTES);
  const bodyBytes = view.getUint32(0, true);
  const next = at + FRAME_HEADER_BYTES + bodyBytes;
  if (bodyBytes < BODY_HEADER_BYTES || bodyBytes > MAX_BODY_BYTES) {
    return { state: 'broken', reason: `a frame of ${bodyBytes} bytes`, next: at + FRAME_HEADER_BYTES };
  }
  if (next > buffer.length) return { state: 'short', bytes: next - at };
  if (verify && crc32(buffer.subarray(at + FRAME_HEADER_BYTES, next)) !== view.getUint32(4, true)) {
    return { state: 'broken', reason: 'checksum', next };
  }
  return {
    state: 'whole',
    frame: { at, next, loggedAtMs: view.getFloat64(FRAME_HEADER_BYTES, true), count: view.getUint32(FRAME_HEADER_BYTES + 8, true) },
  };
}

/** Adds the records of a frame from offset `from` on; false when a limit was reached. There is always room for a first one. */
export function collectRecords(
  buffer: Uint8Array,
  frame: FrameAt,
  firstOffset: number,
  from: number,
  into: { readonly records: BusRecord[]; bytes: number; readonly maxRecords: number; readonly maxBytes: number },
): boolean {
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  let at = frame.at + FRAME_OVERHEAD_BYTES;
  for (let offset = firstOffset; offset < firstOffset + frame.count; offset++) {
    const length = view.getUint32(at, true);
    at += RECORD_OVERHEAD_BYTES;
    if (offset >= from) {
      const first = into.records.length === 0;
      if (!first && (into.records.length >= into.maxRecords || into.bytes + length > into.maxBytes)) return false;
      into.bytes += length;
      into.records.push({ offset, loggedAtMs: frame.loggedAtMs, value: buffer.subarray(at, at + length) });
    }
    at += length;
  }
  return true;
}
