import { expect, test } from 'bun:test';
import { conversationId, MAX_ID } from '../protocol/ids.ts';
import { partitionOf } from './partition.ts';

/** Case B1: 8 partitions agree between drivers by chance, 12 and 100 do not. A change here moves every conversation. */
const GOLDEN: ReadonlyArray<readonly [conversation: number, of8: number, of12: number, of100: number]> = [
  [0, 0, 0, 0],
  [1, 7, 7, 27],
  [2, 6, 10, 78],
  [3, 7, 7, 87],
  [255, 3, 11, 51],
  [256, 7, 7, 75],
  [65_536, 2, 2, 54],
  [4_294_967_295, 1, 1, 13],
  [4_294_967_296, 7, 11, 51],
  [2_199_023_255_551, 3, 7, 79],
  [2_199_023_255_552, 6, 6, 90],
  [123_456_789_012_345, 6, 2, 98],
  [MAX_ID, 5, 9, 25],
];

test('the golden keys keep their partitions at 8, 12 and 100 partitions', () => {
  for (const [conversation, of8, of12, of100] of GOLDEN) {
    expect([8, 12, 100].map((partitions) => partitionOf(conversation, partitions))).toEqual([of8, of12, of100]);
  }
});

test('neighbouring ids spread evenly over partitions', () => {
  for (const partitions of [2, 8, 12, 100]) {
    const counts = new Array<number>(partitions).fill(0);
    for (let local = 0; local < 100_000; local++) counts[partitionOf(conversationId(3, local), partitions)]!++;
    const mean = 100_000 / partitions;
    for (const count of counts) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
  }
});
