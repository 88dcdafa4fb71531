/**
 * Who is a member of a conversation, for what is shown and never for what is decided: read from the store, kept for a while,
 * and forgotten at once when an entry about members passes by. Bounded; at the bound the oldest is read again.
 */
import type { ConversationId } from '../../protocol/ids.ts';
import type { Conversation, Store } from '../../store/store.ts';

const KEPT_MS = 30_000;
const MOST = 4_096;
const READ_PAGE = 64;
/** An entry that passes while its conversation is read has it read again, so many times. */
const READS = 4;

interface Kept {
  readonly conversation: Conversation | undefined;
  readonly untilMs: number;
}

export class Memberships {
  private readonly store: Pick<Store, 'conversations'>;
  private readonly nowMs: () => number;
  private readonly kept = new Map<ConversationId, Kept>();
  /** Changed while a read is under way. */
  private readonly changed = new Set<ConversationId>();

  constructor(store: Pick<Store, 'conversations'>, nowMs: () => number) {
    this.store = store;
    this.nowMs = nowMs;
  }

  /** States of these conversations; those that do not exist are absent. One read of the store at a time. */
  async of(ids: ReadonlySet<ConversationId>): Promise<ReadonlyMap<ConversationId, Conversation>> {
    for (let round = 0; round < READS; round++) {
      const unknown = [...ids].filter((id) => !this.isKept(id));
      if (unknown.length === 0) break;
      this.changed.clear();
      for (let at = 0; at < unknown.length; at += READ_PAGE) await this.read(unknown.slice(at, at + READ_PAGE));
    }
    const found = new Map<ConversationId, Conversation>();
    for (const id of ids) {
      const conversation = this.isKept(id) ? this.kept.get(id)?.conversation : undefined;
      if (conversation !== undefined) found.set(id, conversation);
    }
    this.trim();
    return found;
  }

  forget(conversation: ConversationId): void {
    this.kept.delete(conversation);
    this.changed.add(conversation);
  }

  private async read(ids: readonly ConversationId[]): Promise<void> {
    const found = await this.store.conversations(ids);
    const untilMs = this.nowMs() + KEPT_MS;
    for (const id of ids) {
      if (this.changed.has(id)) continue;
      this.kept.delete(id);
      this.kept.set(id, { conversation: found.get(id), untilMs });
    }
  }

  private isKept(id: ConversationId): boolean {
    const kept = this.kept.get(id);
    return kept !== undefined && kept.untilMs > this.nowMs();
  }

  private trim(): void {
    for (const id of this.kept.keys()) {
      if (this.kept.size <= MOST) return;
      this.kept.delete(id);
    }
  }
}
