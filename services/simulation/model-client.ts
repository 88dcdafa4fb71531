/**
 * A device as PROTOCOL.md asks it to be: keeps what it has sent until it is sequenced or rejected, has one cursor per
 * conversation that only SEQUENCED and DELIVER move, pulls gaps, resumes from its position, and stores a position only when
 * the gaps of its page are closed. What it keeps survives its crash; the rest is gone with `session`.
 */
import { decodeAll, encodeFrame } from '../protocol/codec.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import { FRAMES, HELLO_FLAGS, RECEIPT_KINDS } from '../protocol/frame-table.ts';
import type { Frame } from '../protocol/frames.ts';
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';
import { hex, type Oracle } from './oracle.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface ClientSocket {
  send(bytes: Uint8Array): void;
  leave(): void;
}

interface Page {
  readonly position: Uint8Array;
  readonly more: boolean;
  readonly wants: Map<ConversationId, number>;
}

interface Kept {
  readonly frame: Uint8Array;
  readonly conversation: ConversationId;
  againMs: number;
  transmissions: number;
}

const RESEND_MS = 1_500;
const PULL_AGAIN_MS = 2_000;
const RESUME_AGAIN_MS = 2_000;
const HELD_MOST = 64;
/** Refusals that a relay may give before the log has decided. */
const EARLY: ReadonlySet<number> = new Set([ERROR_CODES.notMember.code, ERROR_CODES.noConversation.code]);
export const HEARTBEAT_SECONDS = 1;

/** Turned on one at a time by the test of planted bugs. */
export interface ClientFlaws {
  readonly acksBeyondCursor?: boolean;
  readonly positionBeforeGaps?: boolean;
  readonly cursorMovedByAccepted?: boolean;
}

export class ModelClient {
  readonly device: DeviceKey;
  /** Kept over a crash. */
  readonly cursors = new Map<ConversationId, number>();
  readonly outbox = new Map<string, Kept>();
  readonly acknowledged = new Set<string>();
  private position: Uint8Array = new Uint8Array(0);
  /** Conversations that it may no longer read, up to what it knew of them. */
  private readonly closed = new Set<ConversationId>();
  redelivered = 0;
  private readonly time: VirtualTime;
  private readonly oracle: Oracle;
  private readonly flaws: ClientFlaws;

  private socket: ClientSocket | undefined;
  private live = false;
  private liveSinceMs = 0;
  private heardMs = 0;
  private heartbeatMs = 0;
  private known = new Map<ConversationId, number>();
  private held = new Map<ConversationId, Map<number, string>>();
  private pages: Page[] = [];
  private pulling: { conversation: ConversationId; untilMs: number } | undefined;
  private resumeAtMs: number | undefined;
  private acks = new Set<ConversationId>();
  private wishing = false;

  constructor(time: VirtualTime, oracle: Oracle, device: DeviceKey, flaws: ClientFlaws) {
    this.time = time;
    this.oracle = oracle;
    this.device = device;
    this.flaws = flaws;
  }

  get isLive(): boolean {
    return this.live;
  }

  /** How long its session has been open. */
  get liveForMs(): number {
    return this.live ? this.time.nowMs - this.liveSinceMs : 0;
  }

  /** The process ended: what it had not kept is gone. */
  crashed(): void {
    this.disconnected();
  }

  opened(socket: ClientSocket): void {
    this.socket = socket;
    this.live = false;
    this.heardMs = this.heartbeatMs = this.time.nowMs;
    socket.send(
      encodeFrame('hello', {
        capabilities: 0,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        flags: HELLO_FLAGS.answerHeartbeats,
        position: this.position,
      }),
    );
  }

  disconnected(): void {
    this.socket = undefined;
    this.live = false;
    this.known = new Map();
    this.held = new Map();
    this.pages = [];
    this.pulling = undefined;
    this.resumeAtMs = undefined;
    this.acks = new Set();
    this.wishing = false;
  }

