/**
 * Who watches whom on this box: the sessions that subscribed, each with the users it may see and the conversation through
 * which it sees them, found by session, by user and by conversation. Bounded by its owner in pairs.
 */
import type { ConversationId, DeviceKey, UserId } from '../../protocol/ids.ts';
import type { EdgePeer } from './edge-peer.ts';

export interface Seen {
  readonly user: UserId;
  readonly conversation: ConversationId;
}

export interface Watcher {
  readonly peer: EdgePeer;
  readonly connection: number;
  readonly device: DeviceKey;
  readonly seen: readonly Seen[];
}

export class Watchers {
  /** Pairs of a session and a user. */
  pairs = 0;
  private readonly sessions = new Map<EdgePeer, Map<number, Watcher>>();
  private readonly byUser = new Map<UserId, Set<Watcher>>();
  private readonly byConversation = new Map<ConversationId, Set<Watcher>>();

  /** In place of what the session watched before; without anything to see it is forgotten. */
  set(watcher: Watcher): void {
    const { peer, connection, seen } = watcher;
    this.remove(peer, connection);
    if (seen.length === 0) return;
    let connections = this.sessions.get(peer);
    if (connections === undefined) {
      connections = new Map();
      this.sessions.set(peer, connections);
    }
    connections.set(connection, watcher);
    this.pairs += seen.length;
    for (const { user, conversation } of seen) {
      put(this.byUser, user, watcher);
      put(this.byConversation, conversation, watcher);
    }
  }

  of(peer: EdgePeer, connection: number): Watcher | undefined {
    return this.sessions.get(peer)?.get(connection);
  }

  /** True when the session watched anybody. */
  remove(peer: EdgePeer, connection: number): boolean {
    const connections = this.sessions.get(peer);
    const watcher = connections?.get(connection);
    if (connections === undefined || watcher === undefined) return false;
    connections.delete(connection);
    if (connections.size === 0) this.sessions.delete(peer);
    this.pairs -= watcher.seen.length;
    for (const { user, conversation } of watcher.seen) {
      drop(this.byUser, user, watcher);
      drop(this.byConversation, conversation, watcher);
    }
    return true;
  }

  ofUser(user: UserId): Iterable<Watcher> {
    return this.byUser.get(user) ?? [];
  }

  ofConversation(conversation: ConversationId): Iterable<Watcher> {
    return this.byConversation.get(conversation) ?? [];
  }

  get users(): ReadonlySet<UserId> {
    return new Set(this.byUser.keys());
  }

  get conversations(): ReadonlySet<ConversationId> {
    return new Set(this.byConversation.keys());
  }

  /** A user is no member any more: he sees nobody through it, and nobody sees him. Gives those whose view that changed. */
  memberGone(conversation: ConversationId, gone: UserId, userOf: (device: DeviceKey) => UserId): Watcher[] {
    const changed: Watcher[] = [];
    for (const watcher of [...this.ofConversation(conversation)]) {
      const seen = watcher.seen.filter(
        (one) => one.conversation !== conversation || (userOf(watcher.device) !== gone && one.user !== gone),
      );
      if (seen.length === watcher.seen.length) continue;
      this.set({ ...watcher, seen });
      if (seen.length === 0) this.remove(watcher.peer, watcher.connection);
      changed.push(watcher);
    }
    return changed;
  }
}

function put(sets: Map<number, Set<Watcher>>, key: number, watcher: Watcher): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([watcher]));
  else known.add(watcher);
}

function drop(sets: Map<number, Set<Watcher>>, key: number, watcher: Watcher): void {
  const known = sets.get(key);
  if (known === undefined) return;
  known.delete(watcher);
  if (known.size === 0) sets.delete(key);
}
