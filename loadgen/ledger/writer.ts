/**
 * Appends events to a buffer and hands whole buffers to a sink; `flush` at least once a second, so that a worker that is
 * killed loses no more than that. Writing is synchronous: a slow disk shows as lateness, never as memory.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { EVENT_BYTES, type EventKind, type LedgerHead, writeHead } from './format.ts';

export type LedgerSink = (bytes: Uint8Array) => void;

const BUFFER_EVENTS = 2_730;

export class LedgerWriter {
  private readonly sink: LedgerSink;
  private readonly buffer = new Uint8Array(BUFFER_EVENTS * EVENT_BYTES);
  private readonly view = new DataView(this.buffer.buffer);
  private at = 0;

  /** Without a head it goes on with a ledger that has one. */
  constructor(head: LedgerHead | undefined, sink: LedgerSink) {
    this.sink = sink;
    if (head !== undefined) sink(writeHead(head));
  }

  append(kind: EventKind, code: number, number: number, connection: number, sequence: number, atMs: number): void {
    if (this.at === this.buffer.length) this.flush();
    const { view, at } = this;
    view.setUint8(at, kind);
    view.setUint16(at + 2, code, true);
    view.setUint32(at + 4, number, true);
    view.setUint32(at + 8, connection, true);
    view.setUint32(at + 12, sequence, true);
    view.setFloat64(at + 16, atMs, true);
    this.at = at + EVENT_BYTES;
  }

  flush(): void {
    if (this.at === 0) return;
    this.sink(this.buffer.subarray(0, this.at));
    this.at = 0;
  }
}

/** A sink on a new file. A write that fails throws: a ledger with a hole would prove nothing. */
export function fileSink(path: string): FileSink {
  return sinkOf(openSync(path, 'wx'));
}

/** On a file that whoever wrote it left: an event that was cut at the end is taken off first. */
export function reopenedSink(path: string): FileSink {
  const file = openSync(path, 'r+');
  const { size } = fstatSync(file);
  ftruncateSync(file, size - (size % EVENT_BYTES));
  closeSync(file);
  return sinkOf(openSync(path, 'a'));
}

export interface FileSink {
  readonly sink: LedgerSink;
  close(): void;
}

function sinkOf(file: number): FileSink {
  return {
    sink: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
    },
    close: () => closeSync(file),
  };
}
