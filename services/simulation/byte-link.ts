/**
 * A TCP connection of a simulation: two directions of bytes that arrive late and in pieces, a buffer that fills up when its
 * reader does not read, and an end that may come in the middle of anything.
 */
import type { ByteSink } from '../runtime/framed-stream.ts';
import type { Life, VirtualTime } from './virtual-time.ts';

export interface ByteEnd {
  readonly life: Life;
  readonly receive: (chunk: Uint8Array) => void;
  readonly drained: () => void;
  readonly closed: () => void;
}

const BUFFER_BYTES = 65_536;
const CLOSE_MS = 2;

export class ByteLink {
  private readonly time: VirtualTime;
  private readonly below: (below: number) => number;
  private open = true;
  private readonly ends: readonly [ByteEnd, ByteEnd];
  private readonly inFlight: [number, number] = [0, 0];
  private readonly lastArrivalMs: [number, number] = [0, 0];
  private readonly stuck: [boolean, boolean] = [false, false];
  /** Bytes that still arrive after a cut, by direction. */
  private readonly left: [number, number] = [0, 0];
  private readonly told: [boolean, boolean] = [false, false];

  constructor(time: VirtualTime, below: (below: number) => number, ends: readonly [ByteEnd, ByteEnd]) {
    this.time = time;
    this.below = below;
    this.ends = ends;
  }

  /** What the process at that end writes into. */
  sink(end: 0 | 1): ByteSink {
    return { write: (bytes) => this.write(end, bytes), end: () => this.end(end) };
  }

  /** Breaks: of what is under way a part still arrives. */
  cut(): void {
    if (!this.open) return;
    this.open = false;
    for (const to of [0, 1] as const) {
      this.left[to] = this.below(this.inFlight[to] + 1);
      this.tell(to, CLOSE_MS + this.below(20));
    }
  }

  /** An orderly end: what was written before still arrives. */
  private end(from: 0 | 1): void {
    if (!this.open) return;
    this.open = false;
    const to = from === 0 ? 1 : 0;
    this.left[to] = this.inFlight[to];
    this.left[from] = 0;
    this.tell(to, CLOSE_MS);
    this.tell(from, CLOSE_MS);
  }

  private tell(to: 0 | 1, delayMs: number): void {
    if (this.told[to]) return;
    this.told[to] = true;
    const afterMs = Math.max(delayMs, this.lastArrivalMs[to] - this.time.nowMs + 0.01);
    this.time.after(this.ends[to].life, afterMs, 'link closed', () => this.ends[to].closed());
  }

  private write(from: 0 | 1, bytes: Uint8Array): number {
    if (!this.open) return 0;
    const to = from === 0 ? 1 : 0;
    const taken = Math.min(bytes.length, BUFFER_BYTES - this.inFlight[to]);
    if (taken < bytes.length) this.stuck[from] = true;
    let at = 0;
    while (at < taken) {
      const length = this.below(12) === 0 ? 1 + this.below(taken - at) : taken - at;
      this.carry(from, to, bytes.slice(at, at + length));
      at += length;
    }
    return taken;
  }

  private carry(from: 0 | 1, to: 0 | 1, chunk: Uint8Array): void {
    const { time } = this;
    this.inFlight[to] += chunk.length;
    const arrivalMs = Math.max(this.lastArrivalMs[to] + 0.001, time.nowMs + 0.05 + this.below(100) / (this.below(30) === 0 ? 2 : 200));
    this.lastArrivalMs[to] = arrivalMs;
    time.after(this.ends[to].life, arrivalMs - time.nowMs, 'link bytes', () => {
      this.inFlight[to] -= chunk.length;
      let arrived = chunk;
      if (!this.open) {
        arrived = chunk.subarray(0, Math.min(chunk.length, this.left[to]));
        this.left[to] -= arrived.length;
      }
      if (arrived.length > 0) {
        time.foldBytes(arrived);
        this.ends[to].receive(arrived);
      }
      if (this.stuck[from] && this.open && this.inFlight[to] < BUFFER_BYTES / 2) {
        this.stuck[from] = false;
        time.after(this.ends[from].life, 0.05, 'link drained', () => this.open && this.ends[from].drained());
      }
    });
  }
}
