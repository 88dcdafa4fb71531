/**
 * Reads what ByteWriter wrote, without ever throwing: after the first thing that does not fit, `failure` says what and where,
 * and every further read gives an empty value. Byte strings are views of the source.
 */
const EMPTY = new Uint8Array(0);
const utf8 = new TextDecoder('utf-8', { fatal: true });

export class ByteReader {
  failure: string | undefined;
  private at: number;
  private readonly source: Uint8Array;

  constructor(source: Uint8Array, start = 0) {
    this.source = source;
    this.at = start;
  }

  get left(): number {
    return this.source.length - this.at;
  }

  byte(name: string): number {
    if (this.left < 1) return this.fail(name, 'cut');
    return this.source[this.at++]!;
  }

  /** A varint of at most `max`, in its shortest form. */
  varint(name: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const first = this.source[this.at];
    if (first !== undefined && first < 128) {
      this.at++;
      return first <= max ? first : this.fail(name, `${first} is over ${max}`);
    }
    return this.longVarint(name, max);
  }

  raw(name: string, length: number): Uint8Array {
    if (this.left < length || this.failure !== undefined) {
      this.fail(name, `${length - this.left} bytes missing`);
      return EMPTY;
    }
    this.at += length;
    return this.source.subarray(this.at - length, this.at);
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
    this.failure ??= `${name} at byte ${this.at}: ${reason}`;
    this.at = this.source.length;
    return 0;
  }

  private longVarint(name: string, max: number): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      if (this.at >= this.source.length) return this.fail(name, 'cut');
      const byte = this.source[this.at++]!;
      value += (byte & 127) * scale;
      if (byte >= 128) continue;
      if (byte === 0) return this.fail(name, 'not in its shortest form');
      return value <= max ? value : this.fail(name, `${value} is over ${max}`);
    }
    return this.fail(name, 'more than 8 bytes');
  }
}
