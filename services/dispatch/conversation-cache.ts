/**
 * States of conversations of one held partition, the least recently used first to go. Its holder alone writes them, so what
 * is in it is current as long as the partition is held, and it is dropped with it.
 */
import type { ConversationId } from '../protocol/ids.ts';
import type { Conversation } from '../store/store.ts';

/** What a state weighs beside its members. */
const STATE_WEIGHT = 16;

export class ConversationCache {
  private readonly limit: number;
  private readonly states = new Map<ConversationId, Conversation>();
  private weight = 0;

  /** `limit`: members of all its states, each state counting as 16 more. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.states.size;
  }

  get(id: ConversationId): Conversation | undefined {
    return this.states.get(id);
  }

  set(state: Conversation): void {
    const before = this.states.get(state.id);
    if (before !== undefined) this.remove(before);
    this.states.set(state.id, state);
    this.weight += weightOf(state);
    for (const [, oldest] of this.states) {
      if (this.weight <= this.limit) return;
      this.remove(oldest);
    }
  }

  clear(): void {
    this.states.clear();
    this.weight = 0;
  }

  private remove(state: Conversation): void {
    this.states.delete(state.id);
    this.weight -= weightOf(state);
  }
}

function weightOf({ members }: Conversation): number {
  return members.length + STATE_WEIGHT;
}
