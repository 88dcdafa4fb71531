import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Duplicates, MOST_IDS } from './duplicates.ts';
import { fingerprintOf } from './fingerprint.ts';

function idOf(value: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, value, true);
  return id;
}

const at = (offset: number, loggedAtMs: number) => ({ offset, loggedAtMs });
const SLACK_MS = 60_000;

test('an id is found for a span of log time, by its own device and conversation only', () => {
  const duplicates = new Duplicates(1_000, 10_000);
  expect(duplicates.use(fingerprintOf(7, 5, idOf(1)), at(12, 100))).toEqual(at(12, 100));
  expect(duplicates.find(fingerprintOf(7, 5, idOf(1)), 100)).toEqual(at(12, 100));
  expect(duplicates.find(fingerprintOf(8, 5, idOf(1)), 100)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(7, 6, idOf(1)), 100)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(7, 5, idOf(2)), 100)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(7, 5, idOf(1)), 1_100)).toBeDefined();
  expect(duplicates.find(fingerprintOf(7, 5, idOf(1)), 1_101)).toBeUndefined();
});

test('a use of it prolongs the span, and what it came to stays the result of the first', () => {
  const duplicates = new Duplicates(1_000, 10_000);
  const id = fingerprintOf(7, 5, idOf(1));
  for (const [offset, ms] of [
    [3, 0],
    [9, 900],
    [20, 1_800],
    [21, 1_700],
    [40, 2_800],
  ] as const)
    expect(duplicates.use(id, at(offset, ms))).toEqual(at(3, 0));
  expect(duplicates.use(id, at(50, 3_801))).toEqual(at(50, 3_801));
  expect(duplicates.find(id, 3_801)).toEqual(at(50, 3_801));
});

test('who begins to read in the middle tells the same ids as new, one span later', () => {
  const uses = fc.array(fc.tuple(fc.nat(6), fc.nat(600)), { minLength: 50, maxLength: 300, size: 'max' });
  fc.assert(
    fc.property(uses, fc.nat(299), (steps, start) => {
      const whole = new Duplicates(1_000, 10_000);
      const late = new Duplicates(1_000, 10_000);
      let nowMs = 0;
      let startMs = Number.POSITIVE_INFINITY;
      steps.forEach(([value, passes], offset) => {
        nowMs += passes;
        const id = fingerprintOf(1, 1, idOf(value));
        const isNew = whole.use(id, at(offset, nowMs)).offset === offset;
        if (offset < start) return;
        startMs = Math.min(startMs, nowMs);
        const isNewToLate = late.use(id, at(offset, nowMs)).offset === offset;
        if (nowMs > startMs + 1_000) expect(isNewToLate).toBe(isNew);
      });
    }),
  );
});

test('what an id came to stands beside its first use, through growth and turns, and goes with it', () => {
  const duplicates = new Duplicates(1_000, MOST_IDS);
  const outcomes = [{ sequence: 1 }, { code: 33 }, { sequence: 0x7fff_fffe }, { code: 0 }];
  const ids = outcomes.map((_, value) => fingerprintOf(1, 1, idOf(value)));
  ids.forEach((id, value) => {
    duplicates.use(id, at(value, 0));
    duplicates.settle(id, value, outcomes[value]!);
  });
  for (let offset = 10; offset < 20_000; offset++) duplicates.use(fingerprintOf(2, 2, idOf(offset)), at(offset, 500));
  ids.forEach(
    (id, value) => void expect(duplicates.use(id, at(30_000 + value, 900))).toEqual({ ...at(value, 0), outcome: outcomes[value]! }),
  );
  const laterMs = 1_500 + SLACK_MS;
  for (let offset = 40_000; offset < 40_500; offset++) duplicates.use(fingerprintOf(3, 3, idOf(offset)), at(offset, laterMs));
  expect(duplicates.use(ids[0]!, at(50_000, laterMs))).toEqual(at(50_000, laterMs));
  expect(duplicates.find(ids[0]!, laterMs)).toEqual(at(50_000, laterMs));
});

