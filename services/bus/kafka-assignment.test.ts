import { expect, test } from 'bun:test';
import { seededNumbers } from '../runtime/seeded-numbers.ts';
import { assign, encodeAssignment, encodeSubscription, heldOf, partitionsOf } from './kafka-assignment.ts';

test('each partition has one owner, shares differ by one at most, and a partition moves only where the shares ask for it', () => {
  const random = seededNumbers(3);
  let held = new Map<string, number[]>();
  const partitions = 13;
  for (let round = 0; round < 500; round++) {
    const names = Array.from({ length: 1 + random(6) }, (_, index) => `member ${index}`);
    const claims = names.map((member) => ({ member, held: held.get(member) ?? [] }));
    const shares = assign(claims, partitions);
    expect([...shares.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, partition) => partition));
    const sizes = [...shares.values()].map((share) => share.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    const most = Math.ceil(partitions / names.length);
    for (const { member, held } of claims) {
      const kept = held.filter((partition) => shares.get(member)!.includes(partition)).length;
      expect(kept).toBeGreaterThanOrEqual(Math.min(held.length, most - 1));
    }
    held = shares;
  }
});

test('two that claim the same partition, as after a pause, do not both get it', () => {
  const shares = assign(
    [
      { member: 'a', held: [0, 1] },
      { member: 'b', held: [0, 1, 2] },
    ],
    3,
  );
  expect([...shares.values()].flat().sort()).toEqual([0, 1, 2]);
});

test('what members say comes back; bytes of another make are no claim', () => {
  expect(heldOf(encodeSubscription('a.messages', [3, 0, 7]))).toEqual([3, 0, 7]);
  expect(partitionsOf(encodeAssignment('a.messages', [5, 1]))).toEqual([5, 1]);
  expect(partitionsOf(new Uint8Array(0))).toEqual([]);
  expect(heldOf(new Uint8Array([0, 1, 0, 0]))).toEqual([]);
});
