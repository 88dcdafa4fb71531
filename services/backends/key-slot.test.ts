import { expect, test } from 'bun:test';
import { keySlot } from './key-slot.ts';

test('a slot is the CRC-16 that a cluster computes', () => {
  expect(keySlot('123456789')).toBe(0x31c3);
});

test('only what stands in the first braces counts, if anything does', () => {
  expect(keySlot('a:r{17}4711')).toBe(keySlot('17'));
  expect(keySlot('{17}{18}')).toBe(keySlot('17'));
  expect(keySlot('a{}b')).not.toBe(keySlot(''));
});
