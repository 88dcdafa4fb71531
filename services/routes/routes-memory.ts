/**
 * Routes in the memory of this process, in 256 shards that grow one by one: a put never waits for more than the copy of one
 * shard (some 5,000 routes of a million). `bytes` says what the table holds: 30 to 38 bytes a route.
 */
import { MAX_CONNECTION, MAX_EDGE, MAX_GATEWAY } from '../bus/records.ts';
import { MAX_ID, type UserId, userOf } from '../protocol/ids.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { RouteShard } from './route-shard.ts';
import type { Route, Routes } from './routes.ts';

const SHARDS = 256;

export class RoutesMemory implements Routes {
  private readonly limit: number;
  private readonly shards: Array<RouteShard | undefined> = new Array(SHARDS).fill(undefined);
  private readonly listeners: Array<() => void> = [];
  private count = 0;

  /** `limit`: routes at which a put of a new device is refused. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.shards.reduce((bytes, shard) => bytes + (shard?.bytes ?? 0), 0);
  }

  async put(routes: readonly Route[]): Promise<ReadonlyArray<Route | undefined>> {
    for (const route of routes) check(route);
    if (this.count + routes.length > this.limit) {
      throw new BackendError('routesFull', `the table holds ${this.count} of ${this.limit} routes`, false);
    }
    return routes.map((route) => {
      const shard = this.shardOf(userOf(route.device));
      const before = shard.size;
      const lost = shard.put(route);
      this.count += shard.size - before;
      return lost;
    });
  }

  async remove(routes: readonly Route[]): Promise<void> {
    for (const route of routes) if (this.shardOf(userOf(route.device)).remove(route)) this.count--;
  }

  async lookup(users: readonly UserId[]): Promise<ReadonlyArray<readonly Route[]>> {
    return users.map((user) => {
      const routes: Route[] = [];
      this.shards[hash(user) >>> 24]?.collect(user, routes);
      return routes;
    });
  }

  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Forgets everything, as a restart of a table without persistence does. */
  lose(): void {
    this.shards.fill(undefined);
    this.count = 0;
    for (const listener of this.listeners) listener();
  }

  async close(): Promise<void> {}

  private shardOf(user: UserId): RouteShard {
    const number = hash(user) >>> 24;
    const shard = this.shards[number] ?? new RouteShard(withinShard);
    this.shards[number] = shard;
    return shard;
  }
}

function hash(user: UserId): number {
  let h = Math.imul(((user % 0x1_0000_0000) | 0) ^ Math.imul(user / 0x1_0000_0000, 0x9e37_79b1), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2_ae35);
  return (h ^ (h >>> 13)) >>> 0;
}

/** The bits that did not choose the shard. */
function withinShard(user: UserId): number {
  return hash(user) & 0xff_ffff;
}

function check(route: Route): void {
  const fits =
    Number.isSafeInteger(route.device) &&
    route.device >= 0 &&
    route.device <= MAX_ID &&
    route.gateway <= MAX_GATEWAY &&
    route.edge <= MAX_EDGE &&
    route.connection <= MAX_CONNECTION;
  if (!fits) throw new RangeError(`not a route: ${JSON.stringify(route)}`);
}
