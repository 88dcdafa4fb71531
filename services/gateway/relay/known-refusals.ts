/**
 * Conversations that users were refused in a moment ago: their next sends need not go through the log to hear it again. Only
 * what the log decided is known here, for a few seconds, and an entry that makes somebody a member ends it at once.
 */
import { ERROR_CODES, type ErrorName } from '../../protocol/error-codes.ts';

const KNOWN_MS = 5_000;
const MOST = 16_384;
const REASONS = new Map<number, ErrorName>((['notMember', 'noConversation'] as const).map((name) => [ERROR_CODES[name].code, name]));

export interface Known {
  readonly reason: ErrorName;
  readonly untilMs: number;
}

export class KnownRefusals {
  private readonly conversations = new Map<number, Map<number, Known>>();
  private size = 0;

  /** The log refused a record of this user with this code. */
  note(conversation: number, user: number, code: number, nowMs: number): void {
    const reason = REASONS.get(code);
    if (reason === undefined) return;
    if (this.size >= MOST) this.clear();
    const users = this.conversations.get(conversation) ?? new Map<number, Known>();
    this.conversations.set(conversation, users);
    if (!users.has(user)) this.size++;
    users.set(user, { reason, untilMs: nowMs + KNOWN_MS });
  }

  /** The refusal that is known, until that time: who asks again then is let through to the log, with all that he has. */
  of(conversation: number, user: number, nowMs: number): Known | undefined {
    if (this.size === 0) return undefined;
    const users = this.conversations.get(conversation);
    const known = users?.get(user);
    if (users === undefined || known === undefined) return undefined;
    if (known.untilMs > nowMs) return known;
    users.delete(user);
    this.size--;
    if (users.size === 0) this.conversations.delete(conversation);
    return undefined;
  }

  /** The conversation was made, or somebody was added. */
  forget(conversation: number): void {
    this.size -= this.conversations.get(conversation)?.size ?? 0;
    this.conversations.delete(conversation);
  }

  private clear(): void {
    this.conversations.clear();
    this.size = 0;
  }
}