test('what another use came to, or does not fit, is not kept', () => {
  const duplicates = new Duplicates(1_000, MOST_IDS);
  const id = fingerprintOf(1, 1, idOf(1));
  duplicates.settle(id, 3, { sequence: 1 });
  duplicates.use(id, at(3, 0));
  duplicates.settle(id, 4, { sequence: 2 });
  duplicates.settle(id, 3, { sequence: 0x7fff_ffff });
  expect(duplicates.find(id, 0)).toEqual(at(3, 0));
});

test('at its limit the oldest ids are forgotten early, and that is counted', () => {
  const duplicates = new Duplicates(1e9, 64 * 30);
  for (let value = 0; value < 5_000; value++) duplicates.use(fingerprintOf(1, 1, idOf(value)), at(value, 1));
  expect(duplicates.size).toBeLessThanOrEqual(64 * 30);
  expect(duplicates.forgottenEarly).toBe(5_000 - duplicates.size);
  for (let value = 0; value < 1_000; value++) expect(duplicates.find(fingerprintOf(1, 1, idOf(value)), 1)).toBeUndefined();
  expect(duplicates.find(fingerprintOf(1, 1, idOf(4_999)), 1)?.offset).toBe(4_999);
  expect(() => new Duplicates(1, MOST_IDS + 1)).toThrow(RangeError);
});

test('100,000 ids take at most 56 bytes each with what they came to, and are forgotten when their time is over', () => {
  const duplicates = new Duplicates(1_000, MOST_IDS);
  for (let value = 0; value < 100_000; value++) duplicates.use(fingerprintOf(value % 9, 1, idOf(value)), at(value, 1));
  expect(duplicates.bytes / duplicates.size).toBeLessThan(56);
  for (let value = 0; value < 100_000; value += 7) expect(duplicates.find(fingerprintOf(value % 9, 1, idOf(value)), 1)?.offset).toBe(value);
  for (let value = 100_000; value < 102_000; value++) duplicates.use(fingerprintOf(1, 1, idOf(value)), at(value, 2_000 + SLACK_MS));
  expect(duplicates.size).toBe(2_000);
});

test('ids that are used again and again keep no others, and are kept themselves', () => {
  const duplicates = new Duplicates(1_000, MOST_IDS);
  const again = Array.from({ length: 200 }, (_, value) => fingerprintOf(2, 2, idOf(value)));
  let offset = 0;
  for (const id of again) duplicates.use(id, at(offset++, 0));
  for (let nowMs = 500; nowMs < 200_000; nowMs += 500) {
    for (let value = 0; value < 20; value++) duplicates.use(fingerprintOf(1, 1, idOf(offset)), at(offset++, nowMs));
    again.forEach((id, first) => void expect(duplicates.use(id, at(offset++, nowMs)).offset).toBe(first));
  }
  expect(duplicates.size).toBeLessThan(200 + 20 * 2 * (61 + 61));
});

test('through growth, forgetting and the limit it agrees with a plain map', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(3), fc.nat(40)), { maxLength: 3_000, size: 'max' }), (steps) => {
      const duplicates = new Duplicates(2_000, MOST_IDS);
      const model = new Map<string, { first: number; lastMs: number }>();
      let nowMs = 0;
      steps.forEach(([value, device, passes], index) => {
        nowMs += passes * (index % 500 === 0 ? 3_000 : 1);
        const key = `${device} ${value}`;
        const known = model.get(key);
        const first = known !== undefined && known.lastMs >= nowMs - 2_000 ? known.first : index;
        expect(duplicates.use(fingerprintOf(device, 9, idOf(value)), at(index, nowMs)).offset).toBe(first);
        model.set(key, { first, lastMs: nowMs });
      });
    }),
    { numRuns: 40 },
  );
});
