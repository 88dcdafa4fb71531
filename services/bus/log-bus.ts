/**
 * The bus over partition logs of this process: limits, positions and consumers. Where the logs keep their records is not its
 * business, so memory and files behave alike.
 */
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
  TOPICS,
  type Topic,
} from './bus.ts';
import { Consumer, type Fetched } from './consumer.ts';
import { GroupMembers, type Membership } from './group-members.ts';
import type { GroupPositions } from './group-positions.ts';
import type { PartitionLog, PartitionLogOptions } from './partition-log.ts';
import { Subscriptions } from './subscriptions.ts';

export interface TopicSettings {
  readonly partitions: number;
  /** Size at which append is refused. */
  readonly limitBytes: number;
  /** Records that every group has committed may be deleted. */
  readonly deleteConsumed: boolean;
}

export interface LogBusOptions {
  readonly topics: Readonly<Record<Topic, TopicSettings>>;
  readonly events: BusEvents;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly open: (topic: Topic, partition: number, options: PartitionLogOptions) => PartitionLog;
  readonly positions: GroupPositions;
  /** Called after a group moved; the owner makes it durable and then calls `releaseConsumed`. */
  readonly committed: () => void;
  readonly onClose: () => void;
}

export interface TopicState {
  readonly bytes: number;
  readonly records: number;
}

const BATCH_RECORDS = 1_024;
const BATCH_BYTES = 262_144;

interface Partition {
  readonly log: PartitionLog;
  readonly waiting: Set<() => void>;
}

export class LogBus implements SharedBus {
  private readonly options: LogBusOptions;
  private readonly opened: Record<Topic, Map<number, Partition>> = { messages: new Map(), receipts: new Map(), deliveries: new Map() };
  private readonly bytes: Record<Topic, number> = { messages: 0, receipts: 0, deliveries: 0 };
  private readonly subscriptions = new Subscriptions();
  private readonly members: GroupMembers;
  private readonly own = new Map<string, Membership>();
  private closed = false;

  constructor(options: LogBusOptions) {
    this.options = options;
    this.members = new GroupMembers(options.sleep);
  }

  partitions(topic: Topic): number {
    return this.options.topics[topic].partitions;
  }

  async append(topic: Topic, partition: number, values: readonly Uint8Array[]): Promise<number> {
    for (const value of values) {
      if (value.length > MAX_RECORD_BYTES) {
        throw new BackendError('recordTooLarge', `a record of ${value.length} bytes, at most ${MAX_RECORD_BYTES}`, false);
      }
    }
    const { log } = this.partition(topic, partition);
    return values.length === 0 ? log.end : log.append(values);
  }

  async consume(group: string, topic: Topic, partition: number, handler: BatchHandler, start: Start = 'committed'): Promise<Subscription> {
    this.partition(topic, partition);
    return this.consumer(group, topic, partition, handler, () =>
      start === 'committed' ? this.options.positions.get(group, topic, partition) : start === 'earliest' ? undefined : start,
    );
  }

  share(group: string, topic: Topic, hold: (partition: number) => Promise<Holding>): Promise<Subscription> {
    return this.shareAs(this.own, group, topic, hold);
  }

  /** Another member for groups on the same log, as another process would be one. Closing it leaves the log open. */
  another(): SharedBus {
    const own = new Map<string, Membership>();
    return {
      partitions: (topic) => this.partitions(topic),
      append: (topic, partition, values) => this.append(topic, partition, values),
      consume: (group, topic, partition, handler, start) => this.consume(group, topic, partition, handler, start),
      share: (group, topic, hold) => this.shareAs(own, group, topic, hold),
      commit: (group, topic, partition, next) => this.commitAs(own, group, topic, partition, next),
      committed: (group, topic, partition) => this.committed(group, topic, partition),
      end: (topic, partition) => this.end(topic, partition),
      offsetAt: (topic, partition, loggedAtMs) => this.offsetAt(topic, partition, loggedAtMs),
      close: async () => void (await Promise.all([...own.values()].map((membership) => membership.stop()))),
    };
  }

  private async shareAs(
    own: Map<string, Membership>,
    group: string,
    topic: Topic,
    hold: (partition: number) => Promise<Holding>,
  ): Promise<Subscription> {
    if (this.closed) throw new BackendError('closed', 'the bus is closed', false);
    const place = `${group}/${topic}`;
    if (own.get(place)?.joined === true) throw new BackendError('joined', `this bus is in ${place} already`, false);
    const membership = this.members.join(place, this.partitions(topic), {
      hold,
      consume: (partition, holding) => this.consumer(group, topic, partition, holding.take, () => holding.from),
      failed: (partition, error) => this.options.events.handlerFailed(group, topic, partition, error),
    });
    own.set(place, membership);
    return this.subscriptions.add(membership);
  }

  private consumer(group: string, topic: Topic, partition: number, handler: BatchHandler, start: () => number | undefined): Subscription {
    const consumer = new Consumer({
      handler,
      start: async () => start(),
      fetch: (from) => this.fetch(topic, partition, from),
      sleep: this.options.sleep,
      gap: (missing) => this.options.events.gap(group, topic, partition, missing),
      failed: (error) => this.options.events.handlerFailed(group, topic, partition, error),
    });
    return this.subscriptions.add(consumer);
  }

