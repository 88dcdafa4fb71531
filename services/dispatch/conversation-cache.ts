/**
 * States of conversations of one held partition, and of groups who sent their last messages; the least recently used first
 * to go. Its holder alone writes them, so what is in it is current as long as the partition is held, and it is dropped with it.
 */
import type { LogEntry } from '../bus/records.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import type { ConversationId, DeviceKey } from '../protocol/ids.ts';
import { RecentSenders } from '../store/recent-senders.ts';
import type { Conversation } from '../store/store.ts';

interface Held {
  readonly state: Conversation;
  senders: RecentSenders | undefined;
}

/** What a state weighs beside its members, and the senders of a group. */
const STATE_WEIGHT = 16;
const SENDERS_WEIGHT = 64;

export class ConversationCache {
  private readonly limit: number;
  private readonly held = new Map<ConversationId, Held>();
  private weight = 0;

  /** `limit`: members of all its states, each state counting as 16 more, of a group as 80 more. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.held.size;
  }

  get(id: ConversationId): Conversation | undefined {
    return this.held.get(id)?.state;
  }

  set(state: Conversation): void {
    const before = this.held.get(state.id);
    if (before !== undefined) this.remove(before);
    this.held.set(state.id, { state, senders: isGroup(state) ? before?.senders : undefined });
    this.weight += weightOf(state);
    for (const [, oldest] of this.held) {
      if (this.weight <= this.limit) return;
      this.remove(oldest);
    }
  }

  /** An entry of a conversation whose state is set, in the order of its sequences. */
  add({ conversation, sequence, kind, sender }: LogEntry): void {
    const held = this.held.get(conversation);
    if (held === undefined || !isGroup(held.state)) return;
    held.senders ??= new RecentSenders();
    held.senders.add(sequence, kind === ENTRY_KINDS.message ? sender : undefined);
  }

  /** Who sent the messages from..to of a group; undefined where that is not kept. */
  senders(id: ConversationId, from: number, to: number): readonly DeviceKey[] | undefined {
    return this.held.get(id)?.senders?.between(from, to);
  }

  clear(): void {
    this.held.clear();
    this.weight = 0;
  }

  private remove({ state }: Held): void {
    this.held.delete(state.id);
    this.weight -= weightOf(state);
  }
}

function isGroup({ members }: Conversation): boolean {
  return members.length > 2;
}

function weightOf(state: Conversation): number {
  return state.members.length + STATE_WEIGHT + (isGroup(state) ? SENDERS_WEIGHT : 0);
}
