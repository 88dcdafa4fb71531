/**
 * Reads partitions from Kafka: one request in flight per broker, which asks for every partition whose buffer has room. What
 * came is kept until its consumer asks for it; a consumer's position is the consumer's own. Answers `fetch` as a log would:
 * with where the partition begins and ends when the position is outside of it.
 */
import type { BusRecord } from './bus.ts';
import type { Fetched } from './consumer.ts';
import { EARLIEST, type FetchedPartition, type FetchLimits, type KafkaDriver, LATEST } from './kafka-driver.ts';
import { CODES, heals, KafkaFailure } from './kafka-failure.ts';
import type { KafkaLeaders } from './kafka-leaders.ts';

/** One partition for one consumer. */
export interface Feed {
  fetch(from: number): Promise<Fetched>;
  close(): void;
}

interface OpenFeed {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to ask for; undefined until the consumer has asked first. */
  position: number | undefined;
  batches: Fetched[];
  /** Of the last answer. */
  range: { earliest: number; end: number };
  waiter: { resolve: (fetched: Fetched) => void; reject: (error: unknown) => void } | undefined;
  closed: boolean;
}

export interface FetcherOptions {
  readonly driver: KafkaDriver;
  readonly leaders: KafkaLeaders;
  readonly limits: FetchLimits;
  /** At least so long from one request to a broker to the next, so that many small appends come in one answer. */
  readonly paceMs: number;
  readonly counts: { fetches: number; fetched: number };
}

const BATCH_RECORDS = 1_024;
const BATCH_BYTES = 1_048_576;
/** A feed that has so many batches asks for no more. */
const BUFFERED_BATCHES = 2;
const FAILURE_PAUSE_MS = 200;

export class KafkaFetcher {
  private readonly options: FetcherOptions;
  private readonly feeds = new Set<OpenFeed>();
  private readonly running = new Set<number>();
  private closed = false;

  constructor(options: FetcherOptions) {
    this.options = options;
  }

  open(topic: string, partition: number): Feed {
    const feed: OpenFeed = {
      topic,
      partition,
      position: undefined,
      batches: [],
      range: { earliest: 0, end: 0 },
      waiter: undefined,
      closed: false,
    };
    this.feeds.add(feed);
    return {
      fetch: (from) => this.fetch(feed, from),
      close: () => {
        feed.closed = true;
        this.feeds.delete(feed);
        feed.batches = [];
        feed.waiter = undefined;
      },
    };
  }

  close(): void {
    this.closed = true;
    this.feeds.clear();
  }

  private fetch(feed: OpenFeed, from: number): Promise<Fetched> {
    const next = feed.batches.shift();
    if (next !== undefined && next.records[0]?.offset === from) {
      this.run(feed);
      return Promise.resolve(next);
    }
    // The consumer is elsewhere than what was read ahead for it.
    if (feed.position !== from || next !== undefined) {
      feed.position = from;
      feed.batches = [];
    }
    return new Promise((resolve, reject) => {
      feed.waiter = { resolve, reject };
      this.run(feed);
    });
  }

  private run(feed: OpenFeed): void {
    const leader = this.options.leaders.of(feed.topic, feed.partition);
    if (this.running.has(leader) || this.closed) return;
    this.running.add(leader);
    void this.loop(leader).finally(() => {
      this.running.delete(leader);
      this.runAll();
    });
  }

  /** Partitions whose leader changed are another loop's now. */
  private runAll(): void {
    for (const feed of this.feeds) if (wants(feed)) this.run(feed);
  }

