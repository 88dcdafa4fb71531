/**
 * An authenticated, framed connection between two processes of a box: the client end reconnects with backoff, the server
 * end accepts. What travels is the owner's business.
 */
import { randomBytes } from 'node:crypto';
import { type ByteSink, FramedStream } from './framed-stream.ts';
import { pacedFlush } from './paced-flush.ts';
import { ClientAuth, ServerAuth } from './stream-auth.ts';
import { connectTcp, type Listening, listenTcp } from './tcp.ts';

export const PEER_FRAME_BYTES = 64 * 1_048_576;
/** Before a peer has proved that it knows the secret it may send little, and has not long. */
const STRANGER_FRAME_BYTES = 256;
const PROOF_MS = 5_000;
/** A server whose machine or pod is gone answers nothing at all, and the kernel would wait for minutes. */
const OPEN_MS = 5_000;
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 500;

export const newIncarnation = (): Uint8Array => randomBytes(8);

export interface PeerServerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: Uint8Array;
  /** Least time between two writes to a peer; 0: a write per turn. */
  readonly flushGapMs?: number;
  /** Time a peer has to prove that it knows the secret. */
  readonly proofMs?: number;
  /** Another at each start, so that peers see a restart. */
  readonly incarnation?: Uint8Array;
  readonly onPeer: (peer: Peer) => PeerEvents;
  readonly log: (message: string) => void;
}

export interface PeerEvents {
  readonly onFrame: (payload: Uint8Array) => void;
  readonly onClose: (reason: string) => void;
  /** The kernel took everything that was queued. */
  readonly onDrain?: () => void;
}

export interface Peer {
  readonly stream: FramedStream;
  close(): void;
}

/** Serves peers that prove the secret. */
export function servePeers(options: PeerServerOptions): Listening {
  const incarnation = options.incarnation ?? newIncarnation();
  const schedule = pacedFlush(options.flushGapMs ?? 0);
  return listenTcp(options.host, options.port, () => {
    const auth = new ServerAuth(options.secret, incarnation);
    let sink: ByteSink | undefined;
    let events: PeerEvents | undefined;
    const proof = setTimeout(() => {
      options.log('peer proved nothing in time');
      sink?.end();
    }, options.proofMs ?? PROOF_MS);
    const stream: FramedStream = new FramedStream({
      maxFrameBytes: STRANGER_FRAME_BYTES,
      schedule,
      onBroken: (reason) => {
        options.log(`peer broke the framing: ${reason}`);
        sink?.end();
      },
      onFrame: (payload) => {
        if (events !== undefined) return events.onFrame(payload);
        const step = auth.receive(payload);
        if (step.failed !== undefined) {
          options.log(`peer refused: ${step.failed}`);
          stream.detach();
          sink?.end();
          return;
        }
        clearTimeout(proof);
        stream.maxFrameBytes = PEER_FRAME_BYTES;
        if (step.send !== undefined) stream.push(step.send);
        events = options.onPeer({ stream, close: () => sink?.end() });
      },
    });
    return {
      onOpen: (opened) => {
        sink = opened;
        stream.attach(opened);
        stream.push(auth.hello());
      },
      onData: (chunk) => stream.receive(chunk),
      onDrain: () => {
        stream.flush();
        if (stream.queuedBytes === 0) events?.onDrain?.();
      },
      onClose: (reason) => {
        clearTimeout(proof);
        stream.detach();
        events?.onClose(reason);
      },
    };
  });
}

export interface PeerClientOptions {
  readonly host: string;
  /** Read at each attempt: a restarted server may have another port. */
  readonly port: () => number | undefined;
  readonly secret: Uint8Array;
  /** Least time between two writes; 0: a write per turn. */
  readonly flushGapMs?: number;
  /** Time the server has to prove that it knows the secret: another program may have taken its port. */
  readonly proofMs?: number;
  readonly onConnected: (incarnation: string) => void;
  readonly onFrame: (payload: Uint8Array) => void;
  /** After the last whole frame of what came at once. */
  readonly onChunkEnd?: () => void;
  readonly onDisconnected: (reason: string) => void;
  readonly onDrain?: () => void;
  readonly log: (message: string) => void;
  /** Time an attempt has to open. */
  readonly openMs?: number;
  readonly connect?: typeof connectTcp;
}

/** Keeps one connection to a server, reconnecting until closed. */
export class PeerClient {
  readonly stream: FramedStream;
  private readonly options: PeerClientOptions;
  private auth: ClientAuth;
  private sink: ByteSink | undefined;
  private retryMs = FIRST_RETRY_MS;
  private proof: ReturnType<typeof setTimeout> | undefined;
  private connected = false;
  private closed = false;

  constructor(options: PeerClientOptions) {
    this.options = options;
    this.auth = new ClientAuth(options.secret);
    this.stream = new FramedStream({
      maxFrameBytes: PEER_FRAME_BYTES,
      schedule: pacedFlush(options.flushGapMs ?? 0),
      ...(options.onChunkEnd === undefined ? {} : { onChunkEnd: options.onChunkEnd }),
      onFrame: (payload) => (this.connected ? options.onFrame(payload) : this.authenticate(payload)),
      onBroken: (reason) => {
        options.log(`server broke the framing: ${reason}`);
        this.sink?.end();
      },
    });
    this.connect();
  }

  get isConnected(): boolean {
    return this.connected;
  }

  /** Ends a connection on which nothing comes any more: the next attempt may reach a server that lives. */
  cut(): void {
    this.sink?.end();
  }

  close(): void {
    this.closed = true;
    this.stream.flush();
    this.sink?.end();
  }

  private connect(): void {
    if (this.closed) return;
    const port = this.options.port();
    if (port === undefined) return this.retry();
    this.auth = new ClientAuth(this.options.secret);
    let givenUp = false;
    const opening = setTimeout(() => {
      givenUp = true;
      this.retry();
    }, this.options.openMs ?? OPEN_MS);
    (this.options.connect ?? connectTcp)(this.options.host, port, {
      onOpen: (sink) => {
        clearTimeout(opening);
        if (this.closed || givenUp) return sink.end();
        this.sink = sink;
        this.stream.attach(sink);
        this.proof = setTimeout(() => {
          this.options.log('server proved nothing in time');
          sink.end();
        }, this.options.proofMs ?? PROOF_MS);
      },
      onData: (chunk) => {
        if (!givenUp) this.stream.receive(chunk);
      },
      onDrain: () => {
        if (givenUp) return;
        this.stream.flush();
        if (this.stream.queuedBytes === 0) this.options.onDrain?.();
      },
      onClose: (reason) => {
        clearTimeout(opening);
        if (givenUp) return;
        clearTimeout(this.proof);
        this.sink = undefined;
        this.stream.detach();
        if (this.connected) {
          this.connected = false;
          this.options.onDisconnected(reason);
        }
        this.retry();
      },
    });
  }

  private authenticate(payload: Uint8Array): void {
    const step = this.auth.receive(payload);
    if (step.failed !== undefined) {
      this.options.log(`server refused: ${step.failed}`);
      this.sink?.end();
      return;
    }
    if (step.send !== undefined) this.stream.push(step.send);
    if (step.done !== undefined) {
      clearTimeout(this.proof);
      this.connected = true;
      this.retryMs = FIRST_RETRY_MS;
      this.options.onConnected(step.done.incarnation);
    }
  }

  private retry(): void {
    if (this.closed) return;
    setTimeout(() => this.connect(), this.retryMs);
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
  }
}
