import { expect, test } from 'bun:test';
import type { LogEntry } from '../bus/records.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { ConversationCache } from './conversation-cache.ts';

const state = (id: number, members: number, lastSequence = 1) => ({
  id,
  lastSequence,
  members: Array.from({ length: members }, (_, index) => index + 1),
  offset: 1,
  changedAtMs: 1,
  restedAtMs: 1,
});

test('at its limit the states that were set longest ago go, large ones counting for more', () => {
  const cache = new ConversationCache(420);
  for (const id of [1, 2, 3, 4, 5]) cache.set(state(id, 4));
  cache.set(state(1, 4, 2));
  cache.set(state(6, 4));
  expect([1, 2, 3, 4, 5, 6].map((id) => cache.get(id)?.lastSequence)).toEqual([2, undefined, 1, 1, 1, 1]);
  cache.set(state(7, 60));
  expect(cache.size).toBe(4);
  cache.set(state(8, 1_000));
  expect(cache.size).toBe(0);
  cache.set(state(9, 1));
  cache.clear();
  expect([cache.size, cache.get(9)]).toEqual([0, undefined]);
});

test('who sent the last messages of a group is kept with its state, from the first entry that was seen', () => {
  const cache = new ConversationCache(1_000);
  const entry = (conversation: number, sequence: number, sender: number, kind: number = ENTRY_KINDS.message) =>
    ({ conversation, sequence, kind, sender, id: new Uint8Array(16), loggedAtMs: 1, contentType: 0, bodies: [] }) as LogEntry;
  cache.set(state(1, 3));
  for (const [sequence, sender] of [5, 6, 7].entries()) cache.add(entry(1, sequence + 2, sender));
  cache.set(state(1, 3, 4));
  cache.add(entry(1, 5, 5, ENTRY_KINDS.memberLeft));
  expect(cache.senders(1, 2, 5)).toEqual([5, 6, 7]);
  expect(cache.senders(1, 3, 3)).toEqual([6]);
  expect([cache.senders(1, 1, 3), cache.senders(1, 2, 6), cache.senders(2, 1, 1)]).toEqual([undefined, undefined, undefined]);
  // Another owner wrote in between: what was kept before the gap is of no use.
  cache.add(entry(1, 9, 8));
  expect([cache.senders(1, 4, 9), cache.senders(1, 9, 9)]).toEqual([undefined, [8]]);
  cache.set(state(2, 2));
  cache.add(entry(2, 1, 5));
  expect(cache.senders(2, 1, 1)).toBeUndefined();
});
