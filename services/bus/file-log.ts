/**
 * A partition in files. A record is in its file by write() before append resolves, so it outlives the process by kill -9;
 * there is no fsync, so it may not outlive the machine. All appends of one turn of the event loop are one write.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../runtime/backend-error.ts';
import type { BusRecord } from './bus.ts';
import { FRAME_OVERHEAD_BYTES, FrameBuilder, RECORD_OVERHEAD_BYTES } from './file-frame.ts';
import { FrameTail } from './frame-tail.ts';
import { LogClock } from './log-clock.ts';
import type { PartitionLog, PartitionLogOptions } from './partition-log.ts';
import { Segment } from './segment.ts';

export interface FileLogOptions extends PartitionLogOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  /** Whole segments that `release` leaves, consumed or not. */
  readonly keepSegments: number;
  readonly schedule: (flush: () => void) => void;
  /** A torn tail was cut at the start. */
  readonly cut: (bytes: number) => void;
}

interface Waiter {
  readonly first: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
}

const FLUSH_BYTES = 1_048_576;
const TAIL_BYTES = 524_288;
const BLOCK_BYTES = 262_144;
const ONE_RECORD_BLOCK_BYTES = 8_192;

export class FileLog implements PartitionLog {
  private readonly options: FileLogOptions;
  private readonly segments: Segment[] = [];
  private readonly building = new FrameBuilder();
  private readonly tail: FrameTail;
  private readonly clock: LogClock;
  private waiters: Waiter[] = [];
  private reservedBytes = 0;
  private scheduled = false;
  private broken: BackendError | undefined;

  constructor(options: FileLogOptions) {
    this.options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    const bases = readdirSync(options.directory)
      .filter((name) => name.endsWith('.log'))
      .map((name) => Number(name.slice(0, -4)))
      .sort((a, b) => a - b);
    for (const [index, base] of bases.entries()) {
      const next = bases[index + 1];
      if (next === undefined) this.recoverLast(base);
      else this.segments.push(Segment.closed(this.pathOf(base), base, next));
    }
    for (const segment of this.segments) options.reserve(segment.bytes);
    this.tail = new FrameTail(TAIL_BYTES, this.end);
    this.clock = new LogClock(options.now, this.lastTime());
  }

  get earliest(): number {
    return this.segments[0]?.base ?? 0;
  }

  get end(): number {
    return this.segments.at(-1)?.end ?? 0;
  }

  append(values: readonly Uint8Array[]): Promise<number> {
    if (this.broken !== undefined) throw this.broken;
    let bytes = FRAME_OVERHEAD_BYTES;
    for (const value of values) bytes += RECORD_OVERHEAD_BYTES + value.length;
    this.options.reserve(bytes);
    this.reservedBytes += bytes;
    const first = this.end + this.building.count;
    for (const value of values) this.building.add(value);
    return new Promise((resolve, reject) => {
      this.waiters.push({ first, resolve, reject });
      if (this.building.bytes >= FLUSH_BYTES) this.flush();
      else this.scheduleFlush();
    });
  }

  read(from: number, maxRecords: number, maxBytes: number): readonly BusRecord[] {
    const into = { records: [] as BusRecord[], bytes: 0, maxRecords, maxBytes };
    if (from >= this.tail.base) this.tail.collect(from, into);
    else this.segmentOf(from).collect(from, into, maxRecords === 1 ? ONE_RECORD_BLOCK_BYTES : BLOCK_BYTES);
    return into.records;
  }

  release(before: number): void {
    while (this.segments.length > 1 + this.options.keepSegments && this.segments[0]!.end <= before) {
      const segment = this.segments.shift()!;
      segment.delete();
      this.options.free(segment.bytes);
    }
  }

  close(): void {
    this.flush();
    for (const segment of this.segments) segment.close();
    this.broken = new BackendError('closed', 'the log is closed', false);
  }

  private scheduleFlush(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.schedule(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.building.count === 0 || this.broken !== undefined) return;
    const { waiters, reservedBytes } = this;
    this.waiters = [];
    this.reservedBytes = 0;
    const { count } = this.building;
    const loggedAtMs = this.clock.next();
    const frame = this.building.finish(loggedAtMs);
    try {
      this.active().append(frame, count, loggedAtMs);
    } catch (error) {
      this.options.free(reservedBytes);
      const failure = this.failureOf(error);
      for (const waiter of waiters) waiter.reject(failure);
      return;
    }
    this.options.free(reservedBytes - frame.length);
    this.tail.push(frame, count);
    for (const waiter of waiters) waiter.resolve(waiter.first);
    this.options.grown();
  }

  /** A full disk heals when there is room again; after any other failure what the file holds is not known. */
  private failureOf(error: unknown): BackendError {
    const reason = error instanceof Error ? error.message : String(error);
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return new BackendError('storageFull', reason, false, error);
    this.broken = new BackendError('storageFailed', reason, false, error);
    return this.broken;
  }

  private active(): Segment {
    const last = this.segments.at(-1);
    if (last !== undefined && last.bytes < this.options.segmentBytes) return last;
    const segment = Segment.create(this.pathOf(this.end), this.end);
    this.segments.push(segment);
    return segment;
  }

  private recoverLast(base: number): void {
    const { segment, cutBytes } = Segment.recover(this.pathOf(base), base);
    if (cutBytes > 0) this.options.cut(cutBytes);
    this.segments.push(segment);
  }

  /** Log time of the last record; the last file may have none. */
  private lastTime(): number {
    const holding = this.segments.findLast((segment) => segment.end > segment.base);
    return holding?.lastTime() ?? 0;
  }

  private segmentOf(offset: number): Segment {
    let index = this.segments.length - 1;
    while (index > 0 && this.segments[index]!.base > offset) index--;
    return this.segments[index]!;
  }

  private pathOf(base: number): string {
    return join(this.options.directory, `${String(base).padStart(16, '0')}.log`);
  }
}
