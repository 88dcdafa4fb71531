/** What tests of buses build on: an implementation made for them, and its records read back. */
import type { Bus, BusRecord, SharedBus, Start, Topic } from './bus.ts';

export interface BusHarness {
  readonly bus: Bus;
  /** The same log as another process would have it; undefined where the implementation knows no groups. */
  readonly another: (() => Promise<SharedBus>) | undefined;
  /** Deletes records below the offset, as retention would. */
  truncate(topic: Topic, partition: number, before: number): Promise<void>;
  /** The same log, after its process was stopped and started again. Undefined where nothing outlives the process. */
  readonly restart: (() => Promise<Bus>) | undefined;
  close(): Promise<void>;
}

export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function text(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}

export async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 40_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('it did not come true in time');
    await Bun.sleep(2);
  }
}

/** The first so many records that a consumer gets, copied; then it is stopped. */
export async function collect(
  bus: Bus,
  group: string,
  topic: Topic,
  partition: number,
  count: number,
  start?: Start,
): Promise<BusRecord[]> {
  const records: BusRecord[] = [];
  const subscription = await bus.consume(
    group,
    topic,
    partition,
    async (batch) => void records.push(...batch.map((record) => ({ ...record, value: new Uint8Array(record.value) }))),
    start,
  );
  await until(() => records.length >= count);
  await subscription.stop();
  return records;
}
