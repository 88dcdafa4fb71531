/**
 * Reads server WebSocket frames from chunks as TCP delivers them, for all connections of a process. A connection has
 * state here only while one of its frames or messages is cut; a whole message in one chunk is handed over as a view of it.
 * What is kept is copied with `new Uint8Array`: `slice` of a Buffer is a view, and would keep the whole chunk alive.
 */
import { LIMITS } from '../../services/protocol/limits.ts';
import { OPCODES } from './client-frame.ts';

export interface StreamVisitor {
  /** A whole binary message. A view: valid until the visitor returns. */
  message(connection: number, message: Uint8Array): void;
  ping(connection: number, payload: Uint8Array): void;
  /** A close frame; 1005 when it carries no code. */
  closing(connection: number, code: number): void;
}

const LARGEST_MESSAGE_BYTES = LIMITS.webSocketMessageBytes.value;
const NO_CODE = 1005;

export class ServerStream {
  /** The start of a frame whose end has not come. */
  private readonly cut = new Map<number, Uint8Array>();
  /** The parts so far of a fragmented message. */
  private readonly parts = new Map<number, Uint8Array[]>();

  get held(): number {
    return this.cut.size + this.parts.size;
  }

  forget(connection: number): void {
    this.cut.delete(connection);
    this.parts.delete(connection);
  }

  /** Visits every frame that is complete. Gives the reason when the server broke the protocol: then hang up. */
  push(connection: number, chunk: Uint8Array, visitor: StreamVisitor): string | undefined {
    let source = chunk;
    const before = this.cut.size === 0 ? undefined : this.cut.get(connection);
    if (before !== undefined) {
      source = new Uint8Array(before.length + chunk.length);
      source.set(before);
      source.set(chunk, before.length);
      this.cut.delete(connection);
    }
    let at = 0;
    while (at < source.length) {
      const available = source.length - at;
      if (available < 2) break;
      const second = source[at + 1]!;
      const short = second & 0x7f;
      const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (available < headBytes) break;
      const payloadBytes = short < 126 ? short : short === 126 ? (source[at + 2]! << 8) | source[at + 3]! : longLength(source, at + 2);
      if (payloadBytes > LARGEST_MESSAGE_BYTES) return `frame of ${payloadBytes} bytes`;
      if ((second & 0x80) !== 0) return 'masked frame from a server';
      if (available < headBytes + payloadBytes) break;
      const failure = this.frame(connection, source[at]!, source.subarray(at + headBytes, at + headBytes + payloadBytes), visitor);
      if (failure !== undefined) return failure;
      at += headBytes + payloadBytes;
    }
    if (at < source.length) this.cut.set(connection, new Uint8Array(source.subarray(at)));
    return undefined;
  }

  private frame(connection: number, first: number, payload: Uint8Array, visitor: StreamVisitor): string | undefined {
    if ((first & 0x70) !== 0) return 'reserved bits set';
    const final = (first & 0x80) !== 0;
    switch (first & 0x0f) {
      case OPCODES.binary:
        if (this.parts.size > 0 && this.parts.has(connection)) return 'message within a message';
        if (final) visitor.message(connection, payload);
        else this.parts.set(connection, [new Uint8Array(payload)]);
        return undefined;
      case OPCODES.continuation:
        return this.continued(connection, final, payload, visitor);
      case OPCODES.close:
        visitor.closing(connection, payload.length >= 2 ? (payload[0]! << 8) | payload[1]! : NO_CODE);
        return undefined;
      case OPCODES.ping:
        visitor.ping(connection, payload);
        return undefined;
      case OPCODES.pong:
        return undefined;
      default:
        return `opcode ${first & 0x0f}`;
    }
  }

  private continued(connection: number, final: boolean, payload: Uint8Array, visitor: StreamVisitor): string | undefined {
    const parts = this.parts.get(connection);
    if (parts === undefined) return 'continuation of nothing';
    parts.push(new Uint8Array(payload));
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes > LARGEST_MESSAGE_BYTES) return `message of ${bytes} bytes`;
    if (!final) return undefined;
    this.parts.delete(connection);
    visitor.message(connection, Buffer.concat(parts));
    return undefined;
  }
}

/** A 64-bit length; anything above 2^32 is over every limit anyway. */
function longLength(source: Uint8Array, at: number): number {
  const view = new DataView(source.buffer, source.byteOffset + at, 8);
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
}
