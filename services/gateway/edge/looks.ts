/**
 * What the sessions of an edge have subscribed to, as the frames came: a relay keeps it in memory alone, so that one which
 * was started again is given it. Bounded in bytes; at the bound a subscription is refused.
 */
export class Looks {
  bytes = 0;
  private readonly limitBytes: number;
  private readonly frames = new Map<number, Uint8Array>();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** In place of what the connection had. False at the bound: nothing was kept, and what it had is forgotten. */
  keep(connection: number, frame: Uint8Array): boolean {
    this.forget(connection);
    if (this.bytes + frame.length + ENTRY_BYTES > this.limitBytes) return false;
    // A view's buffer would be kept with it.
    this.frames.set(connection, new Uint8Array(frame));
    this.bytes += frame.length + ENTRY_BYTES;
    return true;
  }

  forget(connection: number): void {
    const known = this.frames.get(connection);
    if (known === undefined) return;
    this.frames.delete(connection);
    this.bytes -= known.length + ENTRY_BYTES;
  }

  all(): Iterable<readonly [connection: number, frame: Uint8Array]> {
    return this.frames;
  }
}

/** An entry of the map and the array's own header. */
const ENTRY_BYTES = 120;
