import { describe, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import {
  CELLS,
  CONVERSATIONS_PER_CELL,
  conversationId,
  DEVICES_PER_USER,
  deviceKey,
  deviceOf,
  homeCellOfConversation,
  homeCellOfUser,
  MAX_ID,
  MAX_USER,
  USERS_PER_CELL,
  userId,
  userOf,
} from './ids.ts';

const cell = fc.integer({ min: 0, max: CELLS - 1 });

describe('an id', () => {
  test('of a user gives its cell back, and its device key gives both back', () => {
    fc.assert(
      fc.property(
        cell,
        fc.integer({ min: 0, max: USERS_PER_CELL - 1 }),
        fc.integer({ min: 0, max: DEVICES_PER_USER - 1 }),
        (home, local, device) => {
          const user = userId(home, local);
          const key = deviceKey(user, device);
          expect(Number.isSafeInteger(key)).toBeTrue();
          expect([homeCellOfUser(user), userOf(key), deviceOf(key)]).toEqual([home, user, device]);
        },
      ),
    );
  });

  test('of a conversation gives its cell back', () => {
    fc.assert(
      fc.property(cell, fc.integer({ min: 0, max: CONVERSATIONS_PER_CELL - 1 }), (home, local) => {
        const conversation = conversationId(home, local);
        expect(Number.isSafeInteger(conversation)).toBeTrue();
        expect(homeCellOfConversation(conversation)).toBe(home);
      }),
    );
  });

  test('at its largest is the largest safe integer', () => {
    expect(deviceKey(MAX_USER, DEVICES_PER_USER - 1)).toBe(MAX_ID);
    expect(conversationId(CELLS - 1, CONVERSATIONS_PER_CELL - 1)).toBe(MAX_ID);
  });
});
