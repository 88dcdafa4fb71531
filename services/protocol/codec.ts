/**
 * Encodes and decodes frames by the table of `frame-table.ts`. `decode` never throws: it gives a frame, an unknown frame
 * to skip, or a failure that names what was wrong and where. Byte fields of a decoded frame are views of the input.
 */
import { BARE_TYPE_MAX, type Field, FRAMES, type FrameSpec } from './frame-table.ts';
import type { Frame, FrameName, FrameOf } from './frames.ts';
import { MAX_ID, MESSAGE_ID_BYTES } from './ids.ts';
import { LIMITS } from './limits.ts';

export type DecodeFailure = { readonly ok: false; readonly code: 'malformed' | 'tooLarge'; readonly reason: string; readonly at: number };
export type DecodedFrame = { readonly ok: true; readonly frame: Frame; readonly next: number };
export type UnknownFrame = { readonly ok: true; readonly frame: undefined; readonly type: number; readonly next: number };
export type Decoded = DecodedFrame | UnknownFrame | DecodeFailure;

type Fields = Record<string, unknown>;

const SPECS: ReadonlyArray<(FrameSpec & { name: FrameName }) | undefined> = (() => {
  const specs: Array<(FrameSpec & { name: FrameName }) | undefined> = new Array(256).fill(undefined);
  for (const [name, spec] of Object.entries(FRAMES)) specs[spec.type] = { ...(spec as FrameSpec), name: name as FrameName };
  return specs;
})();

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true });
const EMPTY = new Uint8Array(0);

/** Bytes that a varint takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes a varint and returns the place after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let place = at;
  while (rest >= 0x8000_0000) {
    target[place++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    target[place++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[place++] = rest;
  return place;
}

/** A whole frame as bytes of its own. Throws only on a value that breaks the table's limits: a bug of the caller. */
export function encode(frame: Frame): Uint8Array {
  const spec: FrameSpec = FRAMES[frame.name];
  if (spec.type <= BARE_TYPE_MAX) return Uint8Array.of(spec.type);
  const fields = frame as unknown as Fields;
  const payloadBytes = sizeOfStruct(spec.fields, fields);
  const target = new Uint8Array(1 + varintBytes(payloadBytes) + payloadBytes);
  target[0] = spec.type;
  writeStruct(target, writeVarint(target, 1, payloadBytes), spec.fields, fields);
  return target;
}

function sizeOfStruct(fields: readonly Field[], values: Fields): number {
  let bytes = 0;
  for (const field of fields) {
    const value = values[field.name];
    switch (field.kind) {
      case 'varint':
        checkNumber(field, value as number);
        bytes += varintBytes(value as number);
        break;
      case 'id':
        if ((value as Uint8Array).length !== MESSAGE_ID_BYTES) throw new RangeError(`${field.name}: an id has ${MESSAGE_ID_BYTES} bytes`);
        bytes += MESSAGE_ID_BYTES;
        break;
      case 'bytes':
      case 'text': {
        const length = field.kind === 'text' ? utf8Encoder.encode(value as string).length : (value as Uint8Array).length;
        if (length > field.maxBytes) throw new RangeError(`${field.name}: ${length} bytes, at most ${field.maxBytes}`);
        bytes += varintBytes(length) + length;
        break;
      }
      case 'list': {
        const items = value as Fields[];
        if (items.length > field.maxCount) throw new RangeError(`${field.name}: ${items.length} items, at most ${field.maxCount}`);
        bytes += varintBytes(items.length);
        for (const item of items) bytes += sizeOfStruct(field.of, item);
        break;
      }
    }
  }
  return bytes;
}

function checkNumber(field: { name: string; max: number }, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > field.max) throw new RangeError(`${field.name}: ${value}, at most ${field.max}`);
}

function writeStruct(target: Uint8Array, start: number, fields: readonly Field[], values: Fields): number {
  let at = start;
  for (const field of fields) {
    const value = values[field.name];
    switch (field.kind) {
      case 'varint':
        at = writeVarint(target, at, value as number);
        break;
      case 'id':
        target.set(value as Uint8Array, at);
        at += MESSAGE_ID_BYTES;
        break;
      case 'bytes':
      case 'text': {
        const data = field.kind === 'text' ? utf8Encoder.encode(value as string) : (value as Uint8Array);
        at = writeVarint(target, at, data.length);
        target.set(data, at);
        at += data.length;
        break;
      }
      case 'list':
        at = writeVarint(target, at, (value as Fields[]).length);
        for (const item of value as Fields[]) at = writeStruct(target, at, field.of, item);
        break;
    }
  }
  return at;
}

