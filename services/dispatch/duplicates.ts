/**
 * Where the log has the first use of each message id, for a span of its time since the last use: a resend or a replay
 * changes nothing and gets the result of the first. What that came to is kept beside it where it was decided or asked for here,
 * so that a resend costs no read; of ids that were only read again from the log the store knows it. An id belongs to its device
 * and conversation. Some 50 bytes an id, in shards that grow one by one; past its limit a shard forgets its oldest early, which is
 * counted.
 *
 * An id is new where the span before it has no use of it, whatever stood before: so whoever reads the log from anywhere
 * before that span tells the same ids as new.
 */
import type { RecordedOutcome } from '../store/store.ts';
import type { Fingerprint } from './fingerprint.ts';
import { type FirstUse, IdShard, SHARD_LIMIT } from './id-shard.ts';

const SHARDS = 64;
export const MOST_IDS = SHARDS * SHARD_LIMIT;
/** A broker's clock that steps back by no more than this makes nobody forget too early. */
const CLOCK_SLACK_MS = 60_000;

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

  /** The first use of an id that was last used no longer than the span before `nowMs`, the log time of its next use. */
  find(id: Fingerprint, nowMs: number): FirstUse | undefined {
    return this.shards[id.b % SHARDS]?.find(id, nowMs - this.spanMs);
  }

  /** The first use of an id, however long ago, where it is not yet forgotten. */
  kept(id: Fingerprint): FirstUse | undefined {
    return this.find(id, Number.NEGATIVE_INFINITY);
  }

  /** What the use of an id at this offset came to; nothing where that is not its first one. */
  settle(id: Fingerprint, offset: number, outcome: RecordedOutcome): void {
    this.shards[id.b % SHARDS]?.settle(id, offset, outcome);
  }

  /** A use of an id, in the order of the log. Gives the first one, which is this where it is new. */
  use(id: Fingerprint, place: FirstUse): FirstUse {
    const known = this.find(id, place.loggedAtMs);
    const number = id.b % SHARDS;
    if (known !== undefined) {
      this.shards[number]!.seen(id, place.loggedAtMs);
      return known;
    }
    this.shards[number] ??= new IdShard(this.shardLimit);
    this.forgottenEarly += this.shards[number].add(id, place, place.loggedAtMs - this.spanMs - CLOCK_SLACK_MS);
    return place;
  }
}
