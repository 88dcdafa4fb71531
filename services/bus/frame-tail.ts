/** The newest frames of a log in memory, so that readers at its end need no file. Bounded in bytes. */
import { collectRecords, frameAt } from './file-frame.ts';

interface Held {
  readonly base: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

export class FrameTail {
  private readonly limitBytes: number;
  private frames: Held[] = [];
  private head = 0;
  private bytes = 0;
  private end: number;

  /** `end`: offset of the next record. */
  constructor(limitBytes: number, end: number) {
    this.limitBytes = limitBytes;
    this.end = end;
  }

  /** Offset of the first record held; the log's end when none is. */
  get base(): number {
    return this.frames[this.head]?.base ?? this.end;
  }

  push(bytes: Uint8Array, count: number): void {
    this.frames.push({ base: this.end, count, bytes });
    this.end += count;
    this.bytes += bytes.length;
    while (this.bytes > this.limitBytes) this.bytes -= this.frames[this.head++]!.bytes.length;
    if (this.head * 2 > this.frames.length) {
      this.frames = this.frames.slice(this.head);
      this.head = 0;
    }
  }

  collect(from: number, into: Parameters<typeof collectRecords>[4]): void {
    let index = this.frames.length - 1;
    while (index > this.head && this.frames[index]!.base > from) index--;
    for (; index < this.frames.length; index++) {
      const { base, bytes } = this.frames[index]!;
      const read = frameAt(bytes, 0, false);
      if (read.state !== 'whole' || !collectRecords(bytes, read.frame, base, from, into)) return;
    }
  }
}
