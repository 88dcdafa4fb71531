import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { batchesOf, type PartitionWrite, routingKey } from './cassandra-batches.ts';

const row = (key: bigint, bytes = 10): PartitionWrite => ({ key: [key], statements: [{ query: 'q', params: [key, Buffer.alloc(bytes)] }] });
const sizes = (writes: readonly PartitionWrite[], nodesOf?: (key: Buffer) => string) =>
  batchesOf(writes, nodesOf).map((batch) => batch.length);

test('rows of ten partitions go together, an eleventh goes alone', () => {
  expect(sizes(Array.from({ length: 11 }, (_, index) => row(BigInt(index))))).toEqual([10, 1]);
});

test('rows go together up to the bytes that a server takes without a warning', () => {
  expect(sizes([row(1n, 1_500), row(2n, 1_500), row(3n, 1_500), row(4n, 10)])).toEqual([2, 2]);
});

test('a write that is larger than a batch goes alone and whole', () => {
  expect(sizes([row(1n, 60_000), row(2n)])).toEqual([1, 1]);
});

test('rows that different nodes keep never go together', () => {
  const nodesOf = (key: Buffer) => (key.readBigInt64BE() % 2n === 0n ? 'a b c' : 'b c d');
  expect(sizes([row(1n), row(2n), row(3n), row(4n)], nodesOf)).toEqual([2, 2]);
});

test('a key of several columns is written with the length of each', () => {
  expect(routingKey([1n, 2]).toString('hex')).toBe('000800000000000000010000040000000200');
  expect(routingKey([-1n]).toString('hex')).toBe('ffffffffffffffff');
});

test('every statement is in exactly one batch, those of one write together', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 50n }), fc.nat(6_000), fc.integer({ min: 1, max: 5 })), { maxLength: 80 }),
      (all) => {
        const writes = all.map(([key, bytes, count]) => ({
          key: [key],
          statements: Array.from({ length: count }, () => row(key, bytes).statements[0]!),
        }));
        const batches = batchesOf(writes, (key) => String(key.readBigInt64BE() % 3n));
        expect(batches.flat().length).toBe(writes.reduce((sum, { statements }) => sum + statements.length, 0));
        for (const { statements } of writes)
          expect(batches.filter((batch) => statements.some((one) => batch.includes(one))).length).toBe(1);
      },
    ),
  );
});
