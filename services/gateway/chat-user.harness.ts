/**
 * A device of a user of Parley for tests of faults: sends, sends again under the same id until it is answered, keeps a cursor
 * per conversation, pulls gaps, acknowledges, reads, resumes, subscribes, comes back when cut off. What its application was
 * handed is what counts.
 */
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../protocol/codec.ts';
import { HELLO_FLAGS, RECEIPT_KINDS } from '../protocol/frame-table.ts';
import type { Frame, FrameOf } from '../protocol/frames.ts';
import { HEARTBEAT, sendFrame, TestClient } from './test-client.harness.ts';
import type { Endpoint } from './web-socket.harness.ts';

interface Pending {
  readonly frame: Uint8Array;
  /** Sent again when nothing has come by then. */
  againMs: number;
}

/** How far a member is, as this device was told. */
export interface ReceiptSeen {
  delivered: number;
  read: number;
}

export interface HandedEntry {
  readonly sequence: number;
  readonly text: string;
}

const RESEND_MS = 1_500;
const TICK_MS = 250;
const RECONNECT_MS = 100;
const HEARTBEAT_SECONDS = 2;

export class ChatUser {
  /** Entries handed to the application, by conversation, own ones too. */
  readonly handed = new Map<number, HandedEntry[]>();
  readonly endings: string[] = [];
  /** By conversation and member, from RECEIPT frames alone. */
  readonly receipts = new Map<string, ReceiptSeen>();
  /** Last PRESENCE of each user. */
  readonly presence = new Map<number, FrameOf<'presence'>>();
  readonly typing: FrameOf<'typing'>[] = [];
  redelivered = 0;
  private client: TestClient | undefined;
  private readonly endpoint: () => Endpoint;
  private readonly token: () => string;
  private readonly pending = new Map<string, Pending>();
  private readonly texts = new Map<string, string>();
  private readonly held = new Map<string, string>();
  /** Last sequence known to exist. */
  private readonly known = new Map<number, number>();
  /** What is to be acknowledged, and how far it is read. */
  private readonly unacknowledged = new Set<number>();
  private readonly readUpTo = new Map<number, number>();
  private looking: Uint8Array | undefined;
  /** Conversations of which a page is on its way, with the time to ask again. */
  private readonly pulling = new Map<number, number>();
  private position: Uint8Array = new Uint8Array(0);
  private heartbeatMs = 0;
  private readonly ticker = setInterval(() => this.tick(), TICK_MS);
  private left = false;

  constructor(endpoint: () => Endpoint, token: () => string) {
    this.endpoint = endpoint;
    this.token = token;
  }

  get unanswered(): number {
    return this.pending.size;
  }

  async connect(): Promise<void> {
    const { position } = this;
    this.client = await TestClient.live(this.endpoint(), this.token(), {
      heartbeatSeconds: HEARTBEAT_SECONDS,
      flags: HELLO_FLAGS.answerHeartbeats,
      position,
    });
    for (const frame of this.client.frames) this.take(frame);
    this.client.onFrame = (frame) => this.take(frame);
    this.client.socket.onEnd = () => this.ended();
    for (const pending of this.pending.values()) this.transmit(pending);
    for (const conversation of this.handed.keys()) this.unacknowledged.add(conversation);
    for (const [conversation, sequence] of this.readUpTo) this.client.send(encodeFrame('read', { conversation, sequence }));
    if (this.looking !== undefined) this.client.send(this.looking);
  }

  create(...users: readonly number[]): Promise<number> {
    return this.client!.create(...users);
  }

  say(conversation: number, text: string): void {
    const id = randomBytes(16);
    const key = id.toString('hex');
    const pending = { frame: sendFrame(conversation, text, id), againMs: 0 };
    this.texts.set(key, text);
    this.pending.set(key, pending);
    this.transmit(pending);
  }

  /** The user has read all that this device was handed. */
  read(conversation: number): void {
    const sequence = this.cursor(conversation);
    this.readUpTo.set(conversation, sequence);
    this.transmitFrame(encodeFrame('read', { conversation, sequence }));
  }

  receiptOf(conversation: number, user: number): ReceiptSeen {
    return this.receipts.get(`${conversation}/${user}`) ?? { delivered: 0, read: 0 };
  }

  /** Subscribes to these users of a conversation, in place of those before. */
  look(conversation: number, ...users: readonly number[]): void {
    this.looking = encodeFrame('presenceSubscribe', { users: users.map((user) => ({ user, conversation })) });
    this.transmitFrame(this.looking);
  }

  type(conversation: number): void {
    this.transmitFrame(encodeFrame('typing', { conversation, user: 0 }));
  }

