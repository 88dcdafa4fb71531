/**
 * The store: entries of conversations, membership, receipts, and what a device needs to catch up. Written by dispatch, read
 * by relays. A write is a function of the log: written again it changes nothing.
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

/** Up to this size each member's list row is written with every entry; above, a list is made from the conversation's state. */
export const FAN_OUT_MEMBERS = 256;

/** The outcome of one record of `messages`: the new state and the entry it made. */
export interface Applied {
  readonly conversation: Conversation;
  readonly entry: LogEntry;
  /** The members, and who has just stopped to be one; ascending. */
  readonly recipients: readonly UserId[];
}

/** A record of `messages` that made no entry. Remembered as long as its message id is. */
export interface Rejection {
  readonly conversation: ConversationId;
  readonly offset: number;
  /** Code of ERROR_CODES. */
  readonly code: number;
}

/** A run of records of one partition of `messages`, decided. */
export interface DecidedBatch {
  readonly partition: number;
  readonly applied: readonly Applied[];
  readonly rejections: readonly Rejection[];
  /** The run ends before this offset: every outcome below it is stored when the write resolves. */
  readonly nextOffset: number;
  /** Log time of the first record of the run. */
  readonly firstLoggedAtMs: number;
}

/** How far a partition of `messages` is stored. */
export interface Progress {
  readonly nextOffset: number;
  /** `firstLoggedAtMs` of the last run: nothing that was decided after it is older. */
  readonly firstLoggedAtMs: number;
  /** The store may have forgotten some of what is below. */
  readonly whole?: false;
}

export interface Place {
  readonly conversation: ConversationId;
  readonly offset: number;
}

/** What a record came to: the sequence of its entry, or the code of its rejection. */
export type RecordedOutcome = { readonly sequence: number } | { readonly code: number };

/** A device has, or its user has read, everything up to `sequence`. */
export interface ReceiptMark {
  readonly kind: 'delivered' | 'read';
  readonly conversation: ConversationId;
  readonly device: DeviceKey;
  readonly sequence: number;
  /** Log time of its record: a store that is built again from the log judges by it what was withheld then. */
  readonly loggedAtMs?: number;
}

/** A mark that moved the highest of its user. */
export interface MovedMark extends ReceiptMark {
  /** How far the user was before, as the store knew: never less than what was told. */
  readonly after: number;
  /** Of a read mark, where nobody else may see it. */
  readonly withheld?: true;
}

/** A mark as another member may see it: the highest of a user's devices. */
export interface Receipt {
  readonly kind: 'delivered' | 'read';
  readonly user: UserId;
  readonly sequence: number;
}

export interface ReceiptPage {
  readonly receipts: readonly Receipt[];
  /** Opaque; asks for the next page. */
  readonly position: Uint8Array;
  readonly more: boolean;
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

/** A conversation in a user's list. Unread are `sequence` less `readSequence`: who sends has read what stands above. */
export interface ListRow {
  readonly conversation: ConversationId;
  readonly sequence: number;
  readonly loggedAtMs: number;
  readonly members: number;
  /** Read by this user, on any device, or sent by him. */
  readonly readSequence: number;
  /** Of the last message, 0 and empty where there is none: who sent it, its content type, and the beginning of its body for everyone. */
  readonly sender: DeviceKey;
  readonly contentType: number;
  readonly snippet: Uint8Array;
}

export const SNIPPET_BYTES = 64;

export interface ListPage {
  readonly position: Uint8Array;
  readonly more: boolean;
  readonly rows: readonly ListRow[];
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
  /** What the records at these places came to, in their order; undefined where nothing is stored of one. */
  outcomesAt(places: readonly Place[]): Promise<ReadonlyArray<RecordedOutcome | undefined>>;
  /** Stores a run, each conversation's outcomes in the order of its log. Resolves when they can be read. */
  write(batch: DecidedBatch): Promise<void>;
  /** Undefined where nothing of the partition was ever stored. */
  progress(partition: number): Promise<Progress | undefined>;
  /**
   * Marks only ever grow. Those of strangers are dropped, those beyond the last entry are cut to it. Resolves with those
   * that moved the highest of their user, cut; a read mark moves the list rows of its user too. `known`: states that its
   * caller has, current; the others are read.
   */
  markReceipts(marks: readonly ReceiptMark[], known?: ReadonlyMap<ConversationId, Conversation>): Promise<readonly MovedMark[]>;
  /** Receipts of the other members as this one may see them: no read receipt of who withholds his. Members only. */
  receipts(user: UserId, conversation: ConversationId, position: Uint8Array, limit: number): Promise<ReceiptPage | Refusal>;
  /** From here on the user's read receipts are shown to nobody else (or again). What was withheld stays so. */
  setReceiptPrivacy(user: UserId, withhold: boolean): Promise<void>;
  /** Those of the users who withhold their read receipts. Never from a cache. */
  withholding(users: readonly UserId[]): Promise<ReadonlySet<UserId>>;
  /** Who sent the messages from..to, each once; at most of the last 64 of them. `to` is not beyond the last entry. */
  senders(conversation: ConversationId, from: number, to: number): Promise<readonly DeviceKey[]>;
  /** A device of a user, to be told by push when it is offline. */
  addDevice(device: DeviceKey): Promise<void>;
  /** The devices of each user, in order of the users. */
  devices(users: readonly UserId[]): Promise<ReadonlyArray<readonly DeviceKey[]>>;
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
export type StoreReads = Pick<
  Store,
  'conversations' | 'changedSince' | 'changedSinceEach' | 'entries' | 'history' | 'list' | 'receipts' | 'setReceiptPrivacy' | 'addDevice'
>;
