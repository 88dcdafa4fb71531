/** The conversations of each user. Most have few: a user's only conversation is held as a number, not as a list. */
import type { ConversationId, UserId } from '../protocol/ids.ts';

const NONE: readonly ConversationId[] = [];

export class UserConversations {
  private readonly users = new Map<UserId, ConversationId | ConversationId[]>();

  of(user: UserId): readonly ConversationId[] {
    const held = this.users.get(user);
    return held === undefined ? NONE : typeof held === 'number' ? [held] : held;
  }

  add(user: UserId, conversation: ConversationId): void {
    const held = this.users.get(user);
    if (held === undefined) this.users.set(user, conversation);
    else if (typeof held === 'number') this.users.set(user, [held, conversation]);
    else held.push(conversation);
  }

  remove(user: UserId, conversation: ConversationId): void {
    const held = this.of(user).filter((other) => other !== conversation);
    if (held.length === 0) this.users.delete(user);
    else this.users.set(user, held.length === 1 ? held[0]! : held);
  }
}
