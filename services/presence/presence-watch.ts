/**
 * What one process watches and last heard of it: changes that come close together are read together, a gateway whose lease
 * is gone has those who were on it read again although nobody announces them, and so has a table that was lost or is whole
 * again. Leases are looked at once a second: with LEASE_MS that is the time within which a dead gateway's users go offline.
 */
import type { UserId } from '../protocol/ids.ts';
import type { PresenceListener, PresenceState } from './presence.ts';

/** Who says which users are online, and on which gateways: the routes, or keys. */
export interface OnlineSource {
  lookup(
    users: readonly UserId[],
  ): Promise<{ readonly certain: boolean; readonly routes: ReadonlyArray<ReadonlyArray<{ readonly gateway: number }>> }>;
  leases(): Promise<ReadonlySet<number>>;
  onLost(listener: () => void): void;
}

export interface PresenceWatchOptions {
  readonly routes: OnlineSource;
  readonly listener: PresenceListener;
  /** In order of the users, 0 where nobody knows. */
  readonly lastSeen: (users: readonly UserId[]) => Promise<readonly number[]>;
  readonly nowMs: () => number;
  readonly log: (message: string) => void;
}

export const LEASES_READ_MS = 1_000;
/** Changes of so long share a read. */
const LINGER_MS = 20;
const PAGE = 1_000;
const NOWHERE: readonly number[] = [];

export class PresenceWatch {
  private readonly options: PresenceWatchOptions;
  private readonly timer: ReturnType<typeof setInterval>;
  /** Watched users and the gateways that they were on when last read. */
  private watched = new Map<UserId, readonly number[]>();
  /** The same list for all who are on just this gateway. */
  private readonly alone = new Map<number, readonly number[]>();
  private readonly heard = new Set<UserId>();
  private live: ReadonlySet<number> = new Set();
  private certain = true;
  private reading = false;
  private looking = false;
  private stopped = false;

  constructor(options: PresenceWatchOptions) {
    this.options = options;
    options.routes.onLost(() => this.stopped || options.listener.missed());
    this.timer = setInterval(() => void this.lookAtLeases(), LEASES_READ_MS);
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  has(user: UserId): boolean {
    return this.watched.has(user);
  }

  /** Whether each of the watched was online when he was last read. */
  *seenOnline(): Iterable<readonly [user: UserId, online: boolean]> {
    for (const [user, gateways] of this.watched) yield [user, gateways.length > 0];
  }

  set(users: ReadonlySet<UserId>): void {
    const before = this.watched;
    this.watched = new Map();
    for (const user of users) this.watched.set(user, before.get(user) ?? NOWHERE);
  }

  async read(users: readonly UserId[]): Promise<readonly PresenceState[]> {
    const { certain, routes } = await this.options.routes.lookup(users);
    for (const [index, user] of users.entries()) {
      if (this.watched.has(user)) this.watched.set(user, this.gatewaysOf(routes[index]!));
    }
    this.certain &&= certain;
    const gone = users.filter((_, index) => routes[index]!.length === 0);
    const seen = gone.length === 0 ? [] : await this.options.lastSeen(gone);
    const seenOf = new Map(gone.map((user, index) => [user, seen[index]!]));
    const nowMs = this.options.nowMs();
    return users.map((user, index) => {
      if (routes[index]!.length > 0) return { user, state: 'online', lastSeenMs: nowMs };
      return { user, state: certain ? 'offline' : 'unknown', lastSeenMs: seenOf.get(user)! };
    });
  }

  /** Somebody says that these have come or gone. */
  changed(users: Iterable<UserId>): void {
    for (const user of users) if (this.watched.has(user)) this.heard.add(user);
    if (this.heard.size > 0) this.wake();
  }

  private wake(): void {
    if (this.reading || this.stopped) return;
    this.reading = true;
    setTimeout(() => void this.readHeard(), LINGER_MS);
  }

  private async readHeard(): Promise<void> {
    const page = [...this.heard].slice(0, PAGE);
    for (const user of page) this.heard.delete(user);
    try {
      for (const state of await this.read(page)) if (!this.stopped && this.watched.has(state.user)) this.options.listener.changed(state);
    } catch (error) {
      this.options.log(`presence not read: ${(error as Error).message}`);
      this.options.listener.missed();
    }
    this.reading = false;
    if (this.heard.size > 0) this.wake();
  }

  /** Whose lease is gone, and whether what was not certain now is. */
  private async lookAtLeases(): Promise<void> {
    if (this.looking || this.stopped) return;
    this.looking = true;
    try {
      const live = await this.options.routes.leases();
      const lapsed = [...this.live].filter((gateway) => !live.has(gateway));
      const risen = [...live].filter((gateway) => !this.live.has(gateway));
      this.live = live;
      if (lapsed.length > 0) this.changed(this.usersOn(lapsed));
      // Those of a gateway that lives again were taken for offline meanwhile.
      const becameCertain = !this.certain && (await this.options.routes.lookup([])).certain;
      if (becameCertain) this.certain = true;
      if (becameCertain || (risen.length > 0 && !this.stopped)) this.options.listener.missed();
    } catch (error) {
      this.options.log(`leases not read: ${(error as Error).message}`);
    }
    this.looking = false;
  }

  private *usersOn(gateways: readonly number[]): Iterable<UserId> {
    for (const [user, its] of this.watched) if (its.some((gateway) => gateways.includes(gateway))) yield user;
  }

  private gatewaysOf(routes: ReadonlyArray<{ readonly gateway: number }>): readonly number[] {
    const [first] = routes;
    if (first === undefined) return NOWHERE;
    if (routes.every(({ gateway }) => gateway === first.gateway)) {
      let its = this.alone.get(first.gateway);
      if (its === undefined) {
        its = [first.gateway];
        this.alone.set(first.gateway, its);
      }
      return its;
    }
    return [...new Set(routes.map(({ gateway }) => gateway))];
  }
}
