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

/** Calls back with each record. False when the deadline came first. */
export async function scanLog(options: ScanOptions, each: (partition: number, record: BusRecord) => void): Promise<boolean> {
  const { bus, topic, fromMs, group, deadlineMs } = options;
  const { promise: overdue, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), deadlineMs);
  const partitions = Array.from({ length: bus.partitions(topic) }, async (_, partition) => {
    const [from, end] = await Promise.all([bus.offsetAt(topic, partition, Math.max(0, fromMs)), bus.end(topic, partition)]);
    if (from >= end) return true;
    const { promise: read, resolve: finish } = Promise.withResolvers<true>();
    const take = async (batch: readonly BusRecord[]) => {
      for (const record of batch) if (record.offset < end) each(partition, record);
      if (batch.at(-1)!.offset + 1 >= end) finish(true);
    };
    const subscription = await bus.consume(group, topic, partition, take, from);
    const whole = await Promise.race([read, overdue]);
    await subscription.stop();
    return whole;
  });
  const whole = await Promise.all(partitions);
  clearTimeout(timer);
  return whole.every(Boolean);
}