  commit(group: string, topic: Topic, partition: number, nextOffset: number): Promise<void> {
    return this.commitAs(this.own, group, topic, partition, nextOffset);
  }

  private async commitAs(
    own: ReadonlyMap<string, Membership>,
    group: string,
    topic: Topic,
    partition: number,
    nextOffset: number,
  ): Promise<void> {
    const { log } = this.partition(topic, partition);
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0 || nextOffset > log.end) {
      throw new BackendError('badOffset', `commit of ${nextOffset} in ${topic}/${partition}, which ends at ${log.end}`, false);
    }
    if (own.get(`${group}/${topic}`)?.holds(partition) === false) {
      this.options.events.fenced?.(group, topic, partition);
      throw new BackendError('fenced', `${topic}/${partition} is not with this member of ${group}`, false);
    }
    if (this.options.positions.set({ group, topic, partition, next: nextOffset })) this.options.committed();
  }

  async committed(group: string, topic: Topic, partition: number): Promise<number | undefined> {
    this.partition(topic, partition);
    return this.options.positions.get(group, topic, partition);
  }

  async end(topic: Topic, partition: number): Promise<number> {
    return this.partition(topic, partition).log.end;
  }

  /** By halving, since the time of these logs never goes back. */
  async offsetAt(topic: Topic, partition: number, loggedAtMs: number): Promise<number> {
    const { log } = this.partition(topic, partition);
    let low = log.earliest;
    let high = log.end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (log.read(middle, 1, 0)[0]!.loggedAtMs < loggedAtMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Opens a partition before anyone asks for it. */
  open(topic: Topic, partition: number): void {
    this.partition(topic, partition);
  }

  /** Records from an offset on; waits for the first to come, at most so long, or until the bus is closed. */
  async fetch(topic: Topic, partition: number, from: number, waitMs?: number): Promise<Fetched> {
    const opened = this.partition(topic, partition);
    if (from === opened.log.end) await this.grown(opened, waitMs);
    const { earliest, end } = opened.log;
    if (this.closed) throw new BackendError('closed', 'the bus is closed', false);
    if (from < earliest || from >= end) return { records: [], earliest, end };
    return { records: opened.log.read(from, BATCH_RECORDS, BATCH_BYTES), earliest, end };
  }

  /** One record, or undefined where the log does not have it (any more). */
  recordAt(topic: Topic, partition: number, offset: number): BusRecord | undefined {
    const { log } = this.partition(topic, partition);
    return offset < log.earliest || offset >= log.end ? undefined : log.read(offset, 1, 0)[0];
  }

  /** Deletes what is below the offset, as far as the log's pieces allow, whoever still wants it. */
  release(topic: Topic, partition: number, before: number): void {
    this.partition(topic, partition).log.release(before);
  }

  /** Deletes what every group has committed. */
  releaseConsumed(): void {
    for (const topic of TOPICS) {
      if (!this.options.topics[topic].deleteConsumed) continue;
      for (const [partition, { log }] of this.opened[topic]) {
        const lowest = this.options.positions.lowest(topic, partition);
        if (lowest !== undefined) log.release(lowest);
      }
    }
  }

  state(topic: Topic): TopicState {
    let records = 0;
    for (const { log } of this.opened[topic].values()) records += log.end - log.earliest;
    return { bytes: this.bytes[topic], records };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const stopping = this.subscriptions.stopAll();
    for (const topic of TOPICS) for (const { waiting } of this.opened[topic].values()) for (const wake of waiting) wake();
    await stopping;
    for (const topic of TOPICS) for (const { log } of this.opened[topic].values()) log.close();
    this.options.onClose();
  }

  private grown(opened: Partition, waitMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        opened.waiting.delete(done);
        resolve();
      };
      const timer = waitMs === undefined ? undefined : setTimeout(done, waitMs);
      if (this.closed) done();
      else opened.waiting.add(done);
    });
  }

  private partition(topic: Topic, partition: number): Partition {
    if (this.closed) throw new BackendError('closed', 'the bus is closed', false);
    return this.opened[topic].get(partition) ?? this.openPartition(topic, partition);
  }

  private openPartition(topic: Topic, partition: number): Partition {
    const settings = this.options.topics[topic];
    if (!Number.isInteger(partition) || partition < 0 || partition >= settings.partitions) {
      throw new BackendError('noPartition', `${topic} has ${settings.partitions} partitions, not ${partition}`, false);
    }
    const waiting = new Set<() => void>();
    const log = this.options.open(topic, partition, {
      now: this.options.now,
      grown: () => {
        for (const wake of waiting) wake();
      },
      reserve: (bytes) => {
        if (this.bytes[topic] + bytes > settings.limitBytes) {
          throw new BackendError('storageFull', `${topic} is at its limit of ${settings.limitBytes} bytes`, false);
        }
        this.bytes[topic] += bytes;
      },
      free: (bytes) => {
        this.bytes[topic] -= bytes;
      },
    });
    const opened = { log, waiting };
    this.opened[topic].set(partition, opened);
    return opened;
  }
}
