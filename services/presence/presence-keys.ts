/**
 * Presence in its naive form, to be measured beside the leases: a key per user that his gateway sets again with each period,
 * and that goes by itself when it does not. A billion users of 30 s are 33 million writes a second, whoever comes or goes.
 */
import type { RedisClient } from '../backends/redis-client.ts';
import type { UserId } from '../protocol/ids.ts';
import { sectionKey, sectionOf } from '../routes/redis-sections.ts';

/** Periods without a refresh after which a user counts as gone. */
const PERIODS = 2;

export class PresenceKeys {
  private readonly client: RedisClient;
  private readonly prefix: string;
  private readonly periodMs: number;

  constructor(client: RedisClient, prefix: string, periodMs: number) {
    this.client = client;
    this.prefix = prefix;
    this.periodMs = periodMs;
  }

  /** To be called for every user once a period. */
  async refresh(users: readonly UserId[], nowMs: number): Promise<void> {
    await this.client.run(users.map((user) => ({ name: 'set', key: this.key(user), rest: [nowMs, 'PX', PERIODS * this.periodMs] })));
  }

  /** Whether each is there, in order. */
  async areOnline(users: readonly UserId[]): Promise<boolean[]> {
    const { replies } = await this.client.run(users.map((user) => ({ name: 'exists', key: this.key(user) })));
    return replies.map((reply) => reply === 1);
  }

  private key(user: UserId): string {
    return sectionKey(this.prefix, 'k', sectionOf(user), user);
  }
}