/** Decodes the frame that starts at `start`. A type of 0x00 and an unknown bare type are malformed. */
export function decode(source: Uint8Array, start = 0): Decoded {
  if (start >= source.length) return { ok: false, code: 'malformed', reason: 'no frame: the input ends', at: start };
  const type = source[start] as number;
  const spec = SPECS[type];
  if (type <= BARE_TYPE_MAX) {
    if (spec === undefined) return { ok: false, code: 'malformed', reason: `unknown bare type ${type}`, at: start };
    return { ok: true, frame: { name: spec.name } as Frame, next: start + 1 };
  }
  const reader = new Reader(source, start + 1, source.length);
  const payloadBytes = reader.varint('length', MAX_ID);
  if (reader.failure !== undefined) return reader.failure;
  if (reader.at - start + payloadBytes > LIMITS.frameBytes.value) {
    return { ok: false, code: 'tooLarge', reason: `frame of ${payloadBytes} bytes, at most ${LIMITS.frameBytes.value}`, at: start };
  }
  const next = reader.at + payloadBytes;
  if (next > source.length)
    return { ok: false, code: 'malformed', reason: `frame cut: ${next - source.length} bytes missing`, at: source.length };
  if (spec === undefined) return { ok: true, frame: undefined, type, next };
  reader.end = next;
  const frame: Fields = { name: spec.name };
  reader.struct(spec.fields, frame);
  if (reader.failure !== undefined) return reader.failure;
  if (reader.at !== next)
    return { ok: false, code: 'malformed', reason: `${spec.name}: ${next - reader.at} bytes too many`, at: reader.at };
  return { ok: true, frame: frame as unknown as Frame, next };
}

/** Every frame of a WebSocket message, or the first failure. Unknown frames are skipped. */
export function decodeAll(source: Uint8Array): { ok: true; frames: Frame[] } | DecodeFailure {
  const frames: Frame[] = [];
  let at = 0;
  do {
    const decoded = decode(source, at);
    if (!decoded.ok) return decoded;
    if (decoded.frame !== undefined) frames.push(decoded.frame);
    at = decoded.next;
  } while (at < source.length);
  return { ok: true, frames };
}

/** Reads fields in order; after a failure every further read gives an empty value. */
class Reader {
  failure: DecodeFailure | undefined;
  at: number;
  end: number;
  private readonly source: Uint8Array;

  constructor(source: Uint8Array, at: number, end: number) {
    this.source = source;
    this.at = at;
    this.end = end;
  }

  struct(fields: readonly Field[], into: Fields): void {
    for (const field of fields) {
      if (this.failure !== undefined) return;
      switch (field.kind) {
        case 'varint':
          into[field.name] = this.varint(field.name, field.max);
          break;
        case 'id':
          into[field.name] = this.take(field.name, MESSAGE_ID_BYTES);
          break;
        case 'bytes':
          into[field.name] = this.bytes(field.name, field.maxBytes);
          break;
        case 'text':
          into[field.name] = this.text(field.name, field.maxBytes);
          break;
        case 'list':
          into[field.name] = this.list(field);
          break;
      }
    }
  }

  varint(name: string, max: number): number {
    let value = 0;
    let scale = 1;
    const start = this.at;
    for (;;) {
      if (this.at >= this.end) return this.fail(`${name}: number cut`, this.end);
      const byte = this.source[this.at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0 && this.at - start > 1) return this.fail(`${name}: number not in its shortest form`, start);
        break;
      }
      if (this.at - start === 8) return this.fail(`${name}: number of more than 8 bytes`, start);
      scale *= 128;
    }
    if (value > max) return this.fail(`${name}: ${value}, at most ${max}`, start);
    return value;
  }

  private bytes(name: string, maxBytes: number): Uint8Array {
    const start = this.at;
    const length = this.varint(name, MAX_ID);
    if (this.failure === undefined && length > maxBytes) {
      this.failure = { ok: false, code: 'tooLarge', reason: `${name}: ${length} bytes, at most ${maxBytes}`, at: start };
    }
    return this.failure === undefined ? this.take(name, length) : EMPTY;
  }

  private text(name: string, maxBytes: number): string {
    const start = this.at;
    const data = this.bytes(name, maxBytes);
    if (this.failure !== undefined) return '';
    try {
      return utf8Decoder.decode(data);
    } catch {
      this.fail(`${name}: not UTF-8`, start);
      return '';
    }
  }

  private list(field: { name: string; maxCount: number; of: readonly Field[] }): Fields[] {
    const count = this.varint(field.name, field.maxCount);
    const items: Fields[] = [];
    for (let index = 0; index < count && this.failure === undefined; index++) {
      const item: Fields = {};
      this.struct(field.of, item);
      items.push(item);
    }
    return items;
  }

  private take(name: string, length: number): Uint8Array {
    if (this.end - this.at < length) {
      this.fail(`${name}: ${length - (this.end - this.at)} bytes missing`, this.end);
      return EMPTY;
    }
    this.at += length;
    return this.source.subarray(this.at - length, this.at);
  }

  private fail(reason: string, at: number): number {
    this.failure ??= { ok: false, code: 'malformed', reason, at };
    return 0;
  }
}

/** A frame of the given name, for callers that build one and want it checked by the compiler. */
export function encodeFrame<N extends FrameName>(name: N, fields: Omit<FrameOf<N>, 'name'>): Uint8Array {
  return encode({ name, ...fields } as unknown as Frame);
}
