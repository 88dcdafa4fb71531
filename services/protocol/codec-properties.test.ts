/** What must hold for every frame that the table allows, and for bytes of every kind. */
import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { decode, decodeAll, encode, varintBytes, writeVarint } from './codec.ts';
import { anyFrame, frameNamed } from './frame.arbitrary.ts';
import { FRAMES } from './frame-table.ts';
import type { FrameName } from './frames.ts';

const unknownFrame = fc
  .record({ type: fc.constantFrom(...unusedTypes()), payload: fc.uint8Array({ maxLength: 200 }) })
  .map(({ type, payload }) => (type < 0x10 ? Uint8Array.of(type) : concatenated([lengthPrefixed(type, payload.length), payload])));

describe('every frame', () => {
  test.each(Object.keys(FRAMES) as FrameName[])('comes back as it was encoded: %s', (name) => {
    fc.assert(
      fc.property(frameNamed(name), (frame) => {
        const bytes = encode(frame);
        expect(decode(bytes)).toEqual({ ok: true, frame, next: bytes.length });
      }),
      { numRuns: 60 },
    );
  });

  test('comes back from a message among others, unknown ones left out', () => {
    const parts = fc.array(
      fc.oneof(
        anyFrame().map((frame) => ({ frame, bytes: encode(frame) })),
        unknownFrame.map((bytes) => ({ frame: undefined, bytes })),
      ),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(parts, (sent) => {
        const frames = sent.map((part) => part.frame).filter((frame) => frame !== undefined);
        expect(decodeAll(concatenated(sent.map((part) => part.bytes)))).toEqual({ ok: true, frames });
      }),
      { numRuns: 300 },
    );
  });

  test('gives a failure within the input at any cut', () => {
    fc.assert(
      fc.property(anyFrame(), fc.nat(), (frame, cut) => {
        const bytes = encode(frame);
        if (bytes.length === 1) return;
        const length = 1 + (cut % (bytes.length - 1));
        expect(decode(bytes.subarray(0, length))).toMatchObject({ ok: false, code: 'malformed', at: length });
      }),
    );
  });
});

describe('any bytes', () => {
  const typed = fc
    .tuple(fc.constantFrom(...Object.values(FRAMES).map((spec) => spec.type)), fc.uint8Array({ maxLength: 80 }))
    .map(([type, payload]) => concatenated([lengthPrefixed(type, payload.length), payload]));

  test('give a frame that encodes to the same bytes, a frame to skip, or a failure with a reason', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), typed), (bytes) => {
        const decoded = decode(bytes);
        if (!decoded.ok) {
          expect(decoded.reason).not.toBe('');
          expect(decoded.at).toBeWithin(0, bytes.length + 1);
        } else if (decoded.frame !== undefined) {
          expect(encode(decoded.frame)).toEqual(bytes.subarray(0, decoded.next));
        } else {
          expect(decoded.next).toBeWithin(1, bytes.length + 1);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('every number up to 2^53 - 1', () => {
  test('takes the bytes that it says and grows with its value', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Uint8Array(8);
        const end = writeVarint(bytes, 0, value);
        expect(end).toBe(varintBytes(value));
        expect(end).toBe(Math.max(1, Math.ceil(BigInt(value).toString(2).length / 7)));
        const read = bytes.subarray(0, end).reduce((sum, byte, place) => sum + (BigInt(byte & 127) << BigInt(7 * place)), 0n);
        expect(read).toBe(BigInt(value));
      }),
    );
  });
});

function unusedTypes(): number[] {
  const used = new Set<number>(Object.values(FRAMES).map((spec) => spec.type));
  return Array.from({ length: 255 }, (_, index) => index + 1).filter((type) => !used.has(type));
}

function lengthPrefixed(type: number, length: number): Uint8Array {
  const bytes = new Uint8Array(1 + varintBytes(length));
  bytes[0] = type;
  writeVarint(bytes, 1, length);
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
