/**
 * The id of a new conversation, as a function of what the client sent and of the log.
 */
import {
  CONVERSATIONS_PER_CELL,
  type ConversationId,
  conversationId,
  type DeviceKey,
  homeCellOfConversation,
  MESSAGE_ID_BYTES,
} from '../protocol/ids.ts';
import { mix, partitionOf } from './partition.ts';

/**
 * Where the id of a new conversation is looked for first: a function of what the client sent, so that a repeated CREATE
 * goes to the same partition by whichever relay it comes. The log decides: taken ids are passed over by `nextInPartition`.
 */
export function conversationOfCreate(cell: number, from: DeviceKey, id: Uint8Array): ConversationId {
  const words = new DataView(id.buffer, id.byteOffset, MESSAGE_ID_BYTES);
  let low = mix(from | 0);
  let high = mix(Math.floor(from / 0x1_0000_0000) ^ 0x9e37_79b9);
  for (let at = 0; at < MESSAGE_ID_BYTES; at += 4) {
    low = mix(low ^ words.getUint32(at, true));
    high = mix((high + words.getUint32(at, true)) ^ low);
  }
  return conversationId(cell, ((high & 0x1ff) * 0x1_0000_0000 + low) % CONVERSATIONS_PER_CELL);
}

/** The next id of the same cell that belongs to the same partition. */
export function nextInPartition(conversation: ConversationId, partitions: number): ConversationId {
  const partition = partitionOf(conversation, partitions);
  const cell = homeCellOfConversation(conversation);
  let local = conversation % CONVERSATIONS_PER_CELL;
  for (;;) {
    local = (local + 1) % CONVERSATIONS_PER_CELL;
    const next = conversationId(cell, local);
    if (partitionOf(next, partitions) === partition) return next;
  }
}
