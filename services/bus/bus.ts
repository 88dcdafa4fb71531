/**
 * The bus: an ordered log in topics and partitions. `messages` and `receipts` are partitioned by conversation with
 * `partitionOf`; `deliveries` has a partition per gateway. The number of partitions of a topic never changes in place.
 */
export const TOPICS = ['messages', 'receipts', 'deliveries'] as const;
export type Topic = (typeof TOPICS)[number];

export interface BusRecord {
  readonly offset: number;
  /** Time of the log, which alone decides in dispatch. */
  readonly loggedAtMs: number;
  /** Valid until the handler has returned: who keeps it longer copies it. */
  readonly value: Uint8Array;
}

export interface Subscription {
  /** Resolves when the handler has returned for the last time; so the handler itself never waits for it. */
  stop(): Promise<void>;
}

export type BatchHandler = (batch: readonly BusRecord[]) => Promise<void>;

/** Where a consumer begins: at the group's committed offset, at the first record that is kept, or at this one. */
export type Start = 'committed' | 'earliest' | number;

export interface Bus {
  partitions(topic: Topic): number;
  /**
   * Resolves with the offset of the first value when all of them are durable, in this order and without others between.
   * The values are read before it returns. Rejects with BackendError; then the outcome is unknown, and a repetition may
   * store the values twice, except for `storageFull` (the topic is at its size limit) and `recordTooLarge`, which store
   * nothing.
   */
  append(topic: Topic, partition: number, values: readonly Uint8Array[]): Promise<number>;
  /**
   * Hands over batches in offset order, one at a time, from the start, else from the earliest record. The next batch comes
   * when the handler's promise resolves; when it rejects, the same records come again, first, after a pause. A position
   * that the log no longer has, or does not have yet, goes on at the earliest record kept and is reported (BusEvents).
   */
  consume(group: string, topic: Topic, partition: number, handler: BatchHandler, start?: Start): Promise<Subscription>;
  /**
   * Moves the group's position: the next record it wants. Never moves it back. A crash may forget the last commits, no
   * older than COMMIT_FLUSH_MS: their records come again. A member whose partition has gone to another gets the code
   * `fenced`, which does not heal.
   */
  commit(group: string, topic: Topic, partition: number, nextOffset: number): Promise<void>;
  /** The group's position, or undefined where it never committed. */
  committed(group: string, topic: Topic, partition: number): Promise<number | undefined>;
  /** The offset that the next record will get. */
  end(topic: Topic, partition: number): Promise<number>;
  close(): Promise<void>;
}

/** One partition in the hands of a member of a group. */
export interface Holding {
  /** The first record wanted; undefined: the earliest kept. */
  readonly from: number | undefined;
  readonly take: BatchHandler;
  /**
   * The partition has gone to another member, or may have. Nothing more is handed over; a `take` under way may go on, and
   * its new owner may do the same at the same time.
   */
  readonly lost: () => void;
}

/**
 * A bus whose topics a group of processes shares, each partition with one member at a time. What dispatch stands on. One
 * bus object is one member of a group, and its commits are that member's.
 */
export interface SharedBus extends Bus {
  /**
   * Joins the group, which this bus must not be in already. `hold` is called for each partition that falls to this member, again when it comes back; when it
   * rejects it is called again after a pause. `stop` gives the partitions back, after each
   * `take` under way and then `lost` have returned.
   */
  share(group: string, topic: Topic, hold: (partition: number) => Promise<Holding>): Promise<Subscription>;
  /** Offset of the first record logged at or after the time; the end where there is none. */
  offsetAt(topic: Topic, partition: number, loggedAtMs: number): Promise<number>;
}

export const COMMIT_FLUSH_MS = 100;
/** Largest value: a message of 64 KiB with every session of the largest conversation fits many times. */
export const MAX_RECORD_BYTES = 8 * 1_048_576;

/** What a bus tells its owner, for logs and metrics. */
export interface BusEvents {
  /** A group's position was outside of the log: `missing` records were skipped (0 where the log ends before the position). */
  readonly gap: (group: string, topic: Topic, partition: number, missing: number) => void;
  /** A handler rejected, or a read failed; the consumer tries again. */
  readonly handlerFailed: (group: string, topic: Topic, partition: number, error: unknown) => void;
  /** A member had records to take and did not move for the stall time: it has left the group and joined it again. */
  readonly stalled?: (group: string, topic: Topic, partition: number) => void;
  /** A former owner wrote or committed after its partition had gone to another. */
  readonly fenced?: (group: string, topic: Topic, partition: number) => void;
}
