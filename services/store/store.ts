/**
 * The store: entries of conversations, membership, and what a device needs to catch up. Written by dispatch, read by
 * relays. A write is a function of the log: written again it changes nothing.
 */
import type { LogEntry } from '../bus/records.ts';
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';
import { firstNotBelow } from './ascending.ts';

export interface Conversation {
  readonly id: ConversationId;
  readonly lastSequence: number;
  /** Ascending. */
  readonly members: readonly UserId[];
  /** Offset in `messages` of the record that made the last entry: this state reflects it and all before it. */
  readonly offset: number;
  /** Log time of the last entry. */
  readonly changedAtMs: number;
  /** State of the rate limit: the log time at which the whole burst is there again. */
  readonly restedAtMs: number;
}

export function isMember(conversation: Conversation, user: UserId): boolean {
  return conversation.members[firstNotBelow(conversation.members, user)] === user;
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

export interface ChangedRequest {
  readonly user: UserId;
  readonly position: Uint8Array;
}

export interface EntryPage {
  readonly entries: readonly LogEntry[];
  /** There are more of those that were asked for. */
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

/**
 * What an entry counts for beside its bodies: its fields in a frame at their longest. A page of `limitBytes` of
 * LIMITS.frameBytes less 256 fits in a frame, unless its one entry has bodies for many devices, of which a frame has one.
 */
export const ENTRY_OVERHEAD_BYTES = 64;

export interface Store {
  /** State of conversations; those that do not exist are absent. */
  conversations(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, Conversation>>;
  /** The sequence that the record at this offset got, when it made an entry of the conversation. */
  sequenceAt(conversation: ConversationId, offset: number): Promise<number | undefined>;
  /** Stores outcomes, each conversation's in the order of its log. Resolves when they can be read. */
  write(batch: readonly Applied[]): Promise<void>;
  /** Delivered marks only ever grow. Those of strangers are dropped, those beyond the last entry are cut to it. */
  markDelivered(marks: readonly DeliveredMark[]): Promise<void>;
  delivered(conversation: ConversationId): Promise<readonly DeliveredMark[]>;
  /**
   * Conversations of the user that changed since the position (empty: from the beginning), each once with its last
   * sequence, in an order that a position can name. A position stays good when the store is built again from its log.
   */
  changedSince(user: UserId, position: Uint8Array, limit: number): Promise<ChangedPage | Refusal>;
  /** The same for many users at once, in their order: when a gateway fails over, half a million come together. */
  changedSinceEach(asked: readonly ChangedRequest[], limit: number): Promise<ReadonlyArray<ChangedPage | Refusal>>;
  /** Entries from..to of a conversation, oldest first, at most `limit` and `limitBytes`, but at least one. Members only. */
  entries(
    user: UserId,
    conversation: ConversationId,
    from: number,
    to: number,
    limit: number,
    limitBytes: number,
  ): Promise<EntryPage | Refusal>;
  /** Entries below `before` (0: from the newest), newest first, with the same limits. Members only. */
  history(user: UserId, conversation: ConversationId, before: number, limit: number, limitBytes: number): Promise<EntryPage | Refusal>;
  /** The user's conversations, latest change first. One that changes between two pages is then on the first page. */
  list(user: UserId, position: Uint8Array, limit: number): Promise<ListPage | Refusal>;
  close(): Promise<void>;
}

/** What a relay needs of a store. */
export type StoreReads = Pick<Store, 'changedSince' | 'changedSinceEach' | 'entries' | 'history' | 'list'>;
