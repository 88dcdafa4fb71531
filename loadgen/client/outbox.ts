/**
 * What a socket did not take. A raw write takes what the kernel takes and keeps nothing (oven-sh/bun#9682), so the tail
 * is kept here, in order, within a limit per connection, and goes out on drain. A connection has state only while it has one.
 */
export interface Writable {
  /** Bytes taken; negative when the socket is gone. */
  write(data: Uint8Array): number;
}

/** 'full': the message was not kept, as the tail is at its limit; the stream is whole only if the caller hangs up. */
export type WriteOutcome = 'written' | 'kept' | 'full' | 'gone';

export class Outbox {
  private readonly limitBytes: number;
  private readonly tails = new Map<number, Uint8Array[]>();
  private readonly tailBytes = new Map<number, number>();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get connections(): number {
    return this.tails.size;
  }

  bytesOf(connection: number): number {
    return this.tailBytes.get(connection) ?? 0;
  }

  write(connection: number, socket: Writable, data: Uint8Array): WriteOutcome {
    const tail = this.tails.size === 0 ? undefined : this.tails.get(connection);
    if (tail !== undefined) {
      const bytes = this.bytesOf(connection) + data.length;
      if (bytes > this.limitBytes) return 'full';
      tail.push(data);
      this.tailBytes.set(connection, bytes);
      return 'kept';
    }
    const taken = socket.write(data);
    if (taken === data.length) return 'written';
    if (taken < 0) return 'gone';
    if (data.length - taken > this.limitBytes) return 'full';
    this.tails.set(connection, [data.subarray(taken)]);
    this.tailBytes.set(connection, data.length - taken);
    return 'kept';
  }

  drain(connection: number, socket: Writable): void {
    const tail = this.tails.get(connection);
    if (tail === undefined) return;
    let bytes = this.bytesOf(connection);
    let sent = 0;
    while (sent < tail.length) {
      const taken = socket.write(tail[sent]!);
      if (taken < 0) return this.forget(connection);
      bytes -= taken;
      if (taken < tail[sent]!.length) {
        tail[sent] = tail[sent]!.subarray(taken);
        break;
      }
      sent++;
    }
    if (sent === tail.length) return this.forget(connection);
    tail.splice(0, sent);
    this.tailBytes.set(connection, bytes);
  }

  forget(connection: number): void {
    this.tails.delete(connection);
    this.tailBytes.delete(connection);
  }
}
