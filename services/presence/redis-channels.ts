/**
 * A process's subscriptions to sharded channels: what is wanted is compared with what there is, and the difference goes in
 * pages, each of one section, since a command's channels must stand on one node. After a reconnect all are subscribed again.
 */
import { Cluster, Redis } from 'ioredis';
import { asBackendError, connectionOptions, hostOf, within } from '../backends/redis-client.ts';
import type { RedisSettings } from '../backends/settings.ts';

export interface RedisChannelsOptions {
  readonly heard: (channel: string, message: string) => void;
  /** Messages may have been lost; the subscriptions stand again. */
  readonly missed: () => void;
  readonly log: (message: string) => void;
}

const PAGE = 500;
const DEADLINE_MS = 5_000;
const AGAIN_MS = 500;

export class RedisChannels {
  private readonly options: RedisChannelsOptions;
  private readonly driver: Redis | Cluster;
  private wanted: ReadonlySet<string> = new Set();
  private readonly there = new Set<string>();
  private turn: Promise<void> = Promise.resolve();
  private away = false;
  private closed = false;

  private constructor(settings: RedisSettings, options: RedisChannelsOptions) {
    this.options = options;
    const connection = { ...connectionOptions(settings), autoResubscribe: settings.cluster };
    this.driver = settings.cluster
      ? new Cluster(settings.nodes.map(hostOf), { lazyConnect: true, shardedSubscribers: true, redisOptions: connection })
      : new Redis({ ...hostOf(settings.nodes[0]!), ...connection });
    this.driver.on('smessage', (channel: string, message: string) => options.heard(channel, message));
    this.driver.on('error', (error: Error) => {
      if (!this.away) options.log(`channels: ${asBackendError(error).message}`);
      this.away = true;
    });
    let readyBefore = false;
    this.driver.on('ready', () => {
      this.away = false;
      if (readyBefore) void this.again();
      readyBefore = true;
    });
    // In a cluster the driver subscribes again by itself, on whatever node has the section now.
    for (const event of ['+node', '-node', 'subscriberConnectFailed']) this.driver.on(event, () => readyBefore && void this.again());
  }

  static async open(settings: RedisSettings, options: RedisChannelsOptions): Promise<RedisChannels> {
    const channels = new RedisChannels(settings, options);
    try {
      await within(DEADLINE_MS, channels.driver.connect());
      return channels;
    } catch (error) {
      channels.close();
      throw asBackendError(error);
    }
  }

  get count(): number {
    return this.there.size;
  }

  /** Resolves when just these are subscribed. */
  set(wanted: ReadonlySet<string>): Promise<void> {
    this.wanted = wanted;
    const done = this.turn.then(() => this.settle());
    this.turn = done.catch(() => undefined);
    return done;
  }

  close(): void {
    this.closed = true;
    this.driver.disconnect();
  }

  private async settle(): Promise<void> {
    const gone = [...this.there].filter((channel) => !this.wanted.has(channel));
    for (const page of pagesBySection(gone)) {
      await this.ask('sunsubscribe', page);
      for (const channel of page) this.there.delete(channel);
    }
    const missing = [...this.wanted].filter((channel) => !this.there.has(channel));
    for (const page of pagesBySection(missing)) {
      await this.ask('ssubscribe', page);
      for (const channel of page) this.there.add(channel);
    }
  }

  private async ask(command: 'ssubscribe' | 'sunsubscribe', channels: readonly string[]): Promise<void> {
    try {
      await within(DEADLINE_MS, this.driver[command](...channels) as Promise<unknown>);
    } catch (error) {
      throw asBackendError(error);
    }
  }

  /** The connection is another one. */
  private async again(): Promise<void> {
    this.there.clear();
    while (!this.closed) {
      try {
        await this.set(this.wanted);
        return this.options.missed();
      } catch (error) {
        this.options.log(`not subscribed: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

function* pagesBySection(channels: readonly string[]): Iterable<readonly string[]> {
  const sections = new Map<string, string[]>();
  for (const channel of channels) {
    const section = channel.slice(channel.indexOf('{'), channel.indexOf('}'));
    const page = sections.get(section);
    if (page === undefined) sections.set(section, [channel]);
    else if (page.push(channel) === PAGE) {
      sections.delete(section);
      yield page;
    }
  }
  yield* sections.values();
}
