import { expect, test } from 'bun:test';
import { Sends } from './sends.ts';
import type { SessionEffects, SessionListener } from './session-ports.ts';

const WAIT_MS = 10_000;
const CONNECTION = 3;

/** Sends of one connection that is open, with the numbers of those that went out. */
function setUp(trustsAccepted = false) {
  const out: number[] = [];
  const effects = { transmit: (_connection: number, frame: Uint8Array) => void out.push(frame[0]!) } as unknown as SessionEffects;
  const listener = new Proxy({}, { get: () => () => undefined }) as SessionListener;
  const sends = new Sends({ resendAfterMs: WAIT_MS, limit: 10, trustsAccepted }, effects, listener);
  const add = (key: number) => sends.add(key, CONNECTION, 7, 0, Uint8Array.of(key), true, 0);
  const tick = (nowMs: number) => {
    out.length = 0;
    sends.tick(nowMs, () => true);
    return [...out];
  };
  return { sends, add, tick };
}

test('a send without an answer goes out again after the wait, then after twice as long', () => {
  const { add, tick } = setUp();
  add(1);
  expect(tick(WAIT_MS - 1)).toEqual([]);
  expect(tick(WAIT_MS)).toEqual([1]);
  expect(tick(WAIT_MS * 3 - 1)).toEqual([]);
  expect(tick(WAIT_MS * 3)).toEqual([1]);
});

test('one that is ACCEPTED waits eight times as long since it last went out, however often it had', () => {
  const { sends, add, tick } = setUp();
  add(1);
  add(2);
  sends.accepted(1, 50);
  expect(tick(WAIT_MS)).toEqual([2]);
  sends.accepted(2, WAIT_MS + 1);
  expect(tick(WAIT_MS * 8 - 1)).toEqual([]);
  expect(tick(WAIT_MS * 8)).toEqual([1]);
  expect(tick(WAIT_MS * 9 - 1)).toEqual([]);
  expect(tick(WAIT_MS * 9)).toEqual([2]);
});

test('after a reconnection one that is ACCEPTED goes out at once, and one that has its number never again', () => {
  const { sends, add, tick } = setUp();
  add(1);
  add(2);
  sends.accepted(1, 50);
  sends.sequenced(2, 9, 60);
  expect(tick(70)).toEqual([]);
  sends.reopened(CONNECTION, 100);
  expect(sends.get(1)!.attempts).toBe(2);
  expect(tick(WAIT_MS * 8 + 99)).toEqual([]);
  expect(tick(WAIT_MS * 8 + 100)).toEqual([1]);
});

test('in a proof every other message is trusted once ACCEPTED, and the others are repeated as if it had not come', () => {
  const { sends, add, tick } = setUp(true);
  add(1);
  add(2);
  sends.accepted(1, 50);
  sends.accepted(2, 50);
  expect(tick(WAIT_MS)).toEqual([1]);
  expect(tick(WAIT_MS * 100)).toEqual([1]);
});