  /** The connection, for what a test asks of its own. */
  get connection(): TestClient {
    if (this.client === undefined) throw new Error('not connected');
    return this.client;
  }

  cursor(conversation: number): number {
    return this.handed.get(conversation)?.length ?? 0;
  }

  leave(): void {
    this.left = true;
    clearInterval(this.ticker);
    this.client?.socket.leave();
  }

  private transmit(pending: Pending): void {
    pending.againMs = Date.now() + RESEND_MS;
    this.transmitFrame(pending.frame);
  }

  private transmitFrame(frame: Uint8Array): void {
    if (this.client !== undefined && this.client.socket.ended === undefined) this.client.send(frame);
  }

  private tick(): void {
    const nowMs = Date.now();
    if (this.client === undefined || this.client.socket.ended !== undefined) return;
    for (const [conversation, sequence] of this.known) this.want(conversation, sequence);
    for (const pending of this.pending.values()) if (pending.againMs <= nowMs) this.transmit(pending);
    for (const conversation of this.unacknowledged) {
      this.client.send(encodeFrame('ack', { conversation, sequence: this.cursor(conversation) }));
    }
    this.unacknowledged.clear();
    if (nowMs - this.heartbeatMs > (HEARTBEAT_SECONDS * 1_000) / 2) {
      this.heartbeatMs = nowMs;
      this.client.send(HEARTBEAT);
    }
  }

  private ended(): void {
    if (this.left) return;
    this.endings.push(String(this.client?.socket.closeCode ?? this.client?.socket.ended));
    this.client = undefined;
    this.pulling.clear();
    const again = () => {
      if (this.left) return;
      this.connect().catch(() => setTimeout(again, RECONNECT_MS));
    };
    setTimeout(again, RECONNECT_MS);
  }

  private take(frame: Frame): void {
    switch (frame.name) {
      case 'sequenced':
        this.pending.delete(hex(frame.id));
        return this.arrived(frame.conversation, frame.sequence, this.texts.get(hex(frame.id)) ?? '');
      case 'rejected':
        throw new Error(`rejected with ${frame.code}`);
      case 'error': {
        const pending = this.pending.get(hex(frame.id));
        if (pending !== undefined) pending.againMs = Date.now() + frame.retryAfterMs;
        return;
      }
      case 'deliver':
        return this.arrived(frame.conversation, frame.sequence, Buffer.from(frame.body).toString());
      case 'receipt':
        return this.received(frame);
      case 'presence':
        this.presence.set(frame.user, frame);
        return;
      case 'typing':
        this.typing.push(frame);
        return;
      case 'heartbeatNewer':
        return this.client!.send(encodeFrame('resume', { position: this.position }));
      case 'changed':
        for (const { conversation, sequence } of frame.changes) this.want(conversation, sequence);
        // Good enough for tests: a gap that is never closed fails them anyhow.
        this.position = frame.position.slice();
        return;
      case 'pulled':
        this.pulling.delete(frame.conversation);
        return this.want(frame.conversation, this.known.get(frame.conversation) ?? 0);
    }
  }

  /** Receipts come again and late; they only ever grow. Who has read has received. */
  private received({ conversation, user, kind, sequence }: FrameOf<'receipt'>): void {
    const seen = this.receiptOf(conversation, user);
    seen.delivered = Math.max(seen.delivered, sequence);
    if (kind === RECEIPT_KINDS.read) seen.read = Math.max(seen.read, sequence);
    this.receipts.set(`${conversation}/${user}`, seen);
  }

  private want(conversation: number, sequence: number): void {
    this.known.set(conversation, Math.max(sequence, this.known.get(conversation) ?? 0));
    const from = this.cursor(conversation) + 1;
    if (from > sequence || (this.pulling.get(conversation) ?? 0) > Date.now()) return;
    this.pulling.set(conversation, Date.now() + RESEND_MS);
    this.client?.send(encodeFrame('pull', { conversation, fromSequence: from, toSequence: sequence }));
  }

  private arrived(conversation: number, sequence: number, text: string): void {
    const handed = this.handed.get(conversation) ?? [];
    this.handed.set(conversation, handed);
    if (sequence <= handed.length) {
      this.redelivered++;
      return;
    }
    this.held.set(`${conversation}/${sequence}`, text);
    if (sequence > handed.length + 1) return this.want(conversation, sequence);
    for (let next = sequence; this.held.has(`${conversation}/${next}`); next++) {
      handed.push({ sequence: next, text: this.held.get(`${conversation}/${next}`)! });
      this.held.delete(`${conversation}/${next}`);
      this.unacknowledged.add(conversation);
    }
  }
}

function hex(id: Uint8Array): string {
  return Buffer.from(id).toString('hex');
}
