/**
 * The id of a new conversation, as a function of what the client sent: so a repeated CREATE goes to the same partition, and
 * is known as a repetition there, by whichever relay it comes.
 */
import { CONVERSATIONS_PER_CELL, type ConversationId, conversationId, type DeviceKey, MESSAGE_ID_BYTES } from '../protocol/ids.ts';
import { mix } from './partition.ts';

/**
 * 41 bits of hash in the cell's space: among a million conversations a new one meets a taken id once in two million times;
 * dispatch then rejects it, and another message id makes another conversation.
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
