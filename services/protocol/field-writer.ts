/**
 * Writes the fields of a frame in the order of the table: the mirror of field-reader.ts. A value that breaks the table
 * is a bug of the caller and throws a RangeError that names the field.
 */
import type { Field } from './frame-table.ts';
import { MESSAGE_ID_BYTES } from './ids.ts';
import { writeVarint } from './varint.ts';

const utf8 = new TextEncoder();

/** Writes from `start` and returns the place after the last field. The target must have room: bytes past it are lost. */
export function writeStruct(
  target: Uint8Array,
  start: number,
  fields: readonly Field[],
  values: Readonly<Record<string, unknown>>,
): number {
  let at = start;
  for (const field of fields) {
    const value = values[field.name];
    switch (field.kind) {
      case 'varint':
        checkNumber(field, value as number);
        at = writeVarint(target, at, value as number);
        break;
      case 'id':
        if ((value as Uint8Array).length !== MESSAGE_ID_BYTES) throw new RangeError(`${field.name}: an id has ${MESSAGE_ID_BYTES} bytes`);
        at = writeBytes(target, at, value as Uint8Array);
        break;
      case 'bytes':
      case 'text': {
        const data = field.kind === 'text' ? utf8.encode(value as string) : (value as Uint8Array);
        if (data.length > field.maxBytes) throw new RangeError(`${field.name}: ${data.length} bytes, at most ${field.maxBytes}`);
        at = writeBytes(target, writeVarint(target, at, data.length), data);
        break;
      }
      case 'list': {
        const items = value as ReadonlyArray<Readonly<Record<string, unknown>>>;
        if (items.length > field.maxCount) throw new RangeError(`${field.name}: ${items.length} items, at most ${field.maxCount}`);
        at = writeVarint(target, at, items.length);
        for (const item of items) at = writeStruct(target, at, field.of, item);
        break;
      }
    }
  }
  return at;
}

function checkNumber(field: { readonly name: string; readonly max: number }, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > field.max) throw new RangeError(`${field.name}: ${value}, at most ${field.max}`);
}

function writeBytes(target: Uint8Array, at: number, data: Uint8Array): number {
  if (at + data.length <= target.length) target.set(data, at);
  return at + data.length;
}
