/**
 * Reads what ByteWriter wrote, without ever throwing: after the first thing that does not fit, `failure` says what and where,
 * and every further read gives an empty value. Byte strings are views of the source.
 */
import { type Cursor, readVarint, VARINT_FAULTS } from '../protocol/varint.ts';

const EMPTY = new Uint8Array(0);
const utf8 = new TextDecoder('utf-8', { fatal: true });

const FAULTS: Readonly<Record<number, string>> = {
  [VARINT_FAULTS.cut]: 'cut',
  [VARINT_FAULTS.notShortest]: 'not in its shortest form',
  [VARINT_FAULTS.tooLong]: 'more than 8 bytes',
};

export class ByteReader {
  failure: string | undefined;
  private readonly cursor: Cursor;

  constructor(source: Uint8Array, start = 0) {
    this.cursor = { source, at: start, end: source.length };
  }

  get left(): number {
    return this.cursor.end - this.cursor.at;
  }

  byte(name: string): number {
    if (this.left < 1) return this.fail(name, 'cut');
    return this.cursor.source[this.cursor.at++]!;
  }

  /** A varint of at most `max`, in its shortest form. */
  varint(name: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = readVarint(this.cursor);
    if (value < 0) return this.fail(name, FAULTS[value]!);
    return value <= max ? value : this.fail(name, `${value} is over ${max}`);
  }

  raw(name: string, length: number): Uint8Array {
    if (this.left < length || this.failure !== undefined) {
      this.fail(name, `${length - this.left} bytes missing`);
      return EMPTY;
    }
    const start = this.cursor.at;
    this.cursor.at += length;
    return this.cursor.source.subarray(start, this.cursor.at);
  }

  sized(name: string, maxLength: number): Uint8Array {
    return this.raw(name, this.varint(name, maxLength));
  }

  text(name: string, maxLength: number): string {
    try {
      return utf8.decode(this.sized(name, maxLength));
    } catch {
      this.fail(name, 'not UTF-8');
      return '';
    }
  }

  /** A count, then that many items. An item has at least a byte, so that a lying count costs nothing. */
  list<T>(name: string, maxCount: number, item: () => T): T[] {
    const count = this.varint(name, maxCount);
    if (count > this.left) this.fail(name, `${count} items in ${this.left} bytes`);
    const items: T[] = [];
    for (let index = 0; index < count && this.failure === undefined; index++) items.push(item());
    return items;
  }

  /** Nothing may follow. */
  end(): void {
    if (this.left > 0) this.fail('end', `${this.left} bytes too many`);
  }

  fail(name: string, reason: string): number {
    this.failure ??= `${name} at byte ${this.cursor.at}: ${reason}`;
    this.cursor.at = this.cursor.end;
    return 0;
  }
}
