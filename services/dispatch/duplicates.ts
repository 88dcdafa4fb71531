/**
 * The outcomes of message ids, for a span of the log's time: a resend or a replay is answered with the recorded result and
 * changes nothing. An id belongs to its device and conversation. Some 32 bytes an id, in shards that grow one by one; past
 * its limit a shard forgets its oldest early, which is counted. What is remembered is a function of the log.
 */
import type { Fingerprint } from './fingerprint.ts';
import { IdShard, type RecordedOutcome, SHARD_LIMIT } from './id-shard.ts';

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
  find(id: Fingerprint, nowMs: number): RecordedOutcome | undefined {
    const found = this.shards[id.b % SHARDS]?.find(id);
    return found === undefined || found.loggedAtMs < nowMs - this.spanMs ? undefined : found;
  }

  /** Records the outcome of an id that `find` does not find. The time of the log never goes back. */
  record(id: Fingerprint, outcome: RecordedOutcome): void {
    const number = id.b % SHARDS;
    this.shards[number] ??= new IdShard(this.shardLimit);
    this.forgottenEarly += this.shards[number].add(id, outcome, outcome.loggedAtMs - this.spanMs);
  }
}
