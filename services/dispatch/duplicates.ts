/**
 * The outcomes of message ids, for a span of the log's time: a resend or a replay is answered with the recorded result and
 * changes nothing. An id belongs to its device and conversation. Some 32 bytes an id, in shards that grow one by one; past
 * its limit a shard forgets its oldest early, which is counted. What is remembered is a function of the log.
 */
import type { ConversationId, DeviceKey } from '../protocol/ids.ts';
import { type Fingerprint, IdShard, type RecordedOutcome, SHARD_LIMIT } from './id-shard.ts';

const SHARDS = 64;
export const MOST_IDS = SHARDS * SHARD_LIMIT;

export class Duplicates {
  forgottenEarly = 0;
  private readonly spanMs: number;
  private readonly shardLimit: number;
  private readonly shards: Array<IdShard | undefined> = new Array(SHARDS).fill(undefined);

  /** `maxIds`: at most MOST_IDS, evenly over the shards. */
  constructor(spanMs: number, maxIds: number) {
    if (maxIds > MOST_IDS) throw new RangeError(`at most ${MOST_IDS} ids, not ${maxIds}`);
    this.spanMs = spanMs;
    this.shardLimit = Math.max(1, Math.floor(maxIds / SHARDS));
  }

  get size(): number {
    return this.shards.reduce((size, shard) => size + (shard?.size ?? 0), 0);
  }

  get bytes(): number {
    return this.shards.reduce((bytes, shard) => bytes + (shard?.bytes ?? 0), 0);
  }

  /** The outcome of an id that was recorded no longer than the span before `nowMs`, the time of the log. */
  find(device: DeviceKey, conversation: ConversationId, id: Uint8Array, nowMs: number): RecordedOutcome | undefined {
    const fingerprint = fingerprintOf(device, conversation, id);
    const found = this.shards[fingerprint.b % SHARDS]?.find(fingerprint);
    return found === undefined || found.loggedAtMs < nowMs - this.spanMs ? undefined : found;
  }

  /** Records the outcome of an id that `find` does not find. The time of the log never goes back. */
  record(device: DeviceKey, conversation: ConversationId, id: Uint8Array, outcome: RecordedOutcome): void {
    const fingerprint = fingerprintOf(device, conversation, id);
    const number = fingerprint.b % SHARDS;
    this.shards[number] ??= new IdShard(this.shardLimit);
    this.forgottenEarly += this.shards[number].add(fingerprint, outcome, outcome.loggedAtMs - this.spanMs);
  }
}

/**
 * 96 bits: a wrong match among two million ids comes once in 10^22. Not keyed, so that every owner of a log remembers alike;
 * who makes two of his own ids collide harms himself, and another's id is not known before it is used.
 */
function fingerprintOf(device: DeviceKey, conversation: ConversationId, id: Uint8Array): Fingerprint {
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
