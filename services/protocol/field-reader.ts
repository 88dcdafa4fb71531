/**
 * Reads the fields of a frame in the order of the table. It never throws and never reads past its end: after the first
 * failure every further read gives an empty value at once. Byte fields are views of the source.
 */
import type { Field } from './frame-table.ts';
import { MAX_ID, MESSAGE_ID_BYTES } from './ids.ts';
import { type Cursor, readVarint, VARINT_FAULTS } from './varint.ts';

export type FailureCode = 'malformed' | 'tooLarge';

/** `reason` names the field by its path and what was wrong with it; `at` is a place in the source. */
export interface DecodeFailure {
  readonly ok: false;
  readonly code: FailureCode;
  readonly reason: string;
  readonly at: number;
}

export type Fields = Record<string, unknown>;

const EMPTY = new Uint8Array(0);
/** A leading byte order mark is text like any other: without `ignoreBOM` it would be dropped. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function failure(code: FailureCode, reason: string, at: number): DecodeFailure {
  return { ok: false, code, reason, at };
}

export class FieldReader implements Cursor {
  readonly source: Uint8Array;
  at: number;
  end: number;
  failure: DecodeFailure | undefined;

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
          into[field.name] = this.number(field.name, field.max, 'malformed');
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

  /** `over` is the code of the failure when the number is above its maximum. */
  number(name: string, max: number, over: FailureCode): number {
    const start = this.at;
    const value = readVarint(this);
    if (value >= 0 && value <= max) return value;
    if (value > max) this.fail(over, `${name}: ${value}, at most ${max}`, start);
    else if (value === VARINT_FAULTS.cut) this.fail('malformed', `${name}: number cut`, this.end);
    else if (value === VARINT_FAULTS.notShortest) this.fail('malformed', `${name}: number not in its shortest form`, start);
    else this.fail('malformed', `${name}: number of more than 8 bytes`, start);
    return 0;
  }

  private bytes(name: string, maxBytes: number): Uint8Array {
    const start = this.at;
    const length = this.number(name, MAX_ID, 'malformed');
    if (length > maxBytes) this.fail('tooLarge', `${name}: ${length} bytes, at most ${maxBytes}`, start);
    return this.take(name, length);
  }

  private text(name: string, maxBytes: number): string {
    const start = this.at;
    const data = this.bytes(name, maxBytes);
    try {
      return utf8.decode(data);
    } catch {
      this.fail('malformed', `${name}: not UTF-8`, start);
      return '';
    }
  }

  /** A count that the rest of the frame can't hold is refused before the first item is made. */
  private list(field: { readonly name: string; readonly maxCount: number; readonly of: readonly Field[] }): Fields[] {
    const start = this.at;
    const items: Fields[] = [];
    const count = this.number(field.name, field.maxCount, 'tooLarge');
    if (count * leastBytes(field.of) > this.end - this.at) {
      this.fail('malformed', `${field.name}: ${count} items in ${this.end - this.at} bytes`, start);
    }
    for (let index = 0; index < count && this.failure === undefined; index++) {
      const item: Fields = {};
      this.struct(field.of, item);
      items.push(item);
      if (this.failure !== undefined) this.within(`${field.name}[${index}]`);
    }
    return items;
  }

  private take(name: string, length: number): Uint8Array {
    if (this.failure !== undefined) return EMPTY;
    const missing = length - (this.end - this.at);
    if (missing > 0) {
      this.fail('malformed', `${name}: ${missing} bytes missing`, this.end);
      return EMPTY;
    }
    this.at += length;
    return this.source.subarray(this.at - length, this.at);
  }

  private fail(code: FailureCode, reason: string, at: number): void {
    this.failure ??= failure(code, reason, at);
  }

  /** Puts what encloses the field before the reason. */
  private within(place: string): void {
    const { code, reason, at } = this.failure!;
    this.failure = failure(code, `${place}.${reason}`, at);
  }
}

/** Bytes of a structure whose numbers are zero and whose bytes, texts and lists are empty. */
function leastBytes(fields: readonly Field[]): number {
  let bytes = 0;
  for (const field of fields) bytes += field.kind === 'id' ? MESSAGE_ID_BYTES : 1;
  return bytes;
}
