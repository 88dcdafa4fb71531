/**
 * The protocol of a client, for all connections of a worker: what a frame means for the lifecycle, the cursors and the
 * sends. Pure: frames, sockets' ends and time come in, frames and dials go out through the effects that were handed in.
 */
import { decode, encodeFrame } from '../../services/protocol/codec.ts';
import { ERROR_CODES } from '../../services/protocol/error-codes.ts';
import { FRAMES, HELLO_FLAGS } from '../../services/protocol/frame-table.ts';
import type { Frame, FrameOf } from '../../services/protocol/frames.ts';
import { ID_KINDS, readId } from '../plan/message-id.ts';
import { Cursors } from './cursors.ts';
import { Deadlines } from './deadlines.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Memberships } from './memberships.ts';
import type { ReconnectPolicy } from './reconnect.ts';
import { creationKey, Sends } from './sends.ts';
import type { SessionEffects, SessionListener } from './session-ports.ts';

export interface SessionOptions {
  readonly connections: number;
  readonly nonce: number;
  readonly heartbeatSeconds: number;
  readonly answerHeartbeats: boolean;
  readonly policy: ReconnectPolicy;
  readonly attemptLimitMs: number;
  readonly resendAfterMs: number;
  readonly pendingLimit: number;
  /** See `Cursors`. */
  readonly readEvery: number;
  /** See `SendsOptions`. */
  readonly trustsAccepted: boolean;
  readonly random: () => number;
  /** The device key of a connection, by which its own entries are known. */
  readonly deviceOf: (connection: number) => number;
}

const CAPABILITIES = 0;
const NO_POSITION = new Uint8Array(0);

export class Session {
  readonly lifecycle: Lifecycle;
  readonly cursors: Cursors;
  readonly sends: Sends;
  readonly memberships: Memberships;
  /** Shortest period that the server granted; what it says counts. */
  heartbeatSeconds: number;
  private readonly options: SessionOptions;
  private readonly effects: SessionEffects;
  private readonly listener: SessionListener;
  private readonly plainHello: Uint8Array;
  /** RESUMEs to repeat after the server could not answer one. */
  private readonly resumes = new Deadlines();

  constructor(options: SessionOptions, memberships: Memberships, effects: SessionEffects, listener: SessionListener) {
    this.options = options;
    this.effects = effects;
    this.listener = listener;
    this.memberships = memberships;
    this.heartbeatSeconds = options.heartbeatSeconds;
    this.plainHello = this.hello(NO_POSITION);
    this.cursors = new Cursors(memberships, effects, listener, options.readEvery);
    const { resendAfterMs, pendingLimit: limit, trustsAccepted } = options;
    this.sends = new Sends({ resendAfterMs, limit, trustsAccepted }, effects, listener);
    this.lifecycle = new Lifecycle(
      {
        connections: options.connections,
        policy: options.policy,
        attemptLimitMs: options.attemptLimitMs,
        random: options.random,
        helloFrame: (connection) => {
          const position = this.cursors.position(connection);
          return position === undefined ? this.plainHello : this.hello(position);
        },
      },
      effects,
      listener,
    );
  }

  readonly isOpen = (connection: number): boolean => this.lifecycle.isOpen(connection);

  /** A whole WebSocket message. Gives the reason when it can't be read: then hang up. */
  message(connection: number, message: Uint8Array, nowMs: number): string | undefined {
    let at = 0;
    do {
      const decoded = decode(message, at);
      if (!decoded.ok) return decoded.reason;
      if (decoded.frame !== undefined) this.frame(connection, decoded.frame, nowMs);
      at = decoded.next;
    } while (at < message.length);
    return undefined;
  }

  closed(connection: number, code: number, reason: string, nowMs: number): void {
    this.cursors.closed(connection, nowMs);
    this.lifecycle.closed(connection, code, reason, nowMs);
  }

  tick(nowMs: number): void {
    this.lifecycle.tick(nowMs);
    this.sends.tick(nowMs, this.isOpen);
    for (let connection = this.resumes.takeDue(nowMs); connection >= 0; connection = this.resumes.takeDue(nowMs)) {
      if (this.isOpen(connection)) this.resume(connection);
    }
  }

  /** Gaps whose answer did not come; every now and then is enough. */
  slowTick(nowMs: number): void {
    this.cursors.tick(nowMs, this.isOpen);
  }

  get nextMs(): number {
    return Math.min(this.lifecycle.nextMs, this.sends.nextMs, this.resumes.nextMs);
  }

