/**
 * Writes numbers and byte strings one after another into a buffer that grows and is used again; `take` gives a copy of what
 * was written. The counterpart of ByteReader.
 */
import { writeVarint } from '../protocol/varint.ts';

const INITIAL_BYTES = 1_024;
const KEEP_BYTES = 262_144;

const utf8 = new TextEncoder();

export class ByteWriter {
  private target: Uint8Array;
  private at = 0;

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.target = new Uint8Array(initialBytes);
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.at;
  }

  /** Forgets what a call that threw has left behind. */
  start(): this {
    this.at = 0;
    return this;
  }

  byte(value: number): this {
    this.reserve(1);
    this.target[this.at++] = value;
    return this;
  }

  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
    this.reserve(8);
    this.at = writeVarint(this.target, this.at, value);
    return this;
  }

  /** The bytes alone: the reader knows their length. */
  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.target.set(bytes, this.at);
    this.at += bytes.length;
    return this;
  }

  /** Length as a varint, then the bytes. */
  sized(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  text(value: string): this {
    return this.sized(utf8.encode(value));
  }

  take(): Uint8Array {
    const bytes = this.target.slice(0, this.at);
    this.at = 0;
    if (this.target.length > KEEP_BYTES) this.target = new Uint8Array(INITIAL_BYTES);
    return bytes;
  }

  private reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.target.length) return;
    const grown = new Uint8Array(Math.max(needed, this.target.length * 2));
    grown.set(this.target.subarray(0, this.at));
    this.target = grown;
  }
}
