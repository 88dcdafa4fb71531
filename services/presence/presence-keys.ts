/**
 * Presence in its naive form, a switch for who wants it and to be measured beside the leases: a key per user that his gateway
 * sets again with each period, and that goes by itself when it does not. A billion users of 30 s are 33 million writes a
 * second, whoever comes or goes. The key names the gateway that set it last: another one's goodbye leaves it. What it can't
 * do: who leaves that gateway while he is on another is away until the other's next period; nobody tells that a key went by
 * itself; and a server that comes back empty has everybody offline, surely, until the next period.
 */
import type { RedisClient, RedisScript } from '../backends/redis-client.ts';
import type { UserId } from '../protocol/ids.ts';
import { sectionKey, sectionOf } from '../routes/redis-sections.ts';
import type { OnlineSource } from './presence-watch.ts';

export interface PresenceKeysOptions {
  /** Whose keys these are. */
  readonly gateway: number;
  readonly periodMs?: number;
}

/** keys: a user's presence · arguments: gateway · answer: 1 where it was this gateway's, and is removed */
export const LEFT: RedisScript = {
  name: 'parleyLeft',
  keys: 1,
  lua: `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`,
};

export const HEARTBEAT_MS = 30_000;
/** Periods without a refresh after which a user counts as gone. */
const PERIODS = 2;
const PAGE = 2_000;
const HERE: ReadonlyArray<{ readonly gateway: number }> = [{ gateway: 0 }];
const NOWHERE: typeof HERE = [];

export class PresenceKeys implements OnlineSource {
  readonly periodMs: number;
  private readonly client: RedisClient;
  private readonly prefix: string;
  private readonly gateway: number;

  constructor(client: RedisClient, prefix: string, { gateway, periodMs = HEARTBEAT_MS }: PresenceKeysOptions) {
    this.client = client;
    this.prefix = prefix;
    this.gateway = gateway;
    this.periodMs = periodMs;
  }

  /** To be called for every user once a period. */
  async refresh(users: readonly UserId[]): Promise<void> {
    const rest = [this.gateway, 'PX', PERIODS * this.periodMs];
    await this.client.run(users.map((user) => ({ name: 'set', key: this.key(user), rest })));
  }

  /** They have left this gateway. */
  async leave(users: readonly UserId[]): Promise<void> {
    await this.client.run(users.map((user) => ({ name: LEFT.name, key: this.key(user), rest: [this.gateway] })));
  }

  /** Whether each is there, in order. */
  async areOnline(users: readonly UserId[]): Promise<boolean[]> {
    const online: boolean[] = [];
    for (let at = 0; at < users.length; at += PAGE) {
      const { replies } = await this.client.run(users.slice(at, at + PAGE).map((user) => ({ name: 'exists', key: this.key(user) })));
      for (const reply of replies) online.push(reply === 1);
    }
    return online;
  }

  /** Where they are nobody can say, and that a key is missing because it was lost nobody sees. */
  async lookup(users: readonly UserId[]): ReturnType<OnlineSource['lookup']> {
    return { certain: true, routes: (await this.areOnline(users)).map((online) => (online ? HERE : NOWHERE)) };
  }

  /** A gateway's death is seen by nothing but its users' keys. */
  async leases(): Promise<ReadonlySet<number>> {
    return new Set();
  }

  onLost(): void {}

  private key(user: UserId): string {
    return sectionKey(this.prefix, 'k', sectionOf(user), user);
  }
}
