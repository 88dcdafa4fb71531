import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

test('what was written is read back, also beyond the first size of the buffer', () => {
  const writer = new ByteWriter();
  fc.assert(
    fc.property(fc.array(fc.nat(Number.MAX_SAFE_INTEGER)), fc.uint8Array({ maxLength: 3_000 }), fc.string(), (numbers, bytes, text) => {
      writer.start().byte(7).varint(numbers.length);
      for (const number of numbers) writer.varint(number);
      const reader = new ByteReader(writer.sized(bytes).text(text).take());
      expect(reader.byte('byte')).toBe(7);
      expect(reader.list('numbers', 1_000, () => reader.varint('number'))).toEqual(numbers);
      expect(reader.sized('bytes', 3_000)).toEqual(bytes);
      expect(reader.text('text', 10_000)).toBe(text);
      reader.end();
      expect(reader.failure).toBeUndefined();
    }),
  );
});

test('the first failure is kept and later reads give empty values', () => {
  const reader = new ByteReader(Uint8Array.of(5, 0x80, 0x00, 1));
  expect(reader.varint('small', 4)).toBe(0);
  expect(reader.raw('rest', 1)).toHaveLength(0);
  expect(reader.failure).toBe('small at byte 1: 5 is over 4');
});

test('numbers that are cut, too long or not in their shortest form fail', () => {
  const failureOf = (...bytes: number[]) => {
    const reader = new ByteReader(Uint8Array.from(bytes));
    expect(reader.varint('n')).toBe(0);
    return reader.failure;
  };
  expect(failureOf(0x80)).toContain('cut');
  expect(failureOf(0x81, 0x00)).toContain('shortest form');
  expect(failureOf(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)).toContain('more than 8 bytes');
  expect(failureOf(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)).toContain('over');
});

test('a count that the input cannot hold fails before anything is made', () => {
  const reader = new ByteReader(Uint8Array.of(200, 1, 0));
  let items = 0;
  reader.list('items', 1_000, () => items++);
  expect(items).toBe(0);
  expect(reader.failure).toContain('200 items in 1 bytes');
});
