/**
 * The store: entries of conversations, membership, and what a device needs to catch up. Written by dispatch, read by
 * relays. A write is a function of the log: written again it changes nothing.
 */
import type { LogEntry } from '../bus/records.ts';
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';

export interface Conversation {
  readonly id: ConversationId;
  readonly lastSequence: number;
  readonly members: ReadonlySet<UserId>;
  /** Offset in `messages` that this state reflects: records at or below it have been applied. */
  readonly offset: number;
  /** Second of the log's time in which the last message was taken, and how many were taken in it: the rate limit's state. */
  readonly rateSecond: number;
  readonly rateCount: number;
}

/** The outcome of one record of `messages`: the new state and the entry it made. */
export interface Applied {
  readonly conversation: Conversation;
  readonly entry: LogEntry;
}

export interface DeliveredMark {
  readonly conversation: ConversationId;
  readonly device: DeviceKey;
  readonly sequence: number;
}

export interface ChangedPage {
  /** Opaque; asks for the next page, and for what changes later. */
  readonly position: Uint8Array;
  readonly more: boolean;
  readonly changes: ReadonlyArray<{ readonly conversation: ConversationId; readonly sequence: number }>;
}

export interface EntryPage {
  readonly entries: readonly LogEntry[];
  readonly more: boolean;
}

export interface ListPage {
  readonly position: Uint8Array;
  readonly more: boolean;
  readonly rows: ReadonlyArray<{
    readonly conversation: ConversationId;
    readonly sequence: number;
    readonly loggedAtMs: number;
    readonly members: number;
  }>;
}

/** Why a read gave nothing: names of ERROR_CODES. */
export type Refusal = { readonly refused: 'notMember' | 'noConversation' | 'badPosition' | 'gone' };

export interface Store {
  /** State of conversations; those that do not exist are absent. */
  conversations(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, Conversation>>;
  /** Stores outcomes in the order of the log. Resolves when they can be read. */
  write(batch: readonly Applied[]): Promise<void>;
  /** Delivered marks only ever grow. */
  markDelivered(marks: readonly DeliveredMark[]): Promise<void>;
  /** Conversations of the user that changed since the position (empty: from the beginning), oldest change first. */
  changedSince(user: UserId, position: Uint8Array, limit: number): Promise<ChangedPage | Refusal>;
  /** Entries from..to of a conversation, oldest first, at most `limit` and about `limitBytes` of bodies, at least one. */
  entries(
    user: UserId,
    conversation: ConversationId,
    from: number,
    to: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal>;
  /** Entries below `before` (0: from the newest), newest first. */
  history(user: UserId, conversation: ConversationId, before: number, limit: number, limitBytes: number): Promise<EntryPage | Refusal>;
  /** The user's conversations, latest change first. */
  list(user: UserId, position: Uint8Array, limit: number): Promise<ListPage | Refusal>;
  close(): Promise<void>;
}
