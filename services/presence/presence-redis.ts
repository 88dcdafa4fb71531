/**
 * Presence over Redis: the routes say who is online (or, as a switch, keys of their own, see presence-keys.ts); a sharded
 * channel per watched user and per conversation says when to look again, and who types. A channel for many users would carry
 * the changes of a cell to relays that watch none of them. When a user was last seen is a key that goes by itself. Typing is
 * published and stored nowhere.
 */
import { RedisClient, type RedisScript } from '../backends/redis-client.ts';
import type { RedisSettings } from '../backends/settings.ts';
import type { ConversationId, UserId } from '../protocol/ids.ts';
import { sectionKey, sectionOf } from '../routes/redis-sections.ts';
import { KeptKeys } from './kept-keys.ts';
import type { Presence, PresenceChange, Typing } from './presence.ts';
import { LEFT, PresenceKeys, type PresenceKeysOptions } from './presence-keys.ts';
import { PresenceWatch, type PresenceWatchOptions } from './presence-watch.ts';
import { RedisChannels } from './redis-channels.ts';

/** keys: when a user was last seen · arguments: milliseconds, how long that is kept · an earlier time changes nothing */
export const SEEN: RedisScript = {
  name: 'parleySeen',
  keys: 1,
  lua: `
local seen, atMs, keptMs = KEYS[1], ARGV[1], ARGV[2]
local stands = redis.call('GET', seen)
if stands and tonumber(stands) >= tonumber(atMs) then return 0 end
redis.call('SET', seen, atMs, 'PX', keptMs)
return 1`,
};

const SEEN_KEPT_MS = 90 * 86_400_000;
const PAGE = 2_000;

export interface RedisPresenceOptions extends Omit<PresenceWatchOptions, 'lastSeen'> {
  readonly commandDeadlineMs?: number;
  /** A key per user in place of the routes: the same for every process of the cell. */
  readonly keys?: PresenceKeysOptions;
}

/** `routes` stay their opener's. Rejects with BackendError when the server is not to be had. */
export async function openRedisPresence(settings: RedisSettings, options: RedisPresenceOptions): Promise<RedisPresence> {
  const client = await RedisClient.open(settings, { ...options, scripts: [SEEN, LEFT] });
  const presence = new RedisPresence(client, settings.prefix, options);
  try {
    await presence.start(settings);
    return presence;
  } catch (error) {
    await presence.close();
    throw error;
  }
}

export class RedisPresence implements Presence {
  readonly client: RedisClient;
  private readonly prefix: string;
  private readonly options: RedisPresenceOptions;
  private readonly users: PresenceWatch;
  private readonly kept: KeptKeys | undefined;
  private channels: RedisChannels | undefined;

  constructor(client: RedisClient, prefix: string, options: RedisPresenceOptions) {
    this.client = client;
    this.prefix = prefix;
    this.options = options;
    const keys = options.keys === undefined ? undefined : new PresenceKeys(client, prefix, options.keys);
    this.users = new PresenceWatch({ ...options, routes: keys ?? options.routes, lastSeen: (users) => this.lastSeen(users) });
    this.kept = keys === undefined ? undefined : new KeptKeys({ keys, watch: this.users, log: options.log });
  }

  async start(settings: RedisSettings): Promise<void> {
    const { listener, log } = this.options;
    const userPrefix = `${this.prefix}p{`;
    this.channels = await RedisChannels.open(settings, {
      heard: (channel, message) => {
        const id = Number(channel.slice(channel.indexOf('}') + 1));
        if (channel.startsWith(userPrefix)) this.users.changed([id]);
        else listener.typed({ conversation: id, user: Number(message) });
      },
      missed: () => listener.missed(),
      log,
    });
  }

  /** Channels that this process is subscribed to. */
  get subscribed(): number {
    return this.channels?.count ?? 0;
  }

  read(users: readonly UserId[]): ReturnType<Presence['read']> {
    return this.users.read(users);
  }

  async announce(changes: readonly PresenceChange[]): Promise<void> {
    for (let at = 0; at < changes.length; at += PAGE) {
      const page = changes.slice(at, at + PAGE);
      // First the times, so that who looks when he hears of it finds them.
      const gone = page.filter(({ online }) => !online);
      await this.client.run(gone.map(({ user, atMs }) => ({ name: SEEN.name, key: this.key('s', user), rest: [atMs, SEEN_KEPT_MS] })));
      await this.kept?.apply(page);
      await this.client.run(page.map(({ user }) => ({ name: 'spublish', key: this.key('p', user), rest: [''] })));
    }
  }

  async type({ conversation, user }: Typing): Promise<void> {
    await this.client.run([{ name: 'spublish', key: this.key('t', conversation), rest: [user] }]);
  }

  async watch(users: ReadonlySet<UserId>, conversations: ReadonlySet<ConversationId>): Promise<void> {
    this.users.set(users);
    const wanted = new Set<string>();
    for (const user of users) wanted.add(this.key('p', user));
    for (const conversation of conversations) wanted.add(this.key('t', conversation));
    await this.channels!.set(wanted);
  }

  async close(): Promise<void> {
    this.kept?.stop();
    this.users.stop();
    this.channels?.close();
    await this.client.close();
  }

  private async lastSeen(users: readonly UserId[]): Promise<number[]> {
    const seen: number[] = [];
    for (let at = 0; at < users.length; at += PAGE) {
      const commands = users.slice(at, at + PAGE).map((user) => ({ name: 'get', key: this.key('s', user) }));
      for (const reply of (await this.client.run(commands)).replies) seen.push(Number(reply ?? 0));
    }
    return seen;
  }

  private key(kind: 's' | 'p' | 't', id: number): string {
    return sectionKey(this.prefix, kind, sectionOf(id), id);
  }
}