  /** True when the connection looks dead. */
  tick(): boolean {
    const { nowMs } = this.time;
    if (this.socket === undefined) return false;
    if (nowMs - this.heardMs > HEARTBEAT_SECONDS * 3_000) return true;
    if (!this.live) return false;
    if (nowMs - this.heartbeatMs >= HEARTBEAT_SECONDS * 1_000) {
      this.heartbeatMs = nowMs;
      this.socket.send(encodeFrame('heartbeat', {}));
    }
    for (const kept of this.outbox.values()) if (kept.againMs <= nowMs) this.transmit(kept);
    if (this.resumeAtMs !== undefined && this.resumeAtMs <= nowMs) this.resume();
    if (this.pulling !== undefined && this.pulling.untilMs <= nowMs) this.pulling = undefined;
    this.pull();
    return false;
  }

  request(id: Uint8Array, conversation: ConversationId, frame: Uint8Array): void {
    const kept = { frame, conversation, againMs: 0, transmissions: 0 };
    this.outbox.set(hex(id), kept);
    if (this.live) this.transmit(kept);
  }

  read(conversation: ConversationId): void {
    const cursor = this.cursors.get(conversation) ?? 0;
    if (!this.live || cursor === 0) return;
    this.oracle.receipts.read(this.device, conversation, cursor);
    this.socket?.send(encodeFrame('read', { conversation, sequence: cursor }));
    this.socket?.send(encodeFrame('receipts', { conversation, position: new Uint8Array(0) }));
  }

  setPrivacy(withhold: boolean): void {
    // One wish at a time: of two on their way at once nobody knows which is the last.
    if (!this.live || this.wishing) return;
    this.wishing = true;
    this.oracle.receipts.asked(this.device, withhold);
    this.socket?.send(encodeFrame('receiptPrivacy', { withhold: withhold ? 1 : 0 }));
  }

  received(message: Uint8Array): void {
    this.heardMs = this.time.nowMs;
    const decoded = decodeAll(message);
    if (!decoded.ok) return this.oracle.violated(`device ${this.device} got bytes that are no frames: ${decoded.reason}`);
    for (const frame of decoded.frames) this.take(frame);
    this.progress();
    this.acknowledge();
  }

  private take(frame: Frame): void {
    this.time.note(() => `gets ${describe(frame)}`);
    switch (frame.name) {
      case 'welcome':
        this.live = true;
        this.liveSinceMs = this.time.nowMs;
        for (const kept of this.outbox.values()) this.transmit(kept);
        // The page that follows may not come.
        this.resumeAtMs = this.time.nowMs + RESUME_AGAIN_MS;
        return;
      case 'accepted':
        if (this.flaws.cursorMovedByAccepted === true && this.cursors.has(frame.conversation))
          this.cursors.set(frame.conversation, this.cursors.get(frame.conversation)! + 1);
        return this.oracle.accepted(this.device, frame.conversation, hex(frame.id));
      case 'sequenced': {
        const id = hex(frame.id);
        this.oracle.answered(this.device, frame.conversation, id, { sequence: frame.sequence });
        this.outbox.delete(id);
        return this.arrived(frame.conversation, frame.sequence, id);
      }
      case 'rejected':
        this.oracle.answered(this.device, frame.conversation, hex(frame.id), { code: frame.code });
        this.outbox.delete(hex(frame.id));
        return;
      case 'deliver':
        return this.arrived(frame.conversation, frame.sequence, hex(frame.id));
      case 'heartbeatNewer':
        this.resume();
        return;
      case 'changed':
        this.resumeAtMs = undefined;
        this.pages.push({
          position: frame.position.slice(),
          more: frame.more === 1,
          wants: new Map(frame.changes.map(({ conversation, sequence }) => [conversation, sequence])),
        });
        for (const { conversation, sequence } of frame.changes) {
          this.closed.delete(conversation);
          this.known.set(conversation, Math.max(sequence, this.known.get(conversation) ?? 0));
        }
        return;
      case 'pulled':
        if (this.pulling?.conversation === frame.conversation) this.pulling = undefined;
        return;
      case 'receipt':
        return this.shown(frame.conversation, frame);
      case 'receiptsPage':
        for (const receipt of frame.receipts) this.shown(frame.conversation, receipt);
        return;
      case 'receiptPrivacy':
        this.wishing = false;
        return this.oracle.receipts.confirmed(this.device, frame.withhold === 1);
      case 'error':
        return this.failed(frame.code, frame.aboutType, hex(frame.id), frame.retryAfterMs);
    }
  }

