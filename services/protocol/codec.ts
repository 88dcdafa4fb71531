/**
 * Encodes and decodes frames by the table of `frame-table.ts`. `decode` never throws: it gives a frame, an unknown frame
 * to skip, or a failure that names what was wrong and where. Byte fields of a decoded frame are views of the input.
 */
import { type DecodeFailure, FieldReader, failure } from './field-reader.ts';
import { writeStruct } from './field-writer.ts';
import { BARE_TYPE_MAX, FRAMES, type FrameSpec } from './frame-table.ts';
import type { Frame, FrameName, FrameOf } from './frames.ts';
import { MAX_ID } from './ids.ts';
import { LIMITS } from './limits.ts';
import { varintBytes, writeVarint } from './varint.ts';

export type { DecodeFailure } from './field-reader.ts';
export { varintBytes, writeVarint } from './varint.ts';

export type DecodedFrame = { readonly ok: true; readonly frame: Frame; readonly next: number };
export type UnknownFrame = { readonly ok: true; readonly frame: undefined; readonly type: number; readonly next: number };
export type Decoded = DecodedFrame | UnknownFrame | DecodeFailure;

interface NamedSpec extends FrameSpec {
  readonly name: FrameName;
  /** A bare frame has no fields, so that one object stands for all of them. */
  readonly bare: Frame;
}

const SPECS: ReadonlyArray<NamedSpec | undefined> = (() => {
  const specs: Array<NamedSpec | undefined> = new Array(256).fill(undefined);
  for (const [key, spec] of Object.entries(FRAMES)) {
    const name = key as FrameName;
    specs[spec.type] = { ...(spec as FrameSpec), name, bare: Object.freeze({ name }) as Frame };
  }
  return specs;
})();

/** Room for a type and a length before a payload that is written first. */
const HEADER_BYTES = 1 + varintBytes(LIMITS.frameBytes.value);
/** Frames are put together here and copied out: their length is known only at their end. */
const scratch = new Uint8Array(LIMITS.frameBytes.value + HEADER_BYTES);

/** A whole frame as bytes of its own. Throws only on a value that breaks the table's limits: a bug of the caller. */
export function encode(frame: Frame): Uint8Array {
  const spec: FrameSpec = FRAMES[frame.name];
  if (spec.type <= BARE_TYPE_MAX) return Uint8Array.of(spec.type);
  const end = writeStruct(scratch, HEADER_BYTES, spec.fields, frame as unknown as Record<string, unknown>);
  const payloadBytes = end - HEADER_BYTES;
  const start = HEADER_BYTES - 1 - varintBytes(payloadBytes);
  if (end - start > LIMITS.frameBytes.value) {
    throw new RangeError(`${frame.name}: frame of ${end - start} bytes, at most ${LIMITS.frameBytes.value}`);
  }
  scratch[start] = spec.type;
  writeVarint(scratch, start + 1, payloadBytes);
  return scratch.slice(start, end);
}

/** A frame of the given name, for callers that build one and want it checked by the compiler. */
export function encodeFrame<N extends FrameName>(name: N, fields: Omit<FrameOf<N>, 'name'>): Uint8Array {
  return encode({ name, ...fields } as unknown as Frame);
}

/** Decodes the frame that starts at `start`. An unknown type is skipped: a bare one by its one byte, others by their length. */
export function decode(source: Uint8Array, start = 0): Decoded {
  if (start >= source.length) return failure('malformed', 'no frame: the input ends', start);
  const type = source[start] as number;
  const spec = SPECS[type];
  if (type <= BARE_TYPE_MAX) {
    if (type === 0) return failure('malformed', 'type 0x00: never used', start);
    return spec === undefined ? { ok: true, frame: undefined, type, next: start + 1 } : { ok: true, frame: spec.bare, next: start + 1 };
  }
  const reader = new FieldReader(source, start + 1, source.length);
  const payloadBytes = reader.number('length', MAX_ID, 'malformed');
  if (reader.failure !== undefined) return ofFrame(type, reader.failure);
  const next = reader.at + payloadBytes;
  if (next - start > LIMITS.frameBytes.value) {
    return failure('tooLarge', `${label(type)}: frame of ${next - start} bytes, at most ${LIMITS.frameBytes.value}`, start);
  }
  if (next > source.length) return failure('malformed', `${label(type)}: ${next - source.length} bytes missing`, source.length);
  if (spec === undefined) return { ok: true, frame: undefined, type, next };
  reader.end = next;
  const frame: Record<string, unknown> = { name: spec.name };
  reader.struct(spec.fields, frame);
  if (reader.failure !== undefined) return ofFrame(type, reader.failure);
  if (reader.at !== next) return failure('malformed', `${spec.name}: ${next - reader.at} bytes too many`, reader.at);
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

function ofFrame(type: number, { code, reason, at }: DecodeFailure): DecodeFailure {
  return failure(code, `${label(type)}.${reason}`, at);
}

function label(type: number): string {
  return SPECS[type]?.name ?? `type 0x${type.toString(16).padStart(2, '0')}`;
}
