/**
 * Numbers on the wire: LEB128, seven bits a byte, lowest first, the high bit set on all but the last. At most 2^53 - 1,
 * shortest form only, so a value has one encoding. Bit operations work on 32 bits, so a number is taken in two parts
 * of 28 bits. A reader may be given more than 2^53 - 1 and leaves it to its caller's maximum to refuse that.
 */
const PART_BITS = 28;
const LOW_PART = 2 ** PART_BITS;

/** Bytes that a varint takes. */
export function varintBytes(value: number): number {
  if (value < LOW_PART) return value < 0x4000 ? (value < 0x80 ? 1 : 2) : value < 0x20_0000 ? 3 : 4;
  return 4 + varintBytes(Math.floor(value / LOW_PART));
}

/** Writes a varint and returns the place after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let place = at;
  let rest = value;
  if (value >= LOW_PART) {
    rest = Math.floor(value / LOW_PART);
    const low = value - rest * LOW_PART;
    target[place++] = low | 128;
    target[place++] = (low >>> 7) | 128;
    target[place++] = (low >>> 14) | 128;
    target[place++] = (low >>> 21) | 128;
  }
  while (rest >= 128) {
    target[place++] = rest | 128;
    rest >>>= 7;
  }
  target[place++] = rest;
  return place;
}

/** A place in bytes that moves with each read. `end` is where the readable part ends. */
export interface Cursor {
  readonly source: Uint8Array;
  at: number;
  end: number;
}

/** Why a varint could not be read. Below zero, so that a reader has one comparison to make. */
export const VARINT_FAULTS = { cut: -1, notShortest: -2, tooLong: -3 } as const;

/** Reads a varint and moves the cursor after it, or gives one of VARINT_FAULTS and leaves the cursor. */
export function readVarint(cursor: Cursor): number {
  const { source, end } = cursor;
  let at = cursor.at;
  let low = 0;
  for (let shift = 0; shift < PART_BITS; shift += 7) {
    if (at >= end) return VARINT_FAULTS.cut;
    const byte = source[at++] as number;
    low |= (byte & 127) << shift;
    if (byte < 128) {
      if (byte === 0 && shift > 0) return VARINT_FAULTS.notShortest;
      cursor.at = at;
      return low;
    }
  }
  let high = 0;
  for (let shift = 0; shift < PART_BITS; shift += 7) {
    if (at >= end) return VARINT_FAULTS.cut;
    const byte = source[at++] as number;
    high |= (byte & 127) << shift;
    if (byte < 128) {
      if (byte === 0) return VARINT_FAULTS.notShortest;
      cursor.at = at;
      return high * LOW_PART + low;
    }
  }
  return VARINT_FAULTS.tooLong;
}
