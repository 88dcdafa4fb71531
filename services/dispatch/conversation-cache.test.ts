import { expect, test } from 'bun:test';
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
  const cache = new ConversationCache(100);
  for (const id of [1, 2, 3, 4, 5]) cache.set(state(id, 4));
  cache.set(state(1, 4, 2));
  cache.set(state(6, 4));
  expect([1, 2, 3, 4, 5, 6].map((id) => cache.get(id)?.lastSequence)).toEqual([2, undefined, 1, 1, 1, 1]);
  cache.set(state(7, 60));
  expect(cache.size).toBe(2);
  cache.set(state(8, 1_000));
  expect(cache.size).toBe(0);
  cache.set(state(9, 1));
  cache.clear();
  expect([cache.size, cache.get(9)]).toEqual([0, undefined]);
});
