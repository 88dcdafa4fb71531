/**
 * Presence and typing between the sessions of this box and the port: what is subscribed is checked, watched in one set for
 * the whole box, and told on. A session sees a user through a conversation that both are members of, and looks at the
 * conversations it named; it may type only in those, so that TYPING needs no read. Nothing here is kept or sure to arrive.
 */

import type { Presence, PresenceListener, PresenceState, Typing } from '../../presence/presence.ts';
import { encodeFrame } from '../../protocol/codec.ts';
import { PRESENCE_STATES } from '../../protocol/frame-table.ts';
import type { FrameOf } from '../../protocol/frames.ts';
import { type ConversationId, type DeviceKey, type UserId, userOf } from '../../protocol/ids.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { type Conversation, isMember, type Store } from '../../store/store.ts';
import type { EdgePeer } from './edge-peer.ts';
import { Memberships } from './memberships.ts';
import type { RelayCells } from './metrics.ts';
import { type Seen, type Watcher, Watchers } from './watchers.ts';

export interface PresenceHubOptions {
  readonly presence: Presence;
  readonly store: Pick<Store, 'conversations'>;
  readonly cells: RelayCells;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: (message: string) => void;
}

interface Asked {
  readonly peer: EdgePeer;
  readonly connection: number;
  readonly device: DeviceKey;
  readonly users: FrameOf<'presenceSubscribe'>['users'];
  /** With the answer, or a failure of the backends. */
  readonly answer: (frames: readonly Uint8Array[] | undefined) => void;
}

/** Pairs of a session and a user on this box; over it the users of a subscription are not known. */
const MOST_PAIRS = 1_000_000;
const ASKED_TOGETHER = 256;
const READ_PAGE = 1_000;
/** Subscriptions of this time share their requests. */
const LINGER_MS = 20;
/** What is watched is given as a whole: the more it is, the less often. */
const PAIRS_PER_MS = 2_000;
const AGAIN_MS = 500;
const MOST_TYPING = 1_000;
const EDGE_QUEUE_BYTES = 16 * 1_048_576;

export class PresenceHub implements PresenceListener {
  private readonly options: PresenceHubOptions;
  private readonly watchers = new Watchers();
  private readonly memberships: Memberships;
  private asked: Asked[] = [];
  /** Users of whom a change came while states were read: what was read is older. */
  private readonly newer = new Set<UserId>();
  private working = false;
  private unwatched = false;
  private reread = false;
  private typing = 0;
  private stopped = false;

  constructor(options: PresenceHubOptions) {
    this.options = options;
    this.memberships = new Memberships(options.store, options.nowMs);
  }

  stop(): void {
    this.stopped = true;
  }

  /** In place of what the session watched. `answer` gets a PRESENCE for each user, or nothing when the backends failed. */
  subscribe(
    peer: EdgePeer,
    connection: number,
    users: FrameOf<'presenceSubscribe'>['users'],
    answer: (frames: readonly Uint8Array[] | undefined) => void,
  ): void {
    this.asked.push({ peer, connection, device: peer.sessions.deviceOf(connection), users, answer });
    this.wake();
  }

  ended(peer: EdgePeer, connection: number): void {
    if (this.watchers.pairs === 0 || !this.watchers.remove(peer, connection)) return;
    this.watchersChanged();
  }

  /** A session types: told on only where it looks itself, and so is a member. */
  type(peer: EdgePeer, connection: number, conversation: ConversationId): void {
    const { cells, presence, log } = this.options;
    const watcher = this.watchers.of(peer, connection);
    const looks = watcher?.seen.some((one) => one.conversation === conversation) ?? false;
    if (!looks || this.typing >= MOST_TYPING) {
      cells.typingDropped.value++;
      return;
    }
    cells.typing.value++;
    this.typing++;
    presence
      .type({ conversation, user: userOf(watcher!.device) })
      .catch((error: Error) => log(`typing not told: ${error.message}`))
      .finally(() => this.typing--);
  }

  /** An entry about members passed by. */
  membersChanged(conversation: ConversationId, gone: UserId | undefined): void {
    this.memberships.forget(conversation);
    if (gone === undefined || this.watchers.pairs === 0) return;
    const lost = this.watchers.memberGone(conversation, gone, userOf);
    for (const { peer, connection, device, seen } of lost) {
      // He is not to be taken for whatever he was last.
      const unseen = userOf(device) === gone ? seen.filter((one) => one.conversation === conversation) : [{ user: gone, conversation }];
      const still = new Set(this.watchers.of(peer, connection)?.seen.map((one) => one.user));
      peer.to(
        connection,
        0,
        unseen.filter(({ user }) => !still.has(user)).map(({ user }) => presenceFrame(unknownState(user))),
      );
    }
    if (lost.length > 0) this.watchersChanged();
  }

  changed(state: PresenceState): void {
    if (this.working) this.newer.add(state.user);
    this.tell(state);
  }

  typed({ conversation, user }: Typing): void {
    const frame = encodeFrame('typing', { conversation, user });
    const others = [...this.watchers.ofConversation(conversation)].filter((watcher) => userOf(watcher.device) !== user);
    this.give(others, frame);
  }

  missed(): void {
    this.reread = true;
    this.wake();
  }

  private tell(state: PresenceState): void {
    this.give([...this.watchers.ofUser(state.user)], presenceFrame(state));
  }

