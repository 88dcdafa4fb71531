/**
 * The project's own partition function; the partition is always sent explicitly, so that no two drivers can disagree
 * about the owner of a conversation (platformatic/kafka#121).
 */
import type { ConversationId } from '../protocol/ids.ts';

/** Partition of a conversation: the finalizer of MurmurHash3 over both halves of the id, modulo the count. */
export function partitionOf(conversation: ConversationId, partitions: number): number {
  const high = Math.floor(conversation / 0x1_0000_0000);
  return mix((conversation >>> 0) ^ mix(high)) % partitions;
}

/** The finalizer of MurmurHash3, 32 bits: every bit of the input moves every bit of the output. */
export function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
