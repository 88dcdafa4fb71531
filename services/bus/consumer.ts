/**
 * The loop of one consumer, the same for every bus: fetch, hand over, again. One batch is fetched ahead while the handler
 * works. Knows nothing of where records come from.
 */
import type { BatchHandler, BusRecord, Subscription } from './bus.ts';

export interface Fetched {
  /** From the asked offset on; empty when nothing came in the time that a fetch waits. */
  readonly records: readonly BusRecord[];
  readonly earliest: number;
  readonly end: number;
}

export interface ConsumerOptions {
  /** The first offset wanted; undefined: the earliest kept. */
  readonly start: () => Promise<number | undefined>;
  readonly fetch: (from: number) => Promise<Fetched>;
  readonly handler: BatchHandler;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly gap: (missing: number) => void;
  /** The handler rejected, or a read failed; it is tried again. */
  readonly failed: (error: unknown) => void;
}

const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 1_000;

export class Consumer implements Subscription {
  private readonly options: ConsumerOptions;
  private readonly ended: Promise<void>;
  private stopped = false;
  private interrupt: (() => void) | undefined;
  private position: number | undefined;
  private ahead: Promise<Fetched> | undefined;

  constructor(options: ConsumerOptions) {
    this.options = options;
    this.ended = this.run();
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.interrupt?.();
    return this.ended;
  }

  private async run(): Promise<void> {
    this.position = await this.untilDone(() => this.options.start());
    let fresh = this.position === undefined;
    while (!this.stopped) {
      const fetched = await this.untilDone(() => this.fetch());
      if (fetched === undefined) return;
      const from: number = this.position ?? 0;
      if (from < fetched.earliest || from > fetched.end) {
        if (!fresh) this.options.gap(Math.max(0, fetched.earliest - from));
        this.position = fetched.earliest;
        fresh = false;
        continue;
      }
      fresh = false;
      const last = fetched.records.at(-1);
      if (last === undefined) continue;
      this.position = last.offset + 1;
      this.ahead = this.options.fetch(this.position);
      this.ahead.catch(() => undefined);
      await this.handOver(fetched.records);
    }
  }

  private fetch(): Promise<Fetched> {
    const fetch = this.ahead ?? this.options.fetch(this.position ?? 0);
    this.ahead = undefined;
    return fetch;
  }

  private async handOver(batch: readonly BusRecord[]): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.stopped; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
      try {
        return await this.options.handler(batch);
      } catch (error) {
        this.options.failed(error);
      }
      await this.interruptible(this.options.sleep(pauseMs));
    }
  }

  /** Repeats what may fail, with growing pauses; undefined when the consumer was stopped meanwhile. */
  private async untilDone<T>(operation: () => Promise<T>): Promise<T | undefined> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.stopped; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
      try {
        const result = await this.interruptible(operation());
        return this.stopped ? undefined : result;
      } catch (error) {
        if (this.stopped) return undefined;
        this.options.failed(error);
        await this.interruptible(this.options.sleep(pauseMs));
      }
    }
    return undefined;
  }

  /** Ends at once when the consumer is stopped. Not a race with one long-lived promise, which would keep every waiter. */
  private interruptible<T>(running: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.interrupt = () => resolve(undefined);
      running.then(resolve, reject);
    });
  }
}
