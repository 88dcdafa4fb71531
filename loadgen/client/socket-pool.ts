/**
 * The sockets of a worker: dials, upgrades, frames in and out. One handler object serves all of them and a socket's data is
 * its connection's number, so a connection costs what Bun's socket costs and one array element. What frames mean is not
 * known here.
 */
import type { Socket } from 'bun';
import { binaryFrame, clientFrame, closeFrame, OPCODES } from './client-frame.ts';
import { Outbox } from './outbox.ts';
import { ServerStream, type StreamVisitor } from './server-stream.ts';
import type { Upgrade, UpgradeAnswer } from './upgrade.ts';

export interface PoolEvents {
  upgraded(connection: number): void;
  refused(connection: number, error: string, retryMs: number): void;
  /** Frames of one message; a view. Gives a reason to hang up, or nothing. */
  message(connection: number, message: Uint8Array): string | undefined;
  /** The end of a socket that was not ended by `hangUp`. `code`: of a close frame, else 0. */
  closed(connection: number, code: number, reason: string): void;
  /** The other end ended a socket that had vanished here. */
  vanishedEnded?(connection: number): void;
  wrote?(connection: number, bytes: number): void;
  read?(connection: number, bytes: number): void;
}

export interface PoolOptions {
  readonly connections: number;
  readonly port: number;
  readonly addressOf: (connection: number) => string;
  readonly requestOf: (connection: number) => string;
  readonly upgrade: Upgrade;
  readonly tls: boolean;
  /** Bytes of one connection that the kernel did not take. */
  readonly outboxLimitBytes: number;
}

type ClientSocket = Socket<number>;

const NORMAL_CLOSURE = 1000;

export class SocketPool {
  private readonly options: PoolOptions;
  private readonly events: PoolEvents;
  private readonly sockets: Array<ClientSocket | undefined>;
  /** 1 while the HTTP response is awaited. */
  private readonly upgrading: Uint8Array;
  private readonly heads = new Map<number, Buffer>();
  /** Opened once, given up by us, and not closed yet: what they still tell is of no attempt that is under way. */
  private readonly leaving = new Set<ClientSocket>();
  /** Held open without a word, so that the other end believes them to be there. */
  private readonly vanished = new Set<ClientSocket>();
  private readonly closeCodes = new Map<number, number>();
  private readonly stream = new ServerStream();
  private readonly outbox: Outbox;
  private readonly handlers;
  private openSockets = 0;

  constructor(options: PoolOptions, events: PoolEvents) {
    this.options = options;
    this.events = events;
    this.sockets = new Array<ClientSocket | undefined>(options.connections).fill(undefined);
    this.upgrading = new Uint8Array(options.connections);
    this.outbox = new Outbox(options.outboxLimitBytes);
    const visitor = {
      message: (connection: number, message: Uint8Array) => {
        if (this.sockets[connection] === undefined) return;
        const failure = this.events.message(connection, message);
        if (failure !== undefined) this.fail(connection, failure);
      },
      ping: (connection: number, payload: Uint8Array) => this.write(connection, clientFrame(OPCODES.pong, payload)),
      closing: (connection: number, code: number) => {
        this.closeCodes.set(connection, code);
        this.write(connection, closeFrame(code === 1005 ? NORMAL_CLOSURE : code));
        this.sockets[connection]?.end();
      },
    };
    this.handlers = {
      open: (socket: ClientSocket) => this.opened(socket),
      data: (socket: ClientSocket, chunk: Buffer) => {
        const connection = socket.data;
        if (this.sockets[connection] !== socket) return;
        this.events.read?.(connection, chunk.length);
        if (this.upgrading[connection] === 1) return this.head(connection, chunk, visitor);
        this.read(connection, socket, chunk, visitor);
      },
      drain: (socket: ClientSocket) => {
        if (this.sockets[socket.data] === socket) this.outbox.drain(socket.data, socket);
      },
      close: (socket: ClientSocket, error?: Error) => {
        this.gone(socket, error === undefined ? 'closed without a close frame' : 'reset');
        this.leaving.delete(socket);
        if (this.vanished.delete(socket)) this.events.vanishedEnded?.(socket.data);
      },
      error: (socket: ClientSocket) => this.gone(socket, 'socket error'),
      end: (socket: ClientSocket) => {
        socket.end();
      },
      connectError: (socket: ClientSocket, error: Error) =>
        this.notConnected(socket.data, (error as Error & { code?: string }).code ?? 'connect failed'),
    };
  }

  get open(): number {
    return this.openSockets;
  }

  /** Connections with bytes that the kernel did not take. */
  get congested(): number {
    return this.outbox.connections;
  }

  dial(connection: number): void {
    this.upgrading[connection] = 1;
    const { port, tls, addressOf } = this.options;
    const target = { hostname: addressOf(connection), port, data: connection, socket: this.handlers };
    // A failure comes through connectError, and with that handler a rejection counts as handled.
    void Bun.connect<number>(tls ? { ...target, tls: { rejectUnauthorized: false } } : target);
  }

