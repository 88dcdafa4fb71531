/**
 * Routes in Redis: a hash per user, in sections that a cluster spreads. Not kept when a server is started again empty: its
 * sections' marks are gone then, which is seen with the next lookup there, the next renewal of a lease or the reconnect.
 *
 * The table is certain when the marks that stand with what was read are those known, each is older than a lease (so that who
 * lives has had time to say so), and every live gateway says that its routes are whole in the table of just these marks.
 * Not seen: the last writes that a replica did not have when it took over; the relays' rewriting does not cover them.
 */
import { RedisClient, type RedisClientOptions, type RedisCommand } from '../backends/redis-client.ts';
import type { RedisSettings } from '../backends/settings.ts';
import { MAX_CONNECTION, MAX_EDGE, MAX_GATEWAY } from '../bus/records.ts';
import { deviceKey, deviceOf, MAX_ID, type UserId, userOf } from '../protocol/ids.ts';
import { RedisLeases } from './redis-leases.ts';
import { SectionMarks, sectionKey, sectionOf } from './redis-sections.ts';
import { LEASE_MS, type Route, type Routes, type RoutesFound } from './routes.ts';
import { LEASES, MARK, PUT, REMOVE, RENEW } from './routes-scripts.ts';

export interface RedisRoutesOptions extends Omit<RedisClientOptions, 'scripts'> {
  readonly nowMs?: () => number;
  /** How old a table must be before it can be certain. */
  readonly settleMs?: number;
}

const PAGE = 2_000;
/** Who repeats a put does so within seconds. */
const LOSER_MS = 60_000;
const NO_ROUTES: readonly Route[] = [];

/** Rejects with BackendError `unavailable` or `denied` when the server is not to be had. */
export async function openRedisRoutes(settings: RedisSettings, options: RedisRoutesOptions): Promise<RedisRoutes> {
  const client = await RedisClient.open(settings, { ...options, scripts: [PUT, REMOVE, MARK, RENEW, LEASES] });
  const routes = new RedisRoutes(client, settings.prefix, options);
  try {
    await routes.start();
    return routes;
  } catch (error) {
    await routes.close();
    throw error;
  }
}

export class RedisRoutes implements Routes {
  readonly client: RedisClient;
  private readonly prefix: string;
  private readonly settleMs: number;
  private readonly marks: SectionMarks;
  private readonly leaseBook: RedisLeases;
  private readonly leasesKey: string;
  private readonly listeners: Array<() => void> = [];
  private readonly log: (message: string) => void;

  constructor(client: RedisClient, prefix: string, { log, nowMs = () => Date.now(), settleMs = LEASE_MS }: RedisRoutesOptions) {
    if (/[{}]/.test(prefix)) throw new RangeError('braces in the prefix would decide the section');
    this.client = client;
    this.prefix = prefix;
    this.settleMs = settleMs;
    this.log = log;
    this.leasesKey = sectionKey(prefix, 'l', 0);
    this.leaseBook = new RedisLeases(client, this.leasesKey, nowMs);
    this.marks = new SectionMarks(client, prefix, () => {
      for (const listener of this.listeners) listener();
    });
    client.onReconnected(() => this.lookForLoss());
  }

  async start(): Promise<void> {
    await this.marks.read();
    await this.leaseBook.read();
  }

  get unready(): string | undefined {
    return this.client.unready;
  }

  async put(routes: readonly Route[]): Promise<ReadonlyArray<Route | undefined>> {
    for (const route of routes) check(route);
    const replies = await this.runPages(
      routes.map((route) => ({
        name: PUT.name,
        key: this.keyOf(userOf(route.device)),
        rest: [this.losersOf(userOf(route.device)), deviceOf(route.device), sessionText(route), route.epoch, LOSER_MS],
      })),
    );
    return replies.map((reply, index) => (reply === null ? undefined : parseRoute(routes[index]!.device, reply as string)));
  }

  async remove(routes: readonly Route[]): Promise<void> {
    await this.runPages(
      routes.map((route) => ({
        name: REMOVE.name,
        key: this.keyOf(userOf(route.device)),
        rest: [this.losersOf(userOf(route.device)), deviceOf(route.device), `${sessionText(route)}:${route.epoch}`],
      })),
    );
  }

