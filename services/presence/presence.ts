/**
 * Presence and typing: who is online, when he last was, who writes just now. Nothing here is kept for long or delivered for
 * sure: a watcher that misses a change reads the state again. Whether a watcher may see a user is decided before it asks.
 */
import type { ConversationId, UserId } from '../protocol/ids.ts';

export interface PresenceState {
  readonly user: UserId;
  /** `unknown`: the routes were lost and are not yet put again. */
  readonly state: 'offline' | 'online' | 'unknown';
  /** When the user was last seen, 0 where nobody knows; of an online user the time of the answer. */
  readonly lastSeenMs: number;
}

/** On one gateway the first device of a user has come, or its last one has gone. */
export interface PresenceChange {
  readonly user: UserId;
  readonly online: boolean;
  readonly atMs: number;
}

export interface Typing {
  readonly conversation: ConversationId;
  readonly user: UserId;
}

export interface PresenceListener {
  /** Of a watched user; may come again without a change. */
  changed(state: PresenceState): void;
  /** Somebody else types in a watched conversation. */
  typed(typing: Typing): void;
  /** Changes may have been missed: what is watched should be read again. */
  missed(): void;
}

export interface Presence {
  /** States in order of the users. */
  read(users: readonly UserId[]): Promise<readonly PresenceState[]>;
  /** Tells the watchers. A user is offline when no gateway with a live lease has a route of his. */
  announce(changes: readonly PresenceChange[]): Promise<void>;
  type(typing: Typing): Promise<void>;
  /** What this process watches, in all, in place of what it watched before. Bounded by the caller. */
  watch(users: ReadonlySet<UserId>, conversations: ReadonlySet<ConversationId>): Promise<void>;
  close(): Promise<void>;
}
