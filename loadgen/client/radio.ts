/**
 * What a device's radio does, from the bytes that its connection writes and reads: how many, and how often it had to wake up.
 * Bytes are those of the WebSocket stream, its upgrade included, as they are handed to TLS or TCP; headers of those and
 * acknowledgements of the kernel are not in them. A radio wakes where something comes or goes after it had been silent for its
 * tail, the time for which it stays on after the last byte.
 */
export interface RadioSeen {
  /** Connections times the time that was counted, open or not. */
  readonly deviceSeconds: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Writes and reads: with TCP each is a packet or more. */
  readonly writes: number;
  readonly reads: number;
  readonly wakeUps: number;
}

export class Radio {
  private readonly tailMs: number;
  private readonly lastMs: Float64Array;
  private fromMs = Number.NaN;
  private counts = { bytesOut: 0, bytesIn: 0, writes: 0, reads: 0, wakeUps: 0 };

  constructor(connections: number, tailMs: number) {
    this.tailMs = tailMs;
    this.lastMs = new Float64Array(connections).fill(Number.NEGATIVE_INFINITY);
  }

  /** Counts from here on. */
  start(nowMs: number): void {
    this.fromMs = nowMs;
    this.counts = { bytesOut: 0, bytesIn: 0, writes: 0, reads: 0, wakeUps: 0 };
  }

  wrote(connection: number, bytes: number, nowMs: number): void {
    this.touched(connection, nowMs);
    this.counts.writes++;
    this.counts.bytesOut += bytes;
  }

  read(connection: number, bytes: number, nowMs: number): void {
    this.touched(connection, nowMs);
    this.counts.reads++;
    this.counts.bytesIn += bytes;
  }

  seen(nowMs: number): RadioSeen {
    const seconds = Number.isNaN(this.fromMs) ? 0 : Math.max(0, nowMs - this.fromMs) / 1_000;
    return { deviceSeconds: this.lastMs.length * seconds, ...this.counts };
  }

  private touched(connection: number, nowMs: number): void {
    if (nowMs - this.lastMs[connection]! > this.tailMs) this.counts.wakeUps++;
    this.lastMs[connection] = nowMs;
  }
}