  async lookup(users: readonly UserId[]): Promise<RoutesFound> {
    const { leaseBook, marks } = this;
    if (!leaseBook.isFresh) await leaseBook.read();
    const found: Array<readonly Route[]> = [];
    let stand = true;
    for (let at = 0; at < users.length; at += PAGE) {
      const page = users.slice(at, at + PAGE);
      const { replies, before } = await this.client.run(
        page.map((user) => ({ name: 'hgetall', key: this.keyOf(user) })),
        (key) => marks.ask(key),
      );
      for (const [key, mark] of before) stand &&= marks.stands(key, mark);
      for (const [index, reply] of replies.entries()) found.push(parseRoutes(page[index]!, reply as Record<string, string>));
    }
    if (!stand) this.lookForLoss();
    if (found.some((routes) => routes.some((route) => !leaseBook.counts(route)))) await leaseBook.read();
    const routes = found.map((its) =>
      its.every((route) => leaseBook.counts(route)) ? its : its.filter((route) => leaseBook.counts(route)),
    );
    return { certain: stand && this.isSettled(), routes };
  }

  async renewLease(gateway: number, leaseMs: number, whole: boolean, bornMs = 0): Promise<void> {
    const known = this.marks.digest;
    await this.marks.read();
    // What was lost between these lines is not in the marks that the lease names.
    const isWhole = whole && this.marks.digest === known;
    const rest = `${isWhole ? 1 : 0}:${bornMs}:${this.marks.digest}`;
    await this.client.run([{ name: RENEW.name, key: this.leasesKey, rest: [gateway, leaseMs, rest] }]);
    this.leaseBook.forget();
  }

  async dropLease(gateway: number): Promise<void> {
    await this.client.run([{ name: 'hdel', key: this.leasesKey, rest: [gateway] }]);
    this.leaseBook.forget();
  }

  async leases(): Promise<ReadonlySet<number>> {
    await this.leaseBook.read();
    return this.leaseBook.live();
  }

  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private isSettled(): boolean {
    return this.marks.ageMs(this.leaseBook.serverMs) >= this.settleMs && this.leaseBook.allWhole(this.marks.digest);
  }

  private lookForLoss(): void {
    this.marks.read().catch((error: Error) => this.log(`marks of the routes not read: ${error.message}`));
  }

  private async runPages(commands: readonly RedisCommand[]): Promise<unknown[]> {
    const replies: unknown[] = [];
    for (let at = 0; at < commands.length; at += PAGE) replies.push(...(await this.client.run(commands.slice(at, at + PAGE))).replies);
    return replies;
  }

  private keyOf(user: UserId): string {
    return sectionKey(this.prefix, 'r', sectionOf(user), user);
  }

  private losersOf(user: UserId): string {
    return sectionKey(this.prefix, 'o', sectionOf(user), user);
  }
}

function sessionText({ gateway, edge, connection }: Route): string {
  return `${gateway}:${edge}:${connection}`;
}

function parseRoute(device: number, text: string): Route {
  const [gateway, edge, connection, epoch] = text.split(':');
  return { device, gateway: Number(gateway), edge: Number(edge), connection: Number(connection), epoch: Number(epoch) };
}

function parseRoutes(user: UserId, fields: Readonly<Record<string, string>>): readonly Route[] {
  const names = Object.keys(fields);
  return names.length === 0 ? NO_ROUTES : names.map((device) => parseRoute(deviceKey(user, Number(device)), fields[device]!));
}

function check({ device, gateway, edge, connection, epoch }: Route): void {
  const fits =
    Number.isSafeInteger(device) &&
    device >= 0 &&
    device <= MAX_ID &&
    gateway <= MAX_GATEWAY &&
    edge <= MAX_EDGE &&
    connection <= MAX_CONNECTION &&
    Number.isSafeInteger(epoch);
  if (!fits) throw new RangeError(`not a route: ${JSON.stringify({ device, gateway, edge, connection, epoch })}`);
}
