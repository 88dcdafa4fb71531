import { expect, test } from 'bun:test';
import { ID_KINDS, messageNumberOf, readBody, readId, writeBody, writeId } from './message-id.ts';

test('an id says which message of which run it is', () => {
  const id = writeId(0xfedc_ba98, ID_KINDS.message, 4_000_000_000, 3_999_999_999);
  expect(id.length).toBe(16);
  expect(readId(0xfedc_ba98, id)).toEqual({ kind: ID_KINDS.message, conversation: 4_000_000_000, number: 3_999_999_999 });
  expect(messageNumberOf(0xfedc_ba98, id)).toBe(3_999_999_999);
});

test('the id of another run, and that of a creation, is no message of this one', () => {
  expect(readId(2, writeId(1, ID_KINDS.message, 5, 6))).toBeUndefined();
  expect(messageNumberOf(2, writeId(1, ID_KINDS.message, 5, 6))).toBe(-1);
  expect(messageNumberOf(1, writeId(1, ID_KINDS.creation, 5, 0))).toBe(-1);
});

test('a body carries when it was due, with the error of that clock, and has the asked size', () => {
  const body = writeBody(200, 1_764_000_000_123.456, 41.2, 77);
  expect(body.length).toBe(200);
  expect(readBody(body)).toEqual({ dueMs: 1_764_000_000_123.456, clockErrorUs: 42, number: 77 });
  expect(readBody(body.subarray(0, 15))).toBeUndefined();
});
