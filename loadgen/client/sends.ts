/**
 * Sends on their way: kept with their bytes until SEQUENCED or REJECTED, repeated under the same id after a time-out, at
 * once after a reconnect, and after the server's own time when it was busy. What is ACCEPTED is in the log and waits longer: a
 * repetition would be one more record for who is behind. Due sends of a connection that is away wait here too. Bounded: at the limit a send is not taken, and the caller counts it as unsent.
 */
import { Deadlines } from './deadlines.ts';
import { mayRetrySend } from './lifecycle.ts';
import type { SessionEffects, SessionListener } from './session-ports.ts';

export interface PendingSend {
  /** Unique among the pending ones: the message's number, or that of a creation set apart by `creationKey`. */
  readonly key: number;
  readonly connection: number;
  readonly conversation: number;
  readonly dueMs: number;
  readonly frame: Uint8Array;
  accepted: boolean;
  /** When it first went out. */
  sentMs: number;
  /** When it last did. */
  lastMs: number;
  /** 0 while it waits for a connection. */
  attempts: number;
  nextAttemptMs: number;
}

/** Times the first wait. */
const LONGEST_RESEND = 8;
const FIRST_CREATION_KEY = 0x1_0000_0000;

export function isCreation(send: PendingSend): boolean {
  return send.key >= FIRST_CREATION_KEY;
}

/** Keys of creations stand above those of messages, which are 32-bit numbers. */
export function creationKey(conversation: number): number {
  return FIRST_CREATION_KEY + conversation;
}

export interface SendsOptions {
  /** Before the first repetition. */
  readonly resendAfterMs: number;
  readonly limit: number;
  /**
   * Every other message is not repeated once it was ACCEPTED, not even after a reconnect: what was acknowledged must be there
   * without. Its outcome comes by itself, as an answer or as the entry that is pulled. The others are repeated as if it had not come.
   */
  readonly trustsAccepted: boolean;
}

export class Sends {
  private readonly options: SendsOptions;
  private readonly effects: SessionEffects;
  private readonly listener: SessionListener;
  private readonly pending = new Map<number, PendingSend>();
  private readonly byConnection = new Map<number, PendingSend[]>();
  private readonly deadlines = new Deadlines();

  constructor(options: SendsOptions, effects: SessionEffects, listener: SessionListener) {
    this.options = options;
    this.effects = effects;
    this.listener = listener;
  }

  get size(): number {
    return this.pending.size;
  }

  get nextMs(): number {
    return this.deadlines.nextMs;
  }

  get(key: number): PendingSend | undefined {
    return this.pending.get(key);
  }

  all(): IterableIterator<PendingSend> {
    return this.pending.values();
  }

  /** Takes a send and transmits it if the connection is open. Undefined when the limit is reached. */
  add(
    key: number,
    connection: number,
    conversation: number,
    dueMs: number,
    frame: Uint8Array,
    open: boolean,
    nowMs: number,
  ): PendingSend | undefined {
    if (this.pending.size >= this.options.limit) return undefined;
    const send: PendingSend = {
      key,
      connection,
      conversation,
      dueMs,
      frame,
      accepted: false,
      sentMs: 0,
      lastMs: 0,
      attempts: 0,
      nextAttemptMs: Number.POSITIVE_INFINITY,
    };
    this.pending.set(key, send);
    const others = this.byConnection.get(connection);
    if (others === undefined) this.byConnection.set(connection, [send]);
    else others.push(send);
    if (open) this.transmit(send, nowMs);
    return send;
  }

  accepted(key: number, nowMs: number): void {
    const send = this.pending.get(key);
    if (send === undefined || send.accepted) return;
    send.accepted = true;
    this.listener.accepted(send, nowMs);
  }

  sequenced(key: number, sequence: number, nowMs: number): void {
    const send = this.remove(key);
    if (send !== undefined) this.listener.sequenced(send, sequence, nowMs);
  }

  rejected(key: number, code: number, nowMs: number): void {
    const send = this.remove(key);
    if (send !== undefined) this.listener.rejected(send, code, nowMs);
  }

  /** An ERROR about a send: again later under the same id where that may help, final otherwise. */
  failed(key: number, code: number, retryAfterMs: number, nowMs: number): void {
    const send = this.pending.get(key);
    if (send === undefined) return;
    if (!mayRetrySend(code)) return this.rejected(key, code, nowMs);
    this.schedule(send, nowMs + Math.max(retryAfterMs, 1));
  }

  /** A session is open again: all its sends go out at once, oldest first. */
  reopened(connection: number, nowMs: number): void {
    for (const send of this.byConnection.get(connection) ?? []) if (!this.isTrusted(send)) this.transmit(send, nowMs);
  }

  tick(nowMs: number, isOpen: (connection: number) => boolean): void {
    for (let key = this.deadlines.takeDue(nowMs); key >= 0; key = this.deadlines.takeDue(nowMs)) {
      const send = this.pending.get(key);
      if (send === undefined || send.nextAttemptMs > nowMs) continue;
      if (!isOpen(send.connection) || this.isTrusted(send)) continue;
      const againMs = this.notBeforeMs(send);
      if (againMs > nowMs) this.schedule(send, againMs);
      else this.transmit(send, nowMs);
    }
  }

  private notBeforeMs({ accepted, lastMs }: PendingSend): number {
    return accepted && !this.options.trustsAccepted ? lastMs + this.options.resendAfterMs * LONGEST_RESEND : 0;
  }

  private isTrusted(send: PendingSend): boolean {
    return this.options.trustsAccepted && send.accepted && send.key % 2 === 0 && !isCreation(send);
  }

  private transmit(send: PendingSend, nowMs: number): void {
    send.attempts++;
    send.lastMs = nowMs;
    if (send.attempts === 1) {
      send.sentMs = nowMs;
      this.listener.sent(send, nowMs);
    } else this.listener.resent(send, nowMs);
    this.effects.transmit(send.connection, send.frame);
    // Twice as long each time: while the box is behind, repetitions must not be most of what it has to do.
    this.schedule(send, nowMs + this.options.resendAfterMs * Math.min(LONGEST_RESEND, 2 ** (send.attempts - 1)));
  }

  private schedule(send: PendingSend, atMs: number): void {
    send.nextAttemptMs = atMs;
    this.deadlines.add(atMs, send.key);
  }

  private remove(key: number): PendingSend | undefined {
    const send = this.pending.get(key);
    if (send === undefined) return undefined;
    this.pending.delete(key);
    const others = this.byConnection.get(send.connection);
    if (others === undefined || others.length === 1) this.byConnection.delete(send.connection);
    else others.splice(others.indexOf(send), 1);
    return send;
  }
}
