/** Reads a topic from a time on to where it ends now, without leaving a position behind. */
import type { BusRecord, SharedBus, Topic } from '../bus/bus.ts';

export interface ScanOptions {
  readonly bus: SharedBus;
  readonly topic: Topic;
  readonly fromMs: number;
  /** Commits nothing; a name that nobody else has. */
  readonly group: string;
  readonly deadlineMs: number;
}

export interface PartitionScanOptions extends Omit<ScanOptions, 'fromMs'> {
  readonly partition: number;
  readonly from: number;
}

/** Calls back with each record. False when the deadline came first. */
export async function scanLog(options: ScanOptions, each: (partition: number, record: BusRecord) => void): Promise<boolean> {
  const { bus, topic, fromMs } = options;
  const partitions = Array.from({ length: bus.partitions(topic) }, async (_, partition) => {
    const from = await bus.offsetAt(topic, partition, Math.max(0, fromMs));
    return scanPartition({ ...options, partition, from }, (record) => each(partition, record));
  });
  const whole = await Promise.all(partitions);
  return whole.every(Boolean);
}

/** The same of one partition, from an offset on. */
export async function scanPartition(options: PartitionScanOptions, each: (record: BusRecord) => void): Promise<boolean> {
  const { bus, topic, partition, from, group, deadlineMs } = options;
  const end = await bus.end(topic, partition);
  if (from >= end) return true;
  const { promise: overdue, resolve: expire } = Promise.withResolvers<false>();
  const timer = setTimeout(() => expire(false), deadlineMs);
  const { promise: read, resolve: finish } = Promise.withResolvers<true>();
  const take = async (batch: readonly BusRecord[]) => {
    for (const record of batch) if (record.offset < end) each(record);
    if (batch.at(-1)!.offset + 1 >= end) finish(true);
  };
  const subscription = await bus.consume(group, topic, partition, take, from);
  const whole = await Promise.race([read, overdue]);
  clearTimeout(timer);
  await subscription.stop();
  return whole;
}
