/**
 * Length-prefixed frames over a byte stream, without the socket: `receive` takes chunks as they come and calls back per
 * frame; `push` queues frames that leave in one write per turn of the event loop. What the kernel does not take at once is
 * kept and goes on when the socket drains, so a short write never loses the middle of the stream (oven-sh/bun#9682).
 *
 *   frame := length:u32le payload
 */
export interface ByteSink {
  /** Takes what it can and returns how many bytes that was; the rest waits for `drained`. */
  write(bytes: Uint8Array): number;
  end(): void;
}

export interface FramedStreamOptions {
  readonly maxFrameBytes: number;
  /** Called for each frame. The payload is a view that is valid during the call only. */
  readonly onFrame: (payload: Uint8Array) => void;
  /** The peer broke the framing; the owner closes the socket. */
  readonly onBroken: (reason: string) => void;
  /** Called after the last whole frame of a chunk. */
  readonly onChunkEnd?: () => void;
  /** Asks for one `flush`, by default at the end of this turn of the event loop. */
  readonly schedule?: (flush: () => void) => void;
}

const HEADER_BYTES = 4;
const INITIAL_BYTES = 16_384;
const KEEP_BYTES = 1_048_576;

export class FramedStream {
  private readonly options: FramedStreamOptions;
  private readonly schedule: (flush: () => void) => void;
  private readonly boundFlush = () => this.flush();
  private sink: ByteSink | undefined;
  private scheduled = false;
  private out = new Uint8Array(INITIAL_BYTES);
  private outStart = 0;
  private outEnd = 0;
  private carry: Uint8Array | undefined;

  constructor(options: FramedStreamOptions) {
    this.options = options;
    this.schedule = options.schedule ?? ((flush) => void setImmediate(flush));
  }

  /** Bytes queued and not yet taken by the kernel. */
  get queuedBytes(): number {
    return this.outEnd - this.outStart;
  }

  get attached(): boolean {
    return this.sink !== undefined;
  }

  /** A new socket: what was queued or half received for an earlier one is dropped. */
  attach(sink: ByteSink): void {
    this.detach();
    this.sink = sink;
  }

  detach(): void {
    this.sink = undefined;
    this.outStart = this.outEnd = 0;
    this.carry = undefined;
  }

  /** Queues one frame made of these parts. Without a socket it is dropped: owners that must keep frames keep them. */
  push(...parts: readonly Uint8Array[]): void {
    if (this.sink === undefined) return;
    let length = 0;
    for (const part of parts) length += part.length;
    let at = this.reserve(length);
    for (const part of parts) {
      this.out.set(part, at);
      at += part.length;
    }
  }

  /** Room for one frame of `length` bytes, to be filled by the caller before it returns to the event loop. */
  frame(length: number): { target: Uint8Array; at: number } {
    return { at: this.reserve(length), target: this.out };
  }

  flush(): void {
    this.scheduled = false;
    if (this.sink === undefined || this.outEnd === this.outStart) return;
    const sink = this.sink;
    const taken = sink.write(this.out.subarray(this.outStart, this.outEnd));
    if (this.sink !== sink) return;
    this.outStart += Math.max(0, taken);
    if (this.outStart === this.outEnd) {
      this.outStart = this.outEnd = 0;
      if (this.out.length > KEEP_BYTES) this.out = new Uint8Array(INITIAL_BYTES);
    }
  }

  receive(chunk: Uint8Array): void {
    let data = chunk;
    if (this.carry !== undefined) {
      data = new Uint8Array(this.carry.length + chunk.length);
      data.set(this.carry);
      data.set(chunk, this.carry.length);
      this.carry = undefined;
    }
    let at = 0;
    while (data.length - at >= HEADER_BYTES) {
      const length = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
      if (length < 0 || length > this.options.maxFrameBytes) {
        this.options.onBroken(`frame of ${length >>> 0} bytes, at most ${this.options.maxFrameBytes}`);
        return;
      }
      const end = at + HEADER_BYTES + length;
      if (end > data.length) break;
      this.options.onFrame(data.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    if (at < data.length) this.carry = data.slice(at);
    if (at > 0) this.options.onChunkEnd?.();
  }

  private reserve(length: number): number {
    const needed = HEADER_BYTES + length;
    if (this.outEnd + needed > this.out.length) this.grow(needed);
    const at = this.outEnd;
    this.out[at] = length & 255;
    this.out[at + 1] = (length >>> 8) & 255;
    this.out[at + 2] = (length >>> 16) & 255;
    this.out[at + 3] = length >>> 24;
    this.outEnd += needed;
    if (!this.scheduled) {
      this.scheduled = true;
      this.schedule(this.boundFlush);
    }
    return at + HEADER_BYTES;
  }

  private grow(needed: number): void {
    const queued = this.queuedBytes;
    const target = queued + needed <= this.out.length / 2 ? this.out : new Uint8Array(Math.max(this.out.length * 2, (queued + needed) * 2));
    target.set(this.out.subarray(this.outStart, this.outEnd));
    this.out = target;
    this.outStart = 0;
    this.outEnd = queued;
  }
}
