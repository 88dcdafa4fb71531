/**
 * The bus: an ordered log in topics and partitions. `messages` and `receipts` are partitioned by conversation with
 * `partitionOf`; `deliveries` has a partition per gateway. The number of partitions of a topic never changes in place.
 */
export type Topic = 'messages' | 'receipts' | 'deliveries';

export interface BusRecord {
  readonly offset: number;
  /** Time of the log, which alone decides in dispatch. Never goes back within a partition. */
  readonly loggedAtMs: number;
  readonly value: Uint8Array;
}

export interface Subscription {
  /** Resolves when the handler has returned for the last time. */
  stop(): Promise<void>;
}

export interface Bus {
  partitions(topic: Topic): number;
  /**
   * Resolves with the offset of the first value when all of them are durable, in this order and without others between.
   * Rejects with BackendError; then the outcome is unknown, and a repetition may store the values twice.
   */
  append(topic: Topic, partition: number, values: readonly Uint8Array[]): Promise<number>;
  /**
   * Hands over batches in offset order, one at a time, from the group's committed offset, else from the earliest record.
   * The next batch comes when the handler's promise resolves; when it rejects, the same batch comes again after a pause.
   */
  consume(group: string, topic: Topic, partition: number, handler: (batch: readonly BusRecord[]) => Promise<void>): Promise<Subscription>;
  /** Moves the group's position: the next record it wants. Never moves it back. */
  commit(group: string, topic: Topic, partition: number, nextOffset: number): Promise<void>;
  close(): Promise<void>;
}
