/** What a session asks of the outside (effects) and tells the load user (listener). Both are handed in; neither may throw. */
import type { FrameOf } from '../../services/protocol/frames.ts';
import type { PendingSend } from './sends.ts';

export interface SessionEffects {
  /** Begin an attempt: dial, upgrade, then tell the lifecycle how it went. */
  connect(connection: number): void;
  /** One WebSocket message that holds these frames. */
  transmit(connection: number, ...frames: readonly Uint8Array[]): void;
  /** Close the socket; `closed` follows. */
  hangUp(connection: number): void;
}

export interface SessionListener {
  /** `sinceMs`: when the attempt was due. */
  welcomed(connection: number, sinceMs: number, nowMs: number): void;
  /** An attempt ended before WELCOME: by a refusal that names an error, or by a failure. */
  /** `retryMs`: what the server said of when to come back, or 0. */
  refused(connection: number, error: string, nowMs: number, retryMs: number): void;
  failed(connection: number, reason: string, nowMs: number): void;
  /** A session ended that was open and was not told to end by us. */
  dropped(connection: number, reason: string, nowMs: number): void;

  /** Handed to an open connection for the first time. */
  sent(send: PendingSend, nowMs: number): void;
  accepted(send: PendingSend, nowMs: number): void;
  sequenced(send: PendingSend, sequence: number, nowMs: number): void;
  /** Final: by REJECTED after acceptance, or by an error that says not to try again. */
  rejected(send: PendingSend, code: number, nowMs: number): void;
  resent(send: PendingSend, nowMs: number): void;

  /** The next entry of a conversation, once each and in order. `conversation` is the plan's number. */
  delivered(connection: number, conversation: number, entry: FrameOf<'deliver'>, nowMs: number): void;
  /** At or below the cursor: dropped. */
  redelivered(connection: number, conversation: number, sequence: number): void;
  /** Entries are missing and were asked for. */
  gap(connection: number, conversation: number, fromSequence: number, toSequence: number): void;
  /** All that the server says has changed was handed over. */
  caughtUp?(connection: number): void;
  /** An entry of a conversation that is not of this run. */
  foreign(connection: number): void;
  heartbeatAnswered(connection: number, newer: boolean, nowMs: number): void;
  /** Only where receipts are asked for. */
  receiptsPage?(connection: number, page: FrameOf<'receiptsPage'>): void;
}
