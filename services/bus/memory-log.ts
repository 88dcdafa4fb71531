/** A partition in memory, for tests and the simulator: an append is readable at once and its time is that of the clock. */
import type { BusRecord } from './bus.ts';
import { LogClock } from './log-clock.ts';
import type { PartitionLog, PartitionLogOptions } from './partition-log.ts';

const RECORD_OVERHEAD_BYTES = 64;

export class MemoryLog implements PartitionLog {
  earliest = 0;
  private readonly options: PartitionLogOptions;
  private records: BusRecord[] = [];
  private readonly clock: LogClock;

  constructor(options: PartitionLogOptions) {
    this.options = options;
    this.clock = new LogClock(options.now, 0);
  }

  get end(): number {
    return this.earliest + this.records.length;
  }

  append(values: readonly Uint8Array[]): Promise<number> {
    const first = this.end;
    let bytes = 0;
    for (const value of values) bytes += value.length + RECORD_OVERHEAD_BYTES;
    this.options.reserve(bytes);
    const loggedAtMs = this.clock.next();
    // Not value.slice(): that of a Buffer is no copy.
    for (const value of values) this.records.push({ offset: this.end, loggedAtMs, value: new Uint8Array(value) });
    this.options.grown();
    return Promise.resolve(first);
  }

  read(from: number, maxRecords: number, maxBytes: number): readonly BusRecord[] {
    const start = from - this.earliest;
    let stop = start;
    for (let bytes = 0; stop < this.records.length && stop - start < maxRecords; stop++) {
      bytes += this.records[stop]!.value.length;
      if (bytes > maxBytes && stop > start) break;
    }
    return this.records.slice(start, stop);
  }

  release(before: number): void {
    const gone = this.records.splice(0, Math.min(this.records.length, before - this.earliest));
    this.earliest += gone.length;
    let bytes = 0;
    for (const record of gone) bytes += record.value.length + RECORD_OVERHEAD_BYTES;
    this.options.free(bytes);
  }

  close(): void {}
}