  private shown(conversation: ConversationId, { user, kind, sequence }: { user: UserId; kind: number; sequence: number }): void {
    this.oracle.receipts.seen(this.device, conversation, user, kind === RECEIPT_KINDS.read ? 'read' : 'delivered', sequence);
  }

  private failed(code: number, aboutType: number, id: string, retryAfterMs: number): void {
    const kept = this.outbox.get(id);
    // Refused early, and it was asked but once: nothing is in doubt, the application may be told.
    if (kept?.transmissions === 1 && EARLY.has(code)) this.outbox.delete(id);
    else if (kept !== undefined) kept.againMs = this.time.nowMs + Math.max(50, retryAfterMs);
    if (aboutType === FRAMES.resume.type) this.resumeAtMs = this.time.nowMs + Math.max(100, retryAfterMs);
    if (aboutType === FRAMES.pull.type && this.pulling !== undefined) {
      if (retryAfterMs > 0) this.pulling.untilMs = this.time.nowMs + retryAfterMs;
      else {
        // Not a member any more: there is nothing to close the gap with.
        this.closed.add(this.pulling.conversation);
        this.known.delete(this.pulling.conversation);
        this.held.delete(this.pulling.conversation);
        this.pulling = undefined;
      }
    }
  }

  private arrived(conversation: ConversationId, sequence: number, id: string): void {
    const cursor = this.cursors.get(conversation) ?? 0;
    if (sequence <= cursor) {
      this.redelivered++;
      this.oracle.seen(this.device, conversation, sequence, id);
      return;
    }
    const held = this.held.get(conversation) ?? new Map<number, string>();
    this.held.set(conversation, held);
    if (held.size < HELD_MOST) held.set(sequence, id);
    this.known.set(conversation, Math.max(sequence, this.known.get(conversation) ?? 0));
    let next = cursor + 1;
    for (let known = held.get(next); known !== undefined; known = held.get(++next)) {
      held.delete(next);
      this.oracle.handed(this.device, conversation, next, known);
      this.cursors.set(conversation, next);
      // Its own entry: the answer to its request, even where SEQUENCED was lost.
      this.acks.add(conversation);
    }
  }

  /** Closes pages whose gaps are closed, and asks for what is missing. */
  private progress(): void {
    for (let page = this.pages[0]; page !== undefined; page = this.pages[0]) {
      const open = [...page.wants].some(
        ([conversation, sequence]) => (this.cursors.get(conversation) ?? 0) < sequence && !this.closed.has(conversation),
      );
      if (open && this.flaws.positionBeforeGaps !== true) break;
      this.pages.shift();
      this.position = page.position;
      if (page.more) this.resume();
    }
    this.pull();
  }

  private pull(): void {
    if (!this.live || this.pulling !== undefined) return;
    for (const [conversation, sequence] of this.known) {
      const fromSequence = (this.cursors.get(conversation) ?? 0) + 1;
      if (fromSequence > sequence) {
        this.known.delete(conversation);
        continue;
      }
      this.pulling = { conversation, untilMs: this.time.nowMs + PULL_AGAIN_MS };
      this.socket?.send(encodeFrame('pull', { conversation, fromSequence, toSequence: sequence }));
      return;
    }
  }

  private resume(): void {
    this.resumeAtMs = this.time.nowMs + RESUME_AGAIN_MS;
    this.socket?.send(encodeFrame('resume', { position: this.position }));
  }

  private acknowledge(): void {
    for (const conversation of this.acks) {
      const sequence = (this.cursors.get(conversation) ?? 0) + (this.flaws.acksBeyondCursor === true ? 1 : 0);
      this.socket?.send(encodeFrame('ack', { conversation, sequence }));
    }
    this.acks.clear();
  }

  private transmit(kept: Kept): void {
    kept.againMs = this.time.nowMs + RESEND_MS;
    kept.transmissions++;
    this.socket?.send(kept.frame);
  }
}

export function describe(frame: Frame): string {
  const shown = Object.entries(frame).map(([key, value]) => {
    if (key === 'name') return value;
    if (value instanceof Uint8Array) return `${key}=${value.length === 16 ? hex(value).slice(-8) : `${value.length}B`}`;
    return `${key}=${JSON.stringify(value)}`;
  });
  return shown.join(' ');
}
