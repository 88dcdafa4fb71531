import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Duplicates, MOST_IDS } from './duplicates.ts';
import { fingerprintOf } from './fingerprint.ts';

function idOf(value: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, value, true);
  return id;
}

const outcome = (sequence: number, loggedAtMs: number, code = 0) => ({ sequence, loggedAtMs, code });

test('an id is found for its span of log time, by its own device and conversation only', () => {
  const duplicates = new Duplicates(1_000, 10_000);
  duplicates.record(fingerprintOf(7, 5, idOf(1)), outcome(12, 100));
  expect(duplicates.find(fingerprintOf(7, 5, idOf(1)), 100)).toEqual(outcome(12, 100));
  expect(duplicates.find(fingerprintOf(8, 5, idOf(1)), 100)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(7, 6, idOf(1)), 100)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(7, 5, idOf(2)), 100)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(7, 5, idOf(1)), 1_100)).toBeDefined();
  expect(duplicates.find(fingerprintOf(7, 5, idOf(1)), 1_101)).toBeUndefined();
});

test('a rejection is remembered by its code, also at time 0', () => {
  const duplicates = new Duplicates(1_000, 10_000);
  duplicates.record(fingerprintOf(7, 5, idOf(1)), outcome(0, 0, 32));
  duplicates.record(fingerprintOf(7, 5, idOf(2)), outcome(0, 10, 34));
  expect(duplicates.find(fingerprintOf(7, 5, idOf(1)), 5)).toEqual(outcome(0, 0, 32));
  expect(duplicates.find(fingerprintOf(7, 5, idOf(2)), 15)).toEqual(outcome(0, 10, 34));
});

test('at its limit the oldest ids are forgotten early, and that is counted', () => {
  const duplicates = new Duplicates(1e9, 64 * 30);
  for (let value = 0; value < 5_000; value++) duplicates.record(fingerprintOf(1, 1, idOf(value)), outcome(value, 1));
  expect(duplicates.size).toBeLessThanOrEqual(64 * 30);
  expect(duplicates.forgottenEarly).toBe(5_000 - duplicates.size);
  for (let value = 0; value < 1_000; value++) expect(duplicates.find(fingerprintOf(1, 1, idOf(value)), 1)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(1, 1, idOf(4_999)), 1)?.sequence).toBe(4_999);
  expect(() => new Duplicates(1, MOST_IDS + 1)).toThrow(RangeError);
});

test('100,000 ids take at most 48 bytes each, and are forgotten when their time is over', () => {
  const duplicates = new Duplicates(1_000, MOST_IDS);
  for (let value = 0; value < 100_000; value++) duplicates.record(fingerprintOf(value % 9, 1, idOf(value)), outcome(value, 1));
  expect(duplicates.bytes / duplicates.size).toBeLessThan(48);
  for (let value = 0; value < 100_000; value += 7)
    expect(duplicates.find(fingerprintOf(value % 9, 1, idOf(value)), 1)?.sequence).toBe(value);
  for (let value = 100_000; value < 102_000; value++) duplicates.record(fingerprintOf(1, 1, idOf(value)), outcome(value, 2_000));
  expect(duplicates.size).toBe(2_000);
});

test('through growth, forgetting and the limit it agrees with a plain map', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(3), fc.nat(40)), { maxLength: 3_000, size: 'max' }), (steps) => {
      const duplicates = new Duplicates(2_000, MOST_IDS);
      const model = new Map<string, { sequence: number; loggedAtMs: number }>();
      let nowMs = 0;
      steps.forEach(([value, device, passes], index) => {
        nowMs += passes;
        const key = `${device} ${value}`;
        const known = model.get(key);
        const expected = known !== undefined && known.loggedAtMs >= nowMs - 2_000 ? known : undefined;
        const found = duplicates.find(fingerprintOf(device, 9, idOf(value)), nowMs);
        expect(found?.sequence).toBe(expected?.sequence);
        if (found !== undefined) return;
        duplicates.record(fingerprintOf(device, 9, idOf(value)), outcome(index, nowMs));
        model.set(key, { sequence: index, loggedAtMs: nowMs });
      });
    }),
    { numRuns: 40 },
  );
});