  private async loop(leader: number): Promise<void> {
    const { driver, leaders, limits, paceMs, counts } = this.options;
    // Consumers that were just answered ask for more within this turn.
    await Promise.resolve();
    for (;;) {
      const wanting = [...this.feeds].filter((feed) => wants(feed) && leaders.of(feed.topic, feed.partition) === leader);
      if (wanting.length === 0 || this.closed) return;
      const startedMs = performance.now();
      const asked = new Map<string, OpenFeed[]>();
      const places: Array<{ topic: string; partition: number; offset: number }> = [];
      for (const feed of wanting) {
        const key = `${feed.topic}/${feed.partition}`;
        const others = asked.get(key);
        if (others !== undefined) {
          // A partition stands once in a request: another consumer of it is served where it wants the same.
          if (places.find(({ topic, partition }) => topic === feed.topic && partition === feed.partition)!.offset === feed.position) {
            others.push(feed);
          }
          continue;
        }
        asked.set(key, [feed]);
        places.push({ topic: feed.topic, partition: feed.partition, offset: feed.position! });
      }
      try {
        if (leader < 0) throw new KafkaFailure(CODES.noAnswer, 'a partition has no leader');
        counts.fetches++;
        const answers = await driver.fetch(leader, places, limits);
        let stale = false;
        for (const answer of answers) {
          const want = places.find(({ topic, partition }) => topic === answer.topic && partition === answer.partition);
          for (const feed of asked.get(`${answer.topic}/${answer.partition}`) ?? []) {
            if (feed.position !== want?.offset) continue;
            stale = (await this.answered(feed, answer)) || stale;
          }
          counts.fetched += answer.records.length;
        }
        if (stale) {
          await leaders.refresh();
          this.runAll();
        }
      } catch (error) {
        for (const list of asked.values()) for (const feed of list) fail(feed, error);
        await pause(FAILURE_PAUSE_MS);
        await leaders.refresh();
        this.runAll();
      }
      // A feed that another asked for the same partition at another place has its turn next.
      rotate(this.feeds, wanting[0]!);
      const rest = paceMs - (performance.now() - startedMs);
      if (rest > 0) await pause(rest);
      else await Promise.resolve();
    }
  }

  /** True where the partition must be looked for elsewhere. */
  private async answered(feed: OpenFeed, answer: FetchedPartition): Promise<boolean> {
    const { topic, partition } = feed;
    if (answer.code === CODES.offsetOutOfRange) {
      const { driver } = this.options;
      const leader = this.options.leaders.require(topic, partition);
      const earliest = await driver.offsetAt(leader, topic, partition, EARLIEST);
      const end = await driver.offsetAt(leader, topic, partition, LATEST);
      feed.position = undefined;
      give(feed, { records: [], earliest, end });
      return false;
    }
    if (answer.code !== 0) {
      fail(feed, new KafkaFailure(answer.code, `${topic}/${partition} was answered with error ${answer.code}`));
      return heals(answer.code);
    }
    const { earliest, end, records } = answer;
    feed.range = { earliest, end };
    for (const part of parts(records)) {
      feed.batches.push({ records: part, earliest, end: Math.max(end, part.at(-1)!.offset + 1) });
      feed.position = part.at(-1)!.offset + 1;
    }
    const next = feed.waiter === undefined ? undefined : feed.batches.shift();
    if (next !== undefined) give(feed, next);
    return false;
  }
}

function wants({ position, batches, closed }: OpenFeed): boolean {
  return !closed && position !== undefined && batches.length < BUFFERED_BATCHES;
}

function give(feed: OpenFeed, fetched: Fetched): void {
  const { waiter } = feed;
  feed.waiter = undefined;
  waiter?.resolve(fetched);
}

function fail(feed: OpenFeed, error: unknown): void {
  const { waiter } = feed;
  feed.waiter = undefined;
  waiter?.reject(error);
}

function* parts(records: readonly BusRecord[]): Generator<readonly BusRecord[]> {
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < records.length; at++) {
    bytes += records[at]!.value.length;
    if (at > start && (bytes > BATCH_BYTES || at - start >= BATCH_RECORDS)) {
      yield records.slice(start, at);
      start = at;
      bytes = records[at]!.value.length;
    }
  }
  if (start < records.length) yield records.slice(start);
}

function rotate(feeds: Set<OpenFeed>, feed: OpenFeed): void {
  if (!feeds.delete(feed)) return;
  feeds.add(feed);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
