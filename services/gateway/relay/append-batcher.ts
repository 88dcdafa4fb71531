/**
 * Batches what goes to the bus: one request in flight per partition, and all that comes meanwhile goes with the next. So a
 * busy relay sends large batches and an idle one adds no delay. Bounded in bytes; at the bound nothing is taken.
 */
import type { Bus, Topic } from '../../bus/bus.ts';

export interface AppendBatcherOptions {
  readonly bus: Bus;
  readonly topic: Topic;
  readonly limitBytes: number;
  readonly lingerMs: number;
  readonly onPendingBytes: (bytes: number) => void;
  readonly onAppend: () => void;
}

export type Appended = (failure: unknown | undefined) => void;

interface Queue {
  values: Uint8Array[];
  callbacks: Appended[];
  bytes: number;
  inFlight: boolean;
  scheduled: boolean;
}

const MAX_VALUES = 4_096;
const MAX_BYTES = 4 * 1_048_576;
const OVERHEAD_BYTES = 64;

export class AppendBatcher {
  pendingBytes = 0;
  private readonly options: AppendBatcherOptions;
  private readonly queues: Queue[] = [];

  constructor(options: AppendBatcherOptions) {
    this.options = options;
  }

  /** False when the bound is reached: the value was not taken. */
  add(partition: number, value: Uint8Array, done: Appended): boolean {
    if (this.pendingBytes + value.length + OVERHEAD_BYTES > this.options.limitBytes) return false;
    const queue = this.queueOf(partition);
    queue.values.push(value);
    queue.callbacks.push(done);
    queue.bytes += value.length;
    this.changePending(value.length + OVERHEAD_BYTES);
    this.schedule(partition, queue);
    return true;
  }

  private queueOf(partition: number): Queue {
    this.queues[partition] ??= { values: [], callbacks: [], bytes: 0, inFlight: false, scheduled: false };
    return this.queues[partition];
  }

  private schedule(partition: number, queue: Queue): void {
    if (queue.scheduled || queue.inFlight || queue.values.length === 0) return;
    queue.scheduled = true;
    const flush = () => this.flush(partition, queue);
    if (this.options.lingerMs === 0) setImmediate(flush);
    else setTimeout(flush, this.options.lingerMs);
  }

  private flush(partition: number, queue: Queue): void {
    queue.scheduled = false;
    const count = this.countThatFits(queue);
    const values = queue.values.splice(0, count);
    const callbacks = queue.callbacks.splice(0, count);
    let bytes = 0;
    for (const value of values) bytes += value.length;
    queue.bytes -= bytes;
    queue.inFlight = true;
    this.options.onAppend();
    const settle = (failure: unknown | undefined) => {
      queue.inFlight = false;
      this.changePending(-bytes - values.length * OVERHEAD_BYTES);
      for (const done of callbacks) done(failure);
      this.schedule(partition, queue);
    };
    this.options.bus.append(this.options.topic, partition, values).then(
      () => settle(undefined),
      (error: unknown) => settle(error ?? new Error('append failed')),
    );
  }

  private countThatFits(queue: Queue): number {
    if (queue.values.length <= MAX_VALUES && queue.bytes <= MAX_BYTES) return queue.values.length;
    let bytes = 0;
    let count = 0;
    while (count < queue.values.length && count < MAX_VALUES && (count === 0 || bytes + queue.values[count]!.length <= MAX_BYTES)) {
      bytes += queue.values[count++]!.length;
    }
    return count;
  }

  private changePending(bytes: number): void {
    this.pendingBytes += bytes;
    this.options.onPendingBytes(this.pendingBytes);
  }
}