  /** One WebSocket message that holds these frames. */
  transmit(connection: number, frames: readonly Uint8Array[]): void {
    this.write(connection, binaryFrame(...frames));
  }

  /** A whole WebSocket frame that was made before. */
  write(connection: number, frame: Uint8Array): void {
    const socket = this.sockets[connection];
    if (socket === undefined) return;
    this.events.wrote?.(connection, frame.length);
    if (this.outbox.write(connection, socket, frame) === 'full') this.fail(connection, 'own send buffer full');
  }

  /** Ends a socket; no event follows. With a close frame when it is open, as a polite client does. */
  hangUp(connection: number): void {
    const socket = this.sockets[connection];
    if (socket === undefined) {
      this.upgrading[connection] = 0;
      return;
    }
    const open = this.upgrading[connection] === 0;
    if (open) this.write(connection, closeFrame(NORMAL_CLOSURE));
    this.forget(connection);
    socket.end();
  }

  /** Cuts a socket without a word, as a network that is gone does; its end is told as that of any other. */
  sever(connection: number): void {
    this.fail(connection, 'severed');
  }

  /** As `sever`, but the other end is told nothing: the network between them is gone. The socket is held until that end ends it. */
  vanish(connection: number): void {
    const socket = this.sockets[connection];
    if (socket === undefined) return;
    this.forget(connection);
    this.vanished.add(socket);
    this.events.closed(connection, 0, 'vanished');
  }

  /** Ends what vanished and was not noticed. */
  stop(): void {
    for (const socket of this.vanished) socket.terminate();
    this.vanished.clear();
  }

  private opened(socket: ClientSocket): void {
    const connection = socket.data;
    if (this.sockets[connection] !== undefined || this.upgrading[connection] === 0) {
      this.leaving.add(socket);
      socket.end();
      return;
    }
    this.sockets[connection] = socket;
    this.openSockets++;
    const request = this.options.requestOf(connection);
    this.events.wrote?.(connection, request.length);
    if (socket.write(request) !== request.length) this.fail(connection, 'request not taken');
  }

  private head(connection: number, chunk: Buffer, visitor: StreamVisitor): void {
    const before = this.heads.size === 0 ? undefined : this.heads.get(connection);
    const received = before === undefined ? chunk : Buffer.concat([before, chunk]);
    const answer: UpgradeAnswer = this.options.upgrade.answer(received);
    if (answer.kind === 'incomplete') {
      this.heads.set(connection, before === undefined ? Buffer.from(chunk) : received);
      return;
    }
    if (before !== undefined) this.heads.delete(connection);
    switch (answer.kind) {
      case 'broken':
        return this.fail(connection, answer.reason);
      case 'refused': {
        const socket = this.sockets[connection];
        this.forget(connection);
        socket?.end();
        return this.events.refused(connection, answer.error, answer.retryMs);
      }
      case 'open': {
        this.upgrading[connection] = 0;
        this.events.upgraded(connection);
        const socket = this.sockets[connection];
        if (answer.next < received.length && socket !== undefined) this.read(connection, socket, received.subarray(answer.next), visitor);
      }
    }
  }

  private read(connection: number, socket: ClientSocket, chunk: Uint8Array, visitor: StreamVisitor): void {
    const failure = this.stream.push(connection, chunk, visitor);
    if (failure !== undefined) return this.fail(connection, failure);
    // A frame may have ended the connection: what was cut behind it belongs to nobody.
    if (this.sockets[connection] !== socket) this.stream.forget(connection);
  }

  private fail(connection: number, reason: string): void {
    const socket = this.sockets[connection];
    if (socket === undefined) return;
    this.forget(connection);
    socket.terminate();
    this.events.closed(connection, 0, reason);
  }

  private gone(socket: ClientSocket, reason: string): void {
    const connection = socket.data;
    if (this.leaving.has(socket)) return;
    // Reset in the TLS handshake: it ends without ever having opened, and nothing else tells of it.
    if (this.sockets[connection] === undefined) return this.notConnected(connection, reason);
    if (this.sockets[connection] !== socket) return;
    const code = this.closeCodes.get(connection) ?? 0;
    this.forget(connection);
    this.events.closed(connection, code, reason);
  }

  private notConnected(connection: number, reason: string): void {
    if (this.sockets[connection] !== undefined || this.upgrading[connection] === 0) return;
    this.upgrading[connection] = 0;
    this.events.closed(connection, 0, reason);
  }

  private forget(connection: number): void {
    const socket = this.sockets[connection];
    if (socket !== undefined) {
      this.openSockets--;
      this.leaving.add(socket);
    }
    this.sockets[connection] = undefined;
    this.upgrading[connection] = 0;
    this.heads.delete(connection);
    this.closeCodes.delete(connection);
    this.stream.forget(connection);
    this.outbox.forget(connection);
  }
}
