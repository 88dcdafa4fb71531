/**
 * One socket of a client that does not keep to what a client should do: it can stop reading, send half a request, or a frame that
 * is too large. It opens as others do, where it is told to, and notes when the other end ended it. Throws nothing: a socket that
 * could not be had is one that has ended.
 */
import net from 'node:net';
import tls from 'node:tls';
import { decode } from '../../services/protocol/codec.ts';
import type { Frame } from '../../services/protocol/frames.ts';
import { binaryFrame, closeFrame } from '../client/client-frame.ts';
import { ServerStream } from '../client/server-stream.ts';
import type { Upgrade } from '../client/upgrade.ts';
import { ownClockMs } from '../clock/offset.ts';

export interface RawTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Where the connection comes from, so that a limit by address does not meet others; left out: the kernel chooses. */
  readonly from?: string;
}

const ANSWER_LIMIT_MS = 15_000;

export class RawClient {
  /** When the other end ended it, on the own clock. */
  endedMs: number | undefined;
  /** The name of the error with which an upgrade was refused. */
  refused: string | undefined;
  upgraded = false;
  private readonly socket: net.Socket;
  private readonly upgrade: Upgrade;
  private readonly stream = new ServerStream();
  private readonly onFrame: (frame: Frame) => void;
  private head: Buffer = Buffer.alloc(0);
  private left = false;
  private readonly waiting = new Set<() => void>();

  constructor(target: RawTarget, upgrade: Upgrade, onFrame: (frame: Frame) => void = () => {}) {
    this.upgrade = upgrade;
    this.onFrame = onFrame;
    const { host, port, from } = target;
    const plain = net.connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) });
    this.socket = target.tls ? tls.connect({ socket: plain, rejectUnauthorized: false }) : plain;
    this.socket.on('data', (chunk: Buffer) => this.read(chunk));
    this.socket.on('error', () => this.ended());
    this.socket.on('close', () => this.ended());
    if (target.tls) plain.on('error', () => this.ended());
  }

  write(bytes: Uint8Array | string): void {
    if (this.endedMs === undefined) this.socket.write(bytes);
  }

  send(...frames: readonly Uint8Array[]): void {
    this.write(binaryFrame(...frames));
  }

  /** Stops reading for good. */
  deafen(): void {
    this.socket.pause();
  }

  /** Asks for the upgrade; resolves when it was answered, or the socket ended. */
  async open(token: string): Promise<boolean> {
    this.write(this.upgrade.request(token));
    await this.until(() => this.upgraded || this.refused !== undefined);
    return this.upgraded;
  }

  /** Resolves as soon as it holds, the socket ended, or the time is up. */
  until(condition: () => boolean, limitMs = ANSWER_LIMIT_MS): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, limitMs);
      const { waiting } = this;
      const look = () => (condition() || this.endedMs !== undefined) && done();
      function done(): void {
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      }
      waiting.add(look);
      look();
    });
  }

  /** Ended by us, which says nothing of the other end. */
  leave(): void {
    this.left = true;
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    if (this.upgraded) this.frames(chunk);
    else {
      this.head = Buffer.concat([this.head, chunk]);
      const answer = this.upgrade.answer(this.head);
      if (answer.kind === 'open') {
        this.upgraded = true;
        this.frames(this.head.subarray(answer.next));
      } else if (answer.kind === 'refused') this.refused = answer.error;
      else if (answer.kind === 'broken') this.refused = answer.reason;
    }
    this.look();
  }

  private frames(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.stream.push(0, chunk, {
      message: (_, message) => {
        for (let at = 0; at < message.length; ) {
          const decoded = decode(message, at);
          if (!decoded.ok) return;
          if (decoded.frame !== undefined) this.onFrame(decoded.frame);
          at = decoded.next;
        }
      },
      ping: () => {},
      closing: (_, code) => {
        this.write(closeFrame(code === 1005 ? 1000 : code));
        this.socket.end();
        this.ended();
      },
    });
  }

  private ended(): void {
    if (!this.left) this.endedMs ??= ownClockMs();
    this.look();
  }

  private look(): void {
    for (const look of [...this.waiting]) look();
  }
}
