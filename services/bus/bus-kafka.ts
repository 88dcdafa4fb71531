/**
 * The bus on Kafka, over either driver. What a record costs and promises here: acknowledged by all in-sync replicas, stored
 * once whatever is sent again, its time is the broker's. Partitions are always named by the project's own function.
 */
import type { KafkaSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import {
  type BatchHandler,
  type BusEvents,
  type BusRecord,
  type Holding,
  MAX_RECORD_BYTES,
  type SharedBus,
  type Start,
  type Subscription,
  type Topic,
} from './bus.ts';
import { Consumer } from './consumer.ts';
import { Holdings } from './holdings.ts';
import { type Compression, type KafkaAccess, kafkaAccess } from './kafka-access.ts';
import { EARLIEST, type GroupPlace, type KafkaDriver, LATEST } from './kafka-driver.ts';
import { asBackendError, codeOf, heals } from './kafka-failure.ts';
import { KafkaFetcher } from './kafka-fetcher.ts';
import { KafkaLeaders } from './kafka-leaders.ts';
import { KafkaMembership } from './kafka-membership.ts';
import { type KafkaNames, kafkaNames } from './kafka-names.ts';
import { KafkaPositions } from './kafka-positions.ts';
import { KafkaProducer, type ProducerCounts } from './kafka-producer.ts';
import { ensureTopics, topicSpecs } from './kafka-topics.ts';
import { StallWatch } from './stall-watch.ts';

export interface KafkaBusOptions {
  readonly events: BusEvents;
  /** How long an append waits for others to go with it. */
  readonly lingerMs?: number;
  /** At least so long from one fetch of a broker to the next: what a consumer does per batch is then done for more records. */
  readonly paceMs?: number;
  readonly compression?: Compression;
  readonly pendingBytes?: number;
  readonly appendDeadlineMs?: number;
  readonly sessionMs?: number;
  readonly stallMs?: number;
  readonly stopDeadlineMs?: number;
  /** How long to wait for the servers at the start. */
  readonly openDeadlineMs?: number;
}

export interface KafkaCounts extends ProducerCounts {
  fetches: number;
  fetched: number;
  stalls: number;
  fenced: number;
}

export interface DeadLetter {
  readonly topic: Topic;
  readonly partition: number;
  readonly record: BusRecord;
  readonly reason: string;
}

export const LINGER_MS = 5;
/** Costs a client next to nothing, where gzip doubles its cost, and both drivers read it: `parley batching`. */
const COMPRESSION: Compression = 'zstd';
const PENDING_BYTES = 64 * 1_048_576;
const FETCH_LIMITS = { waitMs: 250, bytes: 4 * 1_048_576, partitionBytes: 1_048_576 };
const DEAD_LETTER_VALUE_BYTES = 1_048_576;

const OFFSET_DEADLINE_MS = 10_000;
const NO_COUNTS: KafkaCounts = {
  requests: 0,
  batches: 0,
  records: 0,
  retries: 0,
  pendingBytes: 0,
  fetches: 0,
  fetched: 0,
  stalls: 0,
  fenced: 0,
};

interface Member {
  readonly membership: KafkaMembership;
  readonly holdings: Holdings;
  joined: boolean;
}

export async function openKafkaBus(settings: KafkaSettings, options: KafkaBusOptions): Promise<KafkaBus> {
  const access = kafkaAccess(settings, options.compression ?? COMPRESSION);
  return openBusOver(await driverOf(settings, access), settings, options);
}

/** A process loads one library only. */
async function driverOf(settings: KafkaSettings, access: KafkaAccess): Promise<KafkaDriver> {
  if (settings.driver === 'kafkajs') return new (await import('./kafka-driver-kafkajs.ts')).KafkajsDriver(access);
  return new (await import('./kafka-driver-platformatic.ts')).PlatformaticDriver(access);
}

/** For tests that stand between the bus and its driver. */
export async function openBusOver(driver: KafkaDriver, settings: KafkaSettings, options: KafkaBusOptions): Promise<KafkaBus> {
  const names = kafkaNames(settings.prefix);
  try {
    const found = await ensureTopics(driver, topicSpecs(settings, names), options.openDeadlineMs ?? 30_000);
    return new KafkaBus(driver, settings, names, new KafkaLeaders(driver, found), options);
  } catch (error) {
    await driver.close();
    throw error;
  }
}

export class KafkaBus implements SharedBus {
  readonly counts: KafkaCounts = { ...NO_COUNTS };
  private readonly driver: KafkaDriver;
  private readonly settings: KafkaSettings;
  private readonly names: KafkaNames;
  private readonly leaders: KafkaLeaders;
  private readonly events: BusEvents;
  private readonly producer: KafkaProducer;
  private readonly fetcher: KafkaFetcher;
  private readonly positions: KafkaPositions;
  private readonly watch: StallWatch;
  private readonly watchTimer: ReturnType<typeof setInterval>;
  private readonly members = new Map<string, Member>();
  private readonly subscriptions = new Set<Subscription>();
  private readonly ends = new Map<string, number>();
  private readonly sessionMs: number;
  private readonly stopDeadlineMs: number;
  private closed = false;

  constructor(driver: KafkaDriver, settings: KafkaSettings, names: KafkaNames, leaders: KafkaLeaders, options: KafkaBusOptions) {
    this.driver = driver;
    this.settings = settings;
    this.names = names;
    this.leaders = leaders;
    this.events = options.events;
    this.sessionMs = options.sessionMs ?? 10_000;
    this.stopDeadlineMs = options.stopDeadlineMs ?? 10_000;
    const lingerMs = options.lingerMs ?? LINGER_MS;
    this.producer = new KafkaProducer({
      driver,
      leaders,
      lingerMs,
      pendingBytes: options.pendingBytes ?? PENDING_BYTES,
      deadlineMs: options.appendDeadlineMs ?? 20_000,
      counts: this.counts,
    });
    this.fetcher = new KafkaFetcher({ driver, leaders, limits: FETCH_LIMITS, paceMs: options.paceMs ?? lingerMs, counts: this.counts });
    const fenced = (group: string, topic: Topic, partition: number) => {
      this.counts.fenced++;
      this.members.get(`${group}/${topic}`)?.holdings.renew(partition);
      this.events.fenced?.(group, topic, partition);
    };
    this.positions = new KafkaPositions(driver, names, (...place) => this.committer(...place), fenced);
    const stallMs = options.stallMs ?? 30_000;
    this.watch = new StallWatch(stallMs, () => performance.now());
    this.watchTimer = setInterval(() => void this.watch.check(), stallMs / 4);
    this.watchTimer.unref?.();
  }

  /** Why this bus is not ready, if it is not. */
  get unready(): string | undefined {
    const { stuck } = this.watch;
    return stuck.length === 0 ? undefined : `no record of ${stuck.join(', ')} comes, again and again`;
  }

  partitions(topic: Topic): number {
    return this.settings.partitions[topic];
  }

  async append(topic: Topic, partition: number, values: readonly Uint8Array[]): Promise<number> {
    this.check(topic, partition);
    for (const value of values) {
      if (value.length > MAX_RECORD_BYTES) {
        throw new BackendError('recordTooLarge', `a record of ${value.length} bytes, at most ${MAX_RECORD_BYTES}`, false);
      }
    }
    return values.length === 0 ? this.end(topic, partition) : this.producer.append(this.names.topic(topic), partition, values);
  }

  /** Keeps a record that could not be read, with its reason. */
  async deadLetter({ topic, partition, record, reason }: DeadLetter): Promise<void> {
    const { offset, loggedAtMs, value } = record;
    const kept = Buffer.from(value.subarray(0, DEAD_LETTER_VALUE_BYTES)).toString('base64');
    const letter = { topic, partition, offset, loggedAtMs, reason, bytes: value.length, value: kept };
    await this.producer.append(this.names.deadLetters, 0, [Buffer.from(JSON.stringify(letter))]);
  }

  async consume(group: string, topic: Topic, partition: number, handler: BatchHandler, start: Start = 'committed'): Promise<Subscription> {
    this.check(topic, partition);
    const from = async () =>
      start === 'committed' ? this.positions.committed(group, topic, partition) : start === 'earliest' ? undefined : start;
    return this.kept(this.consumer(group, topic, partition, handler, from, () => this.driver.reconnect()));
  }

  async share(group: string, topic: Topic, hold: (partition: number) => Promise<Holding>): Promise<Subscription> {
    this.check(topic, 0);
    if (topic === 'deliveries') throw new BackendError('notShared', 'each partition of deliveries belongs to one gateway', false);
    const key = `${group}/${topic}`;
    if (this.members.get(key)?.joined === true) throw new BackendError('joined', `this bus is in ${key} already`, false);
    const holdings = new Holdings({
      hold,
      consume: (partition, { from, take }) =>
        this.consumer(
          group,
          topic,
          partition,
          take,
          async () => from,
          () => membership.rejoin(),
        ),
      failed: (partition, error) => this.events.handlerFailed(group, topic, partition, error),
      sleep,
    });
    const membership = new KafkaMembership({
      driver: this.driver,
      group: this.names.shared(group, topic),
      topic: this.names.topic(topic),
      partitions: this.partitions(topic),
      sessionMs: this.sessionMs,
      assigned: (partitions) => {
        for (const partition of holdings.partitions) if (!partitions.includes(partition)) this.positions.forget(group, topic, partition);
        holdings.assign(partitions);
      },
      failed: (error) => this.events.handlerFailed(group, topic, -1, error),
    });
    const member: Member = { membership, holdings, joined: true };
    this.members.set(key, member);
    return this.kept({
      stop: async () => {
        await this.within(holdings.release(), `${group} on ${topic}`);
        await membership.stop(this.stopDeadlineMs);
        member.joined = false;
      },
    });
  }

  async commit(group: string, topic: Topic, partition: number, nextOffset: number): Promise<void> {
    this.check(topic, partition);
    const end = this.ends.get(`${topic}/${partition}`) ?? 0;
    const known =
      Number.isSafeInteger(nextOffset) && nextOffset >= 0 && (nextOffset <= end || nextOffset <= (await this.end(topic, partition)));
    if (!known) throw new BackendError('badOffset', `commit of ${nextOffset} in ${topic}/${partition}, beyond its end`, false);
    await this.positions.commit(group, topic, partition, nextOffset);
  }

  async committed(group: string, topic: Topic, partition: number): Promise<number | undefined> {
    this.check(topic, partition);
    return this.positions.committed(group, topic, partition);
  }

  async end(topic: Topic, partition: number): Promise<number> {
    this.check(topic, partition);
    const end = await this.offset(topic, partition, LATEST);
    this.ends.set(`${topic}/${partition}`, end);
    return end;
  }

  async offsetAt(topic: Topic, partition: number, loggedAtMs: number): Promise<number> {
    this.check(topic, partition);
    const found = await this.offset(topic, partition, Math.max(0, Math.ceil(loggedAtMs)));
    return found < 0 ? this.end(topic, partition) : found;
  }

  /** Offset of the first record that is kept. */
  async earliest(topic: Topic, partition: number): Promise<number> {
    this.check(topic, partition);
    return this.offset(topic, partition, EARLIEST);
  }

  /** Deletes records below the offset, as retention would. */
  async truncate(topic: Topic, partition: number, before: number): Promise<void> {
    this.check(topic, partition);
    const name = this.names.topic(topic);
    await this.driver.deleteRecords(this.leaders.require(name, partition), name, partition, before);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.watchTimer);
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    this.producer.close();
    this.fetcher.close();
    await this.driver.close();
  }

  private consumer(
    group: string,
    topic: Topic,
    partition: number,
    handler: BatchHandler,
    start: () => Promise<number | undefined>,
    stalled: () => void,
  ): Subscription {
    const feed = this.fetcher.open(this.names.topic(topic), partition);
    const place = `${topic}/${partition}`;
    const key = `${group}/${place}`;
    const tracked = this.watch.track(
      {
        key,
        end: () => this.offset(topic, partition, LATEST),
        stalled: () => {
          this.counts.stalls++;
          this.events.stalled?.(group, topic, partition);
          stalled();
        },
      },
      0,
    );
    const consumer = new Consumer({
      handler: async (batch) => {
        tracked.moved(batch[0]!.offset);
        let next = batch[0]!.offset;
        try {
          await handler(batch);
          next = batch.at(-1)!.offset + 1;
        } finally {
          tracked.moved(next);
        }
      },
      start: async () => {
        const from = await start();
        if (from !== undefined) tracked.moved(from);
        return from;
      },
      fetch: async (from) => {
        const fetched = await feed.fetch(from);
        if (fetched.end > (this.ends.get(place) ?? 0)) this.ends.set(place, fetched.end);
        return fetched;
      },
      sleep,
      gap: (missing) => this.events.gap(group, topic, partition, missing),
      failed: (error) => this.events.handlerFailed(group, topic, partition, error),
    });
    return {
      stop: () => {
        feed.close();
        tracked.stop();
        return consumer.stop();
      },
    };
  }

  private kept(subscription: Subscription): Subscription {
    let stopping: Promise<void> | undefined;
    const one = {
      stop: () => {
        stopping ??= this.within(subscription.stop(), 'a consumer').finally(() => this.subscriptions.delete(one));
        return stopping;
      },
    };
    this.subscriptions.add(one);
    return one;
  }

  /** A handler that never returns is left behind. */
  private async within(stopping: Promise<void>, what: string): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const overran = new Promise<'overran'>((resolve) => {
      timer = setTimeout(() => resolve('overran'), this.stopDeadlineMs);
    });
    const outcome = await Promise.race([stopping, overran]);
    clearTimeout(timer);
    if (outcome === 'overran') {
      const error = new BackendError('stopOverran', `${what} did not stop in ${this.stopDeadlineMs} ms`, false);
      this.events.handlerFailed(what, 'messages', -1, error);
    }
  }

  private committer(group: string, topic: Topic, partition: number): GroupPlace | 'fenced' | undefined {
    const member = this.members.get(`${group}/${topic}`);
    if (member === undefined) return undefined;
    return member.holdings.has(partition) && member.membership.seated ? member.membership.place : 'fenced';
  }

  private async offset(topic: Topic, partition: number, time: number): Promise<number> {
    const name = this.names.topic(topic);
    const until = Date.now() + OFFSET_DEADLINE_MS;
    for (;;) {
      try {
        return await this.driver.offsetAt(this.leaders.require(name, partition), name, partition, time);
      } catch (error) {
        if (this.closed || !heals(codeOf(error)) || Date.now() > until) throw asBackendError(error, `offsets of ${topic}/${partition}`);
        await this.leaders.refresh();
      }
    }
  }

  private check(topic: Topic, partition: number): void {
    if (this.closed) throw new BackendError('closed', 'the bus is closed', false);
    if (!Number.isInteger(partition) || partition < 0 || partition >= this.partitions(topic)) {
      throw new BackendError('noPartition', `${topic} has ${this.partitions(topic)} partitions, not ${partition}`, false);
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
