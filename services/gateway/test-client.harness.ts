/** A client of Parley for tests: HELLO and WELCOME, frames by name, cursors, on top of a raw socket. */
import { randomBytes } from 'node:crypto';
import { decode, encodeFrame } from '../protocol/codec.ts';
import { errorName } from '../protocol/error-codes.ts';
import type { Frame, FrameName, FrameOf } from '../protocol/frames.ts';
import { type Endpoint, WebSocketClient } from './web-socket.harness.ts';

export interface HelloOptions {
  readonly heartbeatSeconds?: number;
  readonly flags?: number;
  readonly position?: Uint8Array;
}

const EMPTY = new Uint8Array(0);

export function helloFrame({ heartbeatSeconds = 30, flags = 0, position = EMPTY }: HelloOptions = {}): Uint8Array {
  return encodeFrame('hello', { capabilities: 0, heartbeatSeconds, flags, position });
}

export function sendFrame(conversation: number, text: string | Uint8Array, id: Uint8Array = randomBytes(16)): Uint8Array {
  const body = typeof text === 'string' ? Buffer.from(text) : text;
  return encodeFrame('send', { conversation, id, contentType: 0, bodies: [{ device: 0, body }] });
}

export const HEARTBEAT = encodeFrame('heartbeat', {});

export class TestClient {
  readonly socket: WebSocketClient;
  /** Everything that came, in order. */
  readonly frames: Frame[] = [];
  onFrame: ((frame: Frame) => void) | undefined;

  constructor(socket: WebSocketClient) {
    this.socket = socket;
    socket.onMessage = (message) => {
      let at = 0;
      do {
        const decoded = decode(message, at);
        if (!decoded.ok) throw new Error(`the server sent what can't be decoded: ${decoded.reason}`);
        if (decoded.frame !== undefined) {
          this.frames.push(decoded.frame);
          this.onFrame?.(decoded.frame);
        }
        at = decoded.next;
      } while (at < message.length);
    };
  }

  /** Upgraded, and nothing said yet. */
  static async connect(endpoint: Endpoint, token: string): Promise<TestClient> {
    return new TestClient(await WebSocketClient.open(endpoint, { authorization: `Bearer ${token}` }));
  }

  /** Live: HELLO was answered by WELCOME and a page of what changed. */
  static async live(endpoint: Endpoint, token: string, hello: HelloOptions = {}): Promise<TestClient> {
    const client = await TestClient.connect(endpoint, token);
    client.send(helloFrame(hello));
    await client.next('changed');
    return client;
  }

  send(...frames: readonly Uint8Array[]): void {
    this.socket.send(...frames);
  }

  of<N extends FrameName>(name: N): Array<FrameOf<N>> {
    return this.frames.filter((frame): frame is FrameOf<N> & Frame => frame.name === name);
  }

  /** The frame of this name after those that were there: waits for it. */
  async next<N extends FrameName>(name: N, after = this.of(name).length, limitMs?: number): Promise<FrameOf<N>> {
    await this.until(() => this.of(name).length > after, `frame ${after + 1} of ${name}`, limitMs);
    return this.of(name)[after]!;
  }

  until(holds: () => boolean, what: string | (() => string), limitMs?: number): Promise<void> {
    return this.socket.until(
      holds,
      () => `${typeof what === 'string' ? what : what()} (has ${this.frames.map((frame) => frame.name).slice(-12)})`,
      limitMs,
    );
  }

  /** Sends frames and gives the next answer of this name. */
  async ask<N extends FrameName>(name: N, ...frames: readonly Uint8Array[]): Promise<FrameOf<N>> {
    const before = this.of(name).length;
    this.send(...frames);
    return await this.next(name, before);
  }

  /** A conversation with these users; its id. */
  async create(...users: readonly number[]): Promise<number> {
    const { conversation } = await this.ask(
      'created',
      encodeFrame('create', { id: randomBytes(16), members: users.map((user) => ({ user })) }),
    );
    await this.until(() => this.of('sequenced').some((frame) => frame.conversation === conversation), 'its sequence');
    return conversation;
  }

  /** Sends a text and waits for its sequence. */
  async say(conversation: number, text: string | Uint8Array): Promise<number> {
    return (await this.ask('sequenced', sendFrame(conversation, text))).sequence;
  }

  /** Sequences of a conversation that were handed over by DELIVER, in the order they came. */
  delivered(conversation: number): number[] {
    return this.of('deliver').flatMap((frame) => (frame.conversation === conversation ? [frame.sequence] : []));
  }

  /** The end of the connection: name of the close code's error, or the bare code. */
  async closed(limitMs?: number): Promise<string> {
    await this.socket.until(() => this.socket.closeCode !== undefined || this.socket.ended !== undefined, 'the close', limitMs);
    const { closeCode } = this.socket;
    return closeCode === undefined ? 'cut' : (errorName(closeCode - 4_000) ?? String(closeCode));
  }

  /** Name of the last ERROR or GO_AWAY. */
  get lastError(): string | undefined {
    const last = this.frames.findLast((frame) => frame.name === 'error' || frame.name === 'goAway');
    return last?.name === 'error' || last?.name === 'goAway' ? errorName(last.code) : undefined;
  }
}
