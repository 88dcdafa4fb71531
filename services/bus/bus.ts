/**
 * The bus: an ordered log in topics and partitions. `messages` and `receipts` are partitioned by conversation with
 * `partitionOf`; `deliveries` has a partition per gateway. The number of partitions of a topic never changes in place.
 */
export const TOPICS = ['messages', 'receipts', 'deliveries'] as const;
export type Topic = (typeof TOPICS)[number];

export interface BusRecord {
  readonly offset: number;
  /** Time of the log, which alone decides in dispatch. Never goes back within a partition. */
  readonly loggedAtMs: number;
  /** Valid until the handler has returned: who keeps it longer copies it. */
  readonly value: Uint8Array;
}

export interface Subscription {
  /** Resolves when the handler has returned for the last time; so the handler itself never waits for it. */
  stop(): Promise<void>;
}

export type BatchHandler = (batch: readonly BusRecord[]) => Promise<void>;

/** Where a consumer begins: at the group's committed offset, or at the first record that is kept. */
export type Start = 'committed' | 'earliest';

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
   * older than COMMIT_FLUSH_MS: their records come again.
   */
  commit(group: string, topic: Topic, partition: number, nextOffset: number): Promise<void>;
  /** The group's position, or undefined where it never committed. */
  committed(group: string, topic: Topic, partition: number): Promise<number | undefined>;
  /** The offset that the next record will get. */
  end(topic: Topic, partition: number): Promise<number>;
  close(): Promise<void>;
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
}
