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
  /** Raised by the owner when the peer has proved who it is. */
  maxFrameBytes: number;
  private readonly schedule: (flush: () => void) => void;
  private readonly boundFlush = () => this.flush();
  private sink: ByteSink | undefined;
  private scheduled = false;
  private out = new Uint8Array(INITIAL_BYTES);
  private outStart = 0;
  private outEnd = 0;
  /** A frame that has begun, in a buffer of its size once its length is known, and how much of it is there. */
  private carry: Uint8Array | undefined;
  private carried = 0;
  private broken = false;

  constructor(options: FramedStreamOptions) {
    this.options = options;
    this.maxFrameBytes = options.maxFrameBytes;
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
    this.broken = false;
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

  receive(received: Uint8Array): void {
    const { sink } = this;
    // Sockets give a Buffer, of which `slice` is a view: a reader that keeps a slice would keep bytes that change under it.
    const chunk = new Uint8Array(received.buffer, received.byteOffset, received.length);
    /** False as soon as the stream is broken, or its owner has given up this socket in a callback. */
    const goesOn = () => !this.broken && this.sink === sink;
    let at = 0;
    while (at < chunk.length && goesOn()) {
      if (this.carry !== undefined) {
        at += this.carryOn(chunk, at);
        continue;
      }
      const length = chunk.length - at < HEADER_BYTES ? 0 : this.lengthAt(chunk, at);
      if (length === undefined) break;
      const end = at + HEADER_BYTES + length;
      if (end > chunk.length) {
        this.carry = new Uint8Array(HEADER_BYTES + length);
        this.carry.set(chunk.subarray(at));
        this.carried = chunk.length - at;
        break;
      }
      this.options.onFrame(chunk.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    this.options.onChunkEnd?.();
  }

  /** Adds to the frame that has begun what the chunk has of it, each byte copied once. Gives how much that was. */
  private carryOn(chunk: Uint8Array, at: number): number {
    const carry = this.carry!;
    const taken = Math.min(carry.length - this.carried, chunk.length - at);
    carry.set(chunk.subarray(at, at + taken), this.carried);
    this.carried += taken;
    if (this.carried < carry.length) return taken;
    const length = this.lengthAt(carry, 0);
    if (length === undefined) return taken;
    if (carry.length < HEADER_BYTES + length) {
      this.carry = new Uint8Array(HEADER_BYTES + length);
      this.carry.set(carry);
      return taken;
    }
    this.carry = undefined;
    this.options.onFrame(carry.subarray(HEADER_BYTES));
    return taken;
  }

  /** Length of the frame that starts here; undefined when it breaks the stream, of which nothing more is read then. */
  private lengthAt(data: Uint8Array, at: number): number | undefined {
    const length = (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)) >>> 0;
    if (length <= this.maxFrameBytes) return length;
    this.broken = true;
    this.options.onBroken(`frame of ${length} bytes, at most ${this.maxFrameBytes}`);
    return undefined;
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
