/**
 * The test vectors in vectors.json: frames as hex beside their fields as JSON (bytes and ids as hex), broken input beside
 * the failure it must give, and whole messages. They are for implementations in other languages too, and never change:
 *
 *   node bin/bun.mjs services/protocol/vectors.ts      adds vectors for frames that have none, and leaves all others as they are
 */
import { encode } from './codec.ts';
import type { FailureCode } from './field-reader.ts';
import { BARE_TYPE_MAX, type Field, FRAMES, type FrameSpec } from './frame-table.ts';
import type { Frame, FrameName } from './frames.ts';
import { MESSAGE_ID_BYTES } from './ids.ts';

type JsonValue = number | string | readonly JsonFields[];
interface JsonFields {
  readonly [name: string]: JsonValue;
}

export interface FrameVector {
  readonly name: string;
  readonly frame: FrameName;
  readonly fields: JsonFields;
  readonly hex: string;
}

export interface InvalidVector {
  readonly name: string;
  readonly hex: string;
  readonly code: FailureCode;
  readonly reason: string;
  /** Byte at which it was seen. */
  readonly at: number;
}

export interface MessageVector {
  readonly name: string;
  readonly hex: string;
  /** Names of the frames in order; an unknown one is left out. */
  readonly frames: readonly string[];
}

export interface Vectors {
  readonly frames: readonly FrameVector[];
  readonly invalid: readonly InvalidVector[];
  readonly messages: readonly MessageVector[];
}

export const VECTORS_FILE = new URL('vectors.json', import.meta.url).pathname;

/** Values around which a varint changes its length or a wrong implementation its sign or precision. */
const NUMBERS = [0, 127, 128, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
const BYTE_LENGTHS = [0, 1, 127, 128, 16, 200];
const TEXTS = ['', 'a', 'caf\u00e9', '\u{1f6f0} over', '\ufeffmark', 'plain words'];
const LIST_COUNTS = [0, 1, 2, 3, 1, 2];

if (import.meta.main) {
  const file = Bun.file(VECTORS_FILE);
  const vectors: Vectors = (await file.exists()) ? await file.json() : { frames: [], invalid: [], messages: [] };
  const present = new Set(vectors.frames.map((vector) => vector.frame));
  const missing = (Object.keys(FRAMES) as FrameName[]).filter((name) => !present.has(name));
  const frames = [...vectors.frames, ...missing.flatMap(boundaryVectors)];
  await Bun.write(VECTORS_FILE, `${JSON.stringify({ ...vectors, frames }, undefined, 2)}\n`);
  console.log(
    `${frames.length - vectors.frames.length} vectors added, ${frames.length} in all. Format: npx biome check --write ${VECTORS_FILE}`,
  );
}

/** One vector for each boundary; a bare frame has one form and so one vector. */
function boundaryVectors(name: FrameName): FrameVector[] {
  const spec: FrameSpec = FRAMES[name];
  const rows = spec.type <= BARE_TYPE_MAX ? NUMBERS.slice(0, 1) : NUMBERS;
  const vectors = new Map<string, FrameVector>();
  rows.forEach((number, row) => {
    const frame = { name, ...boundaryStruct(spec.fields, row) } as unknown as Frame;
    const hex = encode(frame).toHex();
    if (!vectors.has(hex))
      vectors.set(hex, {
        name: spec.fields.length === 0 ? name : `${name}, numbers up to ${number}`,
        frame: name,
        fields: toJson(spec.fields, frame),
        hex,
      });
  });
  return [...vectors.values()];
}

function boundaryStruct(fields: readonly Field[], row: number): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of fields) values[field.name] = boundaryValue(field, row);
  return values;
}

function boundaryValue(field: Field, row: number): unknown {
  switch (field.kind) {
    case 'varint':
      return Math.min(NUMBERS[row]!, field.max);
    case 'id':
      return pattern(MESSAGE_ID_BYTES, row);
    case 'bytes':
      return pattern(Math.min(BYTE_LENGTHS[row]!, field.maxBytes), row);
    case 'text':
      return TEXTS[row];
    case 'list':
      return Array.from({ length: LIST_COUNTS[row]! }, (_, index) => boundaryStruct(field.of, (row + index) % NUMBERS.length));
  }
}

function pattern(length: number, row: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (row === 0 ? 0 : row === 5 ? 255 : index * 7 + row));
}

function toJson(fields: readonly Field[], values: object): JsonFields {
  const json: Record<string, JsonValue> = {};
  for (const field of fields) {
    const value = (values as Record<string, unknown>)[field.name];
    if (field.kind === 'list') json[field.name] = (value as object[]).map((item) => toJson(field.of, item));
    else json[field.name] = value instanceof Uint8Array ? value.toHex() : (value as number | string);
  }
  return json;
}

/** The frame that a vector's fields describe. */
export function frameOf(vector: FrameVector): Frame {
  const spec: FrameSpec = FRAMES[vector.frame];
  return { name: vector.frame, ...fromJson(spec.fields, vector.fields) } as unknown as Frame;
}

function fromJson(fields: readonly Field[], json: JsonFields): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const value = json[field.name];
    if (field.kind === 'list') values[field.name] = (value as JsonFields[]).map((item) => fromJson(field.of, item));
    else values[field.name] = field.kind === 'id' || field.kind === 'bytes' ? Uint8Array.fromHex(value as string) : value;
  }
  return values;
}
