/**
 * Appends to every partition of `messages` and takes them as a member of a group, without pause, for tests that do harm
 * meanwhile. Value n of a partition must come to stand at offset n, whatever happened, since none is appended by others.
 */
import { expect } from 'bun:test';
import type { KafkaSettings } from '../backends/settings.ts';
import { bytes, text } from './bus.harness.ts';
import type { BusRecord } from './bus.ts';
import { type KafkaBus, openKafkaBus } from './bus-kafka.ts';

const GROUP = 'traffic';
const GAP_MS = 25;
const WAIT_MS = 90_000;
/** So many more of each partition show that it goes on. */
const PROGRESS_RECORDS = 20;

export class KafkaTraffic {
  readonly settings: KafkaSettings;
  private readonly producer: KafkaBus;
  private readonly consumer: KafkaBus;
  private readonly lanes: readonly Lane[];
  private readonly wrong: string[];
  private timer: ReturnType<typeof setInterval> | undefined;

  private constructor(settings: KafkaSettings, producer: KafkaBus, consumer: KafkaBus, wrong: string[]) {
    this.settings = settings;
    this.producer = producer;
    this.consumer = consumer;
    this.wrong = wrong;
    this.lanes = Array.from({ length: settings.partitions.messages }, () => ({
      appended: 0,
      accepted: new Map(),
      taken: [],
      committed: 0,
    }));
  }

  static async start(settings: KafkaSettings): Promise<KafkaTraffic> {
    const wrong: string[] = [];
    const events = {
      gap: (_group: string, topic: string, partition: number, missing: number) =>
        void wrong.push(`${missing} records of ${topic}/${partition} were skipped`),
      handlerFailed: () => undefined,
    };
    const options = { events, sessionMs: 6_000, appendDeadlineMs: 2 * WAIT_MS };
    const [producer, consumer] = [await openKafkaBus(settings, options), await openKafkaBus(settings, options)];
    const traffic = new KafkaTraffic(settings, producer, consumer, wrong);
    await consumer.share(GROUP, 'messages', async (partition) => ({
      from: await consumer.committed(GROUP, 'messages', partition),
      take: (batch) => traffic.take(partition, batch),
      lost: () => undefined,
    }));
    traffic.goOn();
    return traffic;
  }

  goOn(): void {
    this.timer ??= setInterval(() => {
      for (const partition of this.lanes.keys()) this.append(partition);
    }, GAP_MS);
  }

  /** Resolves when every partition has accepted and handed over what was appended after this call. */
  async progress(): Promise<void> {
    const marks = this.lanes.map(({ appended }) => appended + PROGRESS_RECORDS);
    await this.until(() => this.lanes.every(({ accepted, taken }, at) => accepted.size >= marks[at]! && taken.length >= marks[at]!));
  }

  /** Stops to append, waits for what is on its way, and holds all of it so far against the log. */
  async check(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.until(() => this.lanes.every(({ appended, accepted, committed }) => accepted.size === appended && committed === appended));
    for (const [partition, { appended, accepted, taken }] of this.lanes.entries()) {
      expect(await this.producer.end('messages', partition)).toBe(appended);
      expect(taken).toEqual(Array.from({ length: appended }, (_, n) => `${partition} ${n}`));
      expect([...accepted].filter(([n, offset]) => n !== offset)).toEqual([]);
    }
    expect(this.wrong).toEqual([]);
    expect(this.producer.counts.pendingBytes).toBe(0);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([this.producer.close(), this.consumer.close()]);
  }

  private append(partition: number): void {
    const lane = this.lanes[partition]!;
    const n = lane.appended++;
    this.producer.append('messages', partition, [bytes(`${partition} ${n}`)]).then(
      (offset) => void lane.accepted.set(n, offset),
      (error: Error) => void this.wrong.push(`${partition} ${n}: ${error.message}`),
    );
  }

  private async take(partition: number, batch: readonly BusRecord[]): Promise<void> {
    const lane = this.lanes[partition]!;
    for (const { offset, value } of batch) {
      // What was not committed may come again; nothing may be left out, and nothing may come as something else.
      if (offset > lane.taken.length) this.wrong.push(`after ${lane.taken.length} of ${partition} came ${offset}`);
      if (offset < lane.taken.length && lane.taken[offset] !== text(value)) this.wrong.push(`${offset} of ${partition} has changed`);
      lane.taken[offset] = text(value);
    }
    const next = batch.at(-1)!.offset + 1;
    await this.consumer.commit(GROUP, 'messages', partition, next);
    lane.committed = Math.max(lane.committed, next);
  }

  private async until(holds: () => boolean): Promise<void> {
    for (const endMs = performance.now() + WAIT_MS; !holds(); ) {
      if (this.wrong.length > 0) throw new Error(`${this.settings.driver}: ${this.wrong.slice(0, 5).join('; ')}`);
      if (performance.now() > endMs) throw new Error(`${this.settings.driver} does not go on: ${this.where()}`);
      await Bun.sleep(20);
    }
  }

  private where(): string {
    return this.lanes
      .map(({ appended, accepted, taken, committed }) => `${appended}/${accepted.size}/${taken.length}/${committed}`)
      .join(', appended/accepted/taken/committed ');
  }
}

interface Lane {
  appended: number;
  readonly accepted: Map<number, number>;
  readonly taken: string[];
  committed: number;
}
