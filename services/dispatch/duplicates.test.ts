import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Duplicates } from './duplicates.ts';

function idOf(value: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, value, true);
  return id;
}

const outcome = (sequence: number, loggedAtMs: number) => ({ sequence, entryKind: 0, loggedAtMs, code: 0 });

test('an id is found for its span of log time, by its own device and conversation only', () => {
  const duplicates = new Duplicates(1_000, 10_000);
  duplicates.record(7, 5, idOf(1), outcome(12, 100));
  expect(duplicates.find(7, 5, idOf(1))).toEqual(outcome(12, 100));
  expect(duplicates.find(8, 5, idOf(1))).toBeUndefined();
  expect(duplicates.find(7, 6, idOf(1))).toBeUndefined();
  duplicates.record(7, 5, idOf(2), outcome(13, 1_100));
  expect(duplicates.find(7, 5, idOf(1))).toBeDefined();
  duplicates.record(7, 5, idOf(3), outcome(14, 1_101));
  expect(duplicates.find(7, 5, idOf(1))).toBeUndefined();
  expect(duplicates.size).toBe(2);
});

test('at its bound the oldest id is forgotten early, and that is counted', () => {
  const duplicates = new Duplicates(1e9, 1_024);
  for (let value = 0; value < 1_030; value++) duplicates.record(1, 1, idOf(value), outcome(value, 0));
  expect(duplicates.forgottenEarly).toBe(6);
  expect(duplicates.find(1, 1, idOf(5))).toBeUndefined();
  expect(duplicates.find(1, 1, idOf(6))?.sequence).toBe(6);
});

test('through growth and forgetting it agrees with a plain map', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(3), fc.nat(40)), { maxLength: 5_000 }), (steps) => {
      const duplicates = new Duplicates(2_000, 65_536);
      const model = new Map<string, { sequence: number; loggedAtMs: number }>();
      let nowMs = 0;
      steps.forEach(([value, device, passes], index) => {
        nowMs += passes;
        const key = `${device} ${value}`;
        const known = model.get(key);
        const found = duplicates.find(device, 9, idOf(value));
        if (known !== undefined && known.loggedAtMs >= nowMs - 2_000) expect(found?.sequence).toBe(known.sequence);
        if (found === undefined) {
          duplicates.record(device, 9, idOf(value), outcome(index, nowMs));
          model.set(key, { sequence: index, loggedAtMs: nowMs });
        } else {
          expect(found.sequence).toBe(known!.sequence);
        }
      });
    }),
    { numRuns: 40 },
  );
});