  private frame(connection: number, frame: Frame, nowMs: number): void {
    switch (frame.name) {
      case 'welcome':
        if (!this.lifecycle.welcome(connection, nowMs)) return;
        if (frame.heartbeatSeconds > 0) this.heartbeatSeconds = Math.min(this.heartbeatSeconds, frame.heartbeatSeconds);
        if (this.cursors.opened(connection)) this.cursors.flushAcknowledgements(this.isOpen, nowMs);
        return this.sends.reopened(connection, nowMs);
      case 'deliver':
        return this.deliver(connection, frame, nowMs);
      case 'accepted':
        return this.sends.accepted(keyOf(this.options.nonce, frame.id), nowMs);
      case 'sequenced':
        return this.own(connection, keyOf(this.options.nonce, frame.id), frame.conversation, frame.sequence, nowMs);
      case 'created':
        return this.created(connection, frame, nowMs);
      case 'rejected':
        return this.sends.rejected(keyOf(this.options.nonce, frame.id), frame.code, nowMs);
      case 'heartbeatReply':
        return this.listener.heartbeatAnswered(connection, false, nowMs);
      case 'heartbeatNewer':
        this.listener.heartbeatAnswered(connection, true, nowMs);
        return this.resume(connection);
      case 'changed':
        return this.cursors.changed(connection, frame, nowMs);
      case 'pulled':
        return this.cursors.pulled(connection, frame, nowMs);
      case 'receiptsPage':
        return this.listener.receiptsPage?.(connection, frame);
      case 'goAway':
        return this.lifecycle.hint(connection, frame.reconnectAfterMs);
      case 'error':
        return this.error(connection, frame, nowMs);
      default:
        // Side channels (typing, presence, receipts) and pages that a load user did not ask for: they move nothing.
        return;
    }
  }

  private deliver(connection: number, frame: FrameOf<'deliver'>, nowMs: number): void {
    let slot = this.memberships.byServerId(connection, frame.conversation);
    if (slot < 0) slot = this.bind(connection, frame.conversation, frame.id);
    if (slot < 0) return this.listener.foreign(connection);
    // One's own entry comes as a DELIVER when it is pulled: then it is the answer to the send.
    if (frame.sender === this.options.deviceOf(connection))
      return this.own(connection, keyOf(this.options.nonce, frame.id), frame.conversation, frame.sequence, nowMs);
    this.cursors.arrived(slot, frame.sequence, frame, nowMs);
  }

  private created(connection: number, frame: FrameOf<'created'>, nowMs: number): void {
    const id = readId(this.options.nonce, frame.id);
    if (id === undefined || id.kind !== ID_KINDS.creation) return this.listener.foreign(connection);
    this.bind(connection, frame.conversation, frame.id);
    this.own(connection, creationKey(id.conversation), frame.conversation, 1, nowMs);
  }

  /** The answer to one's own send moves the cursor as a DELIVER would. */
  private own(connection: number, key: number, conversation: number, sequence: number, nowMs: number): void {
    this.sends.sequenced(key, sequence, nowMs);
    const slot = this.memberships.byServerId(connection, conversation);
    if (slot >= 0) this.cursors.arrived(slot, sequence, 'own', nowMs);
  }

  /** Learns the server's id of a conversation from the id of any of its entries, which carries the plan's number. */
  private bind(connection: number, serverId: number, entryId: Uint8Array): number {
    const id = readId(this.options.nonce, entryId);
    if (id === undefined) return -1;
    const slot = this.memberships.byConversation(connection, id.conversation);
    if (slot >= 0 && this.memberships.serverIds[slot] === 0) this.memberships.serverIds[slot] = serverId;
    return slot >= 0 && this.memberships.serverIds[slot] === serverId ? slot : -1;
  }

  private error(connection: number, frame: FrameOf<'error'>, nowMs: number): void {
    switch (frame.aboutType) {
      case FRAMES.send.type:
      case FRAMES.create.type:
        return this.sends.failed(keyOf(this.options.nonce, frame.id), frame.code, frame.retryAfterMs, nowMs);
      case FRAMES.pull.type:
        if (frame.code === ERROR_CODES.gone.code) this.cursors.gone(connection, nowMs);
        return;
      case FRAMES.resume.type:
      case FRAMES.hello.type:
        if (frame.code === ERROR_CODES.badPosition.code) this.cursors.forgetPosition(connection);
        this.resumes.add(nowMs + Math.max(1, frame.retryAfterMs), connection);
        return;
      default:
        this.lifecycle.hint(connection, frame.retryAfterMs);
    }
  }

  askReceipts(connection: number, conversation: number, position: Uint8Array): void {
    this.effects.transmit(connection, encodeFrame('receipts', { conversation, position }));
  }

  private resume(connection: number): void {
    this.effects.transmit(connection, encodeFrame('resume', { position: this.cursors.position(connection) ?? NO_POSITION }));
  }

  private hello(position: Uint8Array): Uint8Array {
    return encodeFrame('hello', {
      capabilities: CAPABILITIES,
      heartbeatSeconds: this.options.heartbeatSeconds,
      flags: this.options.answerHeartbeats ? HELLO_FLAGS.answerHeartbeats : 0,
      position,
    });
  }
}

function keyOf(nonce: number, id: Uint8Array): number {
  const read = readId(nonce, id);
  if (read === undefined) return -1;
  return read.kind === ID_KINDS.creation ? creationKey(read.conversation) : read.number;
}
