/** What a message id is known by: a hash of it with its device and conversation. */
import type { ConversationId, DeviceKey } from '../protocol/ids.ts';

export interface Fingerprint {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * 96 bits: a wrong match among two million ids comes once in 10^22. Not keyed, so that every owner of a log remembers alike;
 * who makes two of his own ids collide harms himself, and another's id is not known before it is used.
 */
export function fingerprintOf(device: DeviceKey, conversation: ConversationId, id: Uint8Array): Fingerprint {
  const words = [
    id[0]! | (id[1]! << 8) | (id[2]! << 16) | (id[3]! << 24),
    id[4]! | (id[5]! << 8) | (id[6]! << 16) | (id[7]! << 24),
    id[8]! | (id[9]! << 8) | (id[10]! << 16) | (id[11]! << 24),
    id[12]! | (id[13]! << 8) | (id[14]! << 16) | (id[15]! << 24),
    device | 0,
    Math.floor(device / 0x1_0000_0000),
    conversation | 0,
    Math.floor(conversation / 0x1_0000_0000),
  ];
  return {
    a: lane(words, 0x9747_b28c, 0xcc9e_2d51, 0x1b87_3593),
    b: lane(words, 0x3c6e_f372, 0x239b_961b, 0xab0e_9789),
    c: lane(words, 0xa54f_f53a, 0x38b3_4ae5, 0xa1e3_8b93),
  };
}

/** MurmurHash3 of eight words, with the multipliers of its 32-bit and 128-bit forms. */
function lane(words: readonly number[], seed: number, first: number, second: number): number {
  let h = seed;
  for (const word of words) {
    let k = Math.imul(word, first);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, second);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe654_6b64) | 0;
  }
  h ^= 32;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
