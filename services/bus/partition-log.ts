/** One partition of a topic as a log in this process. What buses in memory and on files have in common stands on it. */
import type { BusRecord } from './bus.ts';

export interface PartitionLog {
  /** Offset of the first record kept, and of the next one to come. */
  readonly earliest: number;
  readonly end: number;
  /** Of at least one value. Resolves with the offset of the first once all can be read; then `grown` was called. */
  append(values: readonly Uint8Array[]): Promise<number>;
  /** Records from an offset within [earliest, end) on: at least one, then as many as the limits allow. */
  read(from: number, maxRecords: number, maxBytes: number): readonly BusRecord[];
  /** Nobody asks for records before this offset any more: what can be deleted is. */
  release(before: number): void;
  close(): void;
}

export interface PartitionLogOptions {
  readonly now: () => number;
  /** Called after records were appended. */
  readonly grown: () => void;
  /** Throws BackendError `storageFull` when so many more bytes are over the topic's limit; otherwise they are counted. */
  readonly reserve: (bytes: number) => void;
  readonly free: (bytes: number) => void;
}
