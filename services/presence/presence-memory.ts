/**
 * Presence where all watchers are in one process, as on a box with embedded backends: who is online the routes say. When a
 * user was last seen is kept for so many users, and forgotten with the process.
 */
import type { ConversationId, UserId } from '../protocol/ids.ts';
import type { Presence, PresenceChange, Typing } from './presence.ts';
import { PresenceWatch, type PresenceWatchOptions } from './presence-watch.ts';

/** What the watchers of a process have in common. */
export class PresenceTable {
  readonly watchers = new Set<PresenceMemory>();
  private readonly seenMs = new Map<UserId, number>();
  private readonly mostSeen: number;

  /** `mostSeen`: over so many users the one that was told of longest ago is forgotten. */
  constructor(mostSeen: number) {
    this.mostSeen = mostSeen;
  }

  lastSeen(users: readonly UserId[]): readonly number[] {
    return users.map((user) => this.seenMs.get(user) ?? 0);
  }

  seen(user: UserId, atMs: number): void {
    const latest = Math.max(atMs, this.seenMs.get(user) ?? 0);
    this.seenMs.delete(user);
    this.seenMs.set(user, latest);
    if (this.seenMs.size > this.mostSeen) this.seenMs.delete(this.seenMs.keys().next().value!);
  }
}

export interface PresenceMemoryOptions extends Omit<PresenceWatchOptions, 'lastSeen'> {
  readonly table: PresenceTable;
}

export class PresenceMemory implements Presence {
  private readonly options: PresenceMemoryOptions;
  private readonly users: PresenceWatch;
  private conversations: ReadonlySet<ConversationId> = new Set();

  constructor(options: PresenceMemoryOptions) {
    this.options = options;
    this.users = new PresenceWatch({ ...options, lastSeen: async (users) => options.table.lastSeen(users) });
    options.table.watchers.add(this);
  }

  read(users: readonly UserId[]): ReturnType<Presence['read']> {
    return this.users.read(users);
  }

  async announce(changes: readonly PresenceChange[]): Promise<void> {
    const { table } = this.options;
    for (const { user, online, atMs } of changes) if (!online) table.seen(user, atMs);
    const users = changes.map(({ user }) => user);
    for (const watcher of table.watchers) watcher.users.changed(users);
  }

  async type(typing: Typing): Promise<void> {
    for (const watcher of this.options.table.watchers) {
      if (watcher.conversations.has(typing.conversation)) watcher.options.listener.typed(typing);
    }
  }

  async watch(users: ReadonlySet<UserId>, conversations: ReadonlySet<ConversationId>): Promise<void> {
    this.users.set(users);
    this.conversations = new Set(conversations);
  }

  async close(): Promise<void> {
    this.users.stop();
    this.options.table.watchers.delete(this);
  }
}