  private give(watchers: readonly Watcher[], frame: Uint8Array): void {
    const connections = new Map<EdgePeer, number[]>();
    for (const { peer, connection } of watchers) {
      const known = connections.get(peer);
      if (known === undefined) connections.set(peer, [connection]);
      else known.push(connection);
    }
    for (const [peer, those] of connections) {
      // An edge that does not read gets no more of what may be missed; its sessions are told the states when it does.
      if (peer.queuedBytes > EDGE_QUEUE_BYTES) {
        this.options.cells.presenceDropped.value += those.length;
        void this.options.pause(AGAIN_MS).then(() => this.missed());
        continue;
      }
      this.options.cells.presenceFrames.value += those.length;
      for (let at = 0; at < those.length; at += MOST_TOGETHER) peer.many(those.slice(at, at + MOST_TOGETHER), frame);
    }
  }

  private watchersChanged(): void {
    this.options.cells.watched.value = this.watchers.pairs;
    this.unwatched = true;
    this.wake();
  }

  private wake(): void {
    if (this.working || this.stopped) return;
    this.working = true;
    void this.work();
  }

  /** One round at a time: what came is checked, the whole of what is watched is given on, and only then states are read. */
  private async work(): Promise<void> {
    const { pause, log } = this.options;
    while (!this.stopped && (this.asked.length > 0 || this.unwatched || this.reread)) {
      await pause(LINGER_MS + this.watchers.pairs / PAIRS_PER_MS);
      const asked = this.asked.splice(0, ASKED_TOGETHER);
      const again = this.reread;
      this.reread = this.unwatched = false;
      try {
        for (const [index, frames] of (await this.round(asked)).entries()) asked[index]!.answer(frames);
      } catch (error) {
        log(`presence not read: ${(error as Error).message}`);
        for (const { answer } of asked) answer(undefined);
        this.unwatched = true;
        this.reread ||= again;
        await pause(AGAIN_MS);
        continue;
      }
      try {
        if (again) await this.readAgain();
      } catch (error) {
        log(`presence not read: ${(error as Error).message}`);
        this.reread = true;
        await pause(AGAIN_MS);
      }
    }
    this.working = false;
    this.newer.clear();
  }

  /** The answers. */
  private async round(asked: readonly Asked[]): Promise<Uint8Array[][]> {
    const { presence } = this.options;
    const allowed = await this.allowed(asked);
    for (const [index, { peer, connection, device }] of asked.entries()) {
      if (peer.sessions.deviceOf(connection) === device) this.watchers.set({ peer, connection, device, seen: allowed[index]! });
    }
    this.options.cells.watched.value = this.watchers.pairs;
    this.newer.clear();
    await presence.watch(this.watchers.users, this.watchers.conversations);
    const users = new Set(allowed.flat().map(({ user }) => user));
    const states = new Map((users.size === 0 ? [] : await presence.read([...users])).map((state) => [state.user, state]));
    return asked.map(({ users: wanted }, index) => {
      const seen = new Set(allowed[index]!.map(({ user }) => user));
      const answered = wanted.filter(({ user }) => !(seen.has(user) && this.newer.has(user)));
      return answered.map(({ user }) => presenceFrame((seen.has(user) ? states.get(user) : undefined) ?? unknownState(user)));
    });
  }

  /** What each may see of what it asked for. */
  private async allowed(asked: readonly Asked[]): Promise<Seen[][]> {
    const wanted = asked.map(({ users }) => {
      const conversations = new Set<ConversationId>();
      for (const { conversation } of users) {
        if (conversations.size < LIMITS.conversationsPerSubscribe.value) conversations.add(conversation);
      }
      return conversations;
    });
    const known = await this.memberships.of(new Set(wanted.flatMap((conversations) => [...conversations])));
    let pairs = this.watchers.pairs;
    return asked.map(({ device, users }, index) => {
      const seen = seenBy(userOf(device), users, wanted[index]!, known);
      pairs += seen.length;
      return pairs > MOST_PAIRS ? [] : seen;
    });
  }

  /** Changes may have been missed: the states of all that are watched, at a pace. */
  private async readAgain(): Promise<void> {
    const users = [...this.watchers.users];
    for (let at = 0; at < users.length && !this.stopped; at += READ_PAGE) {
      for (const state of await this.options.presence.read(users.slice(at, at + READ_PAGE))) {
        if (!this.newer.has(state.user)) this.tell(state);
      }
      await this.options.pause(LINGER_MS);
    }
  }
}

/** Connections in one message of the link, whose count has two bytes. */
const MOST_TOGETHER = 10_000;

function seenBy(
  watcher: UserId,
  users: FrameOf<'presenceSubscribe'>['users'],
  wanted: ReadonlySet<ConversationId>,
  known: ReadonlyMap<ConversationId, Conversation>,
): Seen[] {
  return users.filter(({ user, conversation }) => {
    const state = wanted.has(conversation) ? known.get(conversation) : undefined;
    return state !== undefined && isMember(state, watcher) && isMember(state, user);
  });
}

function unknownState(user: UserId): PresenceState {
  return { user, state: 'unknown', lastSeenMs: 0 };
}

function presenceFrame({ user, state, lastSeenMs }: PresenceState): Uint8Array {
  return encodeFrame('presence', { user, state: PRESENCE_STATES[state], lastSeenMs });
}
