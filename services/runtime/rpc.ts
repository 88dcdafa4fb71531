/**
 * Request and response over a peer link. A client keeps what is not answered, within a byte limit, and sends it again after
 * a reconnect: every method must be one that may be repeated. Over the limit a call is refused at once.
 *
 *   request  := id:u32le method:u8 payload
 *   response := id:u32le status:u8 payload        status 0 answered, 1 failed (JSON: code, message, retryable)
 */
import { BackendError } from './backend-error.ts';
import { newIncarnation, PeerClient, type PeerEvents, servePeers } from './peer-link.ts';
import type { Listening } from './tcp.ts';

const HEADER_BYTES = 5;
const PENDING_OVERHEAD_BYTES = 128;

export type RpcHandler = (payload: Uint8Array) => Uint8Array | Promise<Uint8Array>;

export class RpcServer {
  /** As clients are told it when they connect. */
  readonly incarnation: string;
  private readonly incarnationBytes = newIncarnation();
  private readonly handlers: Array<RpcHandler | undefined> = [];
  private readonly secret: Uint8Array;
  private readonly log: (message: string) => void;
  private readonly flushGapMs: number;

  constructor(options: { readonly secret: Uint8Array; readonly log: (message: string) => void; readonly flushGapMs?: number }) {
    this.secret = options.secret;
    this.flushGapMs = options.flushGapMs ?? 0;
    this.log = options.log;
    this.incarnation = Buffer.from(this.incarnationBytes).toString('hex');
  }

  /** The payload is a view valid until the handler first awaits. */
  handle(method: number, handler: RpcHandler): void {
    this.handlers[method] = handler;
  }

  listen(host: string, port: number): Listening {
    return servePeers({
      host,
      port,
      secret: this.secret,
      flushGapMs: this.flushGapMs,
      incarnation: this.incarnationBytes,
      log: this.log,
      onPeer: (peer): PeerEvents => {
        let open = true;
        const answer = (id: Uint8Array, status: number, payload: Uint8Array) => {
          if (!open) return;
          const { target, at } = peer.stream.frame(HEADER_BYTES + payload.length);
          target.set(id, at);
          target[at + 4] = status;
          target.set(payload, at + HEADER_BYTES);
        };
        return {
          onFrame: (frame) => {
            const id = new Uint8Array(frame.subarray(0, 4));
            void this.dispatch(frame[4] ?? 255, frame.subarray(HEADER_BYTES), (status, payload) => answer(id, status, payload));
          },
          onClose: () => {
            open = false;
          },
        };
      },
    });
  }

  private dispatch(method: number, payload: Uint8Array, answer: (status: number, payload: Uint8Array) => void): void {
    const fail = (error: unknown) => {
      const known = error instanceof BackendError ? error : new BackendError('internal', String(error), true, error);
      if (known.code === 'internal') this.log(`method ${method} failed: ${error instanceof Error ? error.stack : String(error)}`);
      answer(1, new TextEncoder().encode(JSON.stringify({ code: known.code, message: known.message, retryable: known.retryable })));
    };
    const handler = this.handlers[method];
    if (handler === undefined) return fail(new BackendError('noMethod', `no method ${method}`, false));
    try {
      const result = handler(payload);
      if (result instanceof Promise) result.then((value) => answer(0, value), fail);
      else answer(0, result);
    } catch (error) {
      fail(error);
    }
  }
}

interface Pending {
  readonly method: number;
  readonly payload: Uint8Array;
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (error: BackendError) => void;
}

export interface RpcClientOptions {
  readonly host: string;
  readonly port: () => number | undefined;
  readonly secret: Uint8Array;
  readonly pendingBytesLimit: number;
  readonly flushGapMs?: number;
  readonly log: (message: string) => void;
}

export class RpcClient {
  pendingBytes = 0;
  private readonly options: RpcClientOptions;
  private readonly peer: PeerClient;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners: Array<(incarnation: string) => void> = [];
  private incarnation: string | undefined;
  private nextId = 1;
  private closed = false;

  constructor(options: RpcClientOptions) {
    this.options = options;
    this.peer = new PeerClient({
      host: options.host,
      port: options.port,
      secret: options.secret,
      flushGapMs: options.flushGapMs ?? 0,
      log: options.log,
      onConnected: (incarnation) => {
        this.incarnation = incarnation;
        for (const listener of this.listeners) listener(incarnation);
        for (const [id, request] of this.pending) this.write(id, request);
      },
      onDisconnected: (reason) => options.log(`backend link lost: ${reason}`),
      onFrame: (frame) => this.answered(frame),
    });
  }

  get isConnected(): boolean {
    return this.peer.isConnected;
  }

  /** Called at each connect, now too if connected; another incarnation means that the server was restarted. */
  onConnected(listener: (incarnation: string) => void): void {
    this.listeners.push(listener);
    if (this.peer.isConnected && this.incarnation !== undefined) listener(this.incarnation);
  }

  /** Resolves with the answer, which is a copy. Rejects with BackendError `busy` over the limit, `closed` after close. */
  call(method: number, payload: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new BackendError('closed', 'the client is closed', false));
      if (this.pendingBytes + payload.length > this.options.pendingBytesLimit) {
        return reject(new BackendError('busy', `over ${this.options.pendingBytesLimit} bytes wait for the backend`, true));
      }
      const id = this.nextId;
      this.nextId = (this.nextId + 1) >>> 0;
      const request: Pending = { method, payload, resolve, reject };
      this.pending.set(id, request);
      this.pendingBytes += payload.length + PENDING_OVERHEAD_BYTES;
      if (this.peer.isConnected) this.write(id, request);
    });
  }

  close(): void {
    this.closed = true;
    this.peer.close();
    for (const request of this.pending.values()) request.reject(new BackendError('closed', 'the client is closed', false));
    this.pending.clear();
    this.pendingBytes = 0;
  }

  private write(id: number, request: Pending): void {
    const { target, at } = this.peer.stream.frame(HEADER_BYTES + request.payload.length);
    target[at] = id & 255;
    target[at + 1] = (id >>> 8) & 255;
    target[at + 2] = (id >>> 16) & 255;
    target[at + 3] = id >>> 24;
    target[at + 4] = request.method;
    target.set(request.payload, at + HEADER_BYTES);
  }

  private answered(frame: Uint8Array): void {
    const id = (frame[0]! | (frame[1]! << 8) | (frame[2]! << 16) | (frame[3]! << 24)) >>> 0;
    const request = this.pending.get(id);
    if (request === undefined) return;
    this.pending.delete(id);
    this.pendingBytes -= request.payload.length + PENDING_OVERHEAD_BYTES;
    const payload = new Uint8Array(frame.subarray(HEADER_BYTES));
    if (frame[4] === 0) return request.resolve(payload);
    const error = JSON.parse(new TextDecoder().decode(payload)) as { code: string; message: string; retryable: boolean };
    request.reject(new BackendError(error.code, error.message, error.retryable));
  }
}
