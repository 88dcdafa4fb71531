/**
 * Frames for clients that came in one read of the link: what goes to one connection leaves as one WebSocket message, since
 * a message carries any number of whole frames and every write to a socket costs some 10 us. Holds views of the read's
 * buffer, so it is emptied before the read's turn ends.
 */
const TOGETHER_BYTES = 65_536;

export class Outbox {
  private readonly deliver: (connection: number, bytes: Uint8Array) => void;
  private readonly frames = new Map<number, Uint8Array | Uint8Array[]>();

  constructor(deliver: (connection: number, bytes: Uint8Array) => void) {
    this.deliver = deliver;
  }

  add(connection: number, bytes: Uint8Array): void {
    const known = this.frames.get(connection);
    if (known === undefined) this.frames.set(connection, bytes);
    else if (Array.isArray(known)) known.push(bytes);
    else this.frames.set(connection, [known, bytes]);
  }

  flush(): void {
    if (this.frames.size === 0) return;
    for (const [connection, frames] of this.frames) {
      if (Array.isArray(frames)) for (const message of together(frames)) this.deliver(connection, message);
      else this.deliver(connection, frames);
    }
    this.frames.clear();
  }
}

/** As few messages as the bound allows, in order. */
function together(frames: readonly Uint8Array[]): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let from = 0;
  while (from < frames.length) {
    let bytes = frames[from]!.length;
    let end = from + 1;
    while (end < frames.length && bytes + frames[end]!.length <= TOGETHER_BYTES) bytes += frames[end++]!.length;
    const message = new Uint8Array(bytes);
    let at = 0;
    for (const frame of frames.slice(from, end)) {
      message.set(frame, at);
      at += frame.length;
    }
    messages.push(message);
    from = end;
  }
  return messages;
}
