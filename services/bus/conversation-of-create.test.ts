import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { deviceKey, homeCellOfConversation, MAX_ID } from '../protocol/ids.ts';
import { conversationOfCreate } from './conversation-of-create.ts';

test('the conversation of a CREATE is a function of cell, device and id, and stays in its cell', () => {
  const id = new Uint8Array(16).fill(1);
  expect(conversationOfCreate(0, 256, id)).toBe(862_753_550_752);
  expect(conversationOfCreate(4_095, 256, id)).toBe(9_005_862_985_036_192);
  fc.assert(
    fc.property(
      fc.nat(4_095),
      fc.integer({ min: 0, max: MAX_ID }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (cell, from, bytes) => {
        const conversation = conversationOfCreate(cell, from, bytes);
        expect(Number.isSafeInteger(conversation)).toBe(true);
        expect(homeCellOfConversation(conversation)).toBe(cell);
      },
    ),
  );
});

test('ids that differ in a counter only make different conversations', () => {
  const made = new Set<number>();
  const id = new Uint8Array(16);
  const words = new DataView(id.buffer);
  for (let counter = 0; counter < 100_000; counter++) {
    words.setUint32(counter % 2 === 0 ? 0 : 12, counter);
    made.add(conversationOfCreate(1, deviceKey(counter % 7, 0), id));
  }
  expect(made.size).toBe(100_000);
});
