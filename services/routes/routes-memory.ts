/**
 * Routes in the memory of this process, in 256 shards that grow one by one: a put never waits for more than the copy of one
 * shard (some 5,000 routes of a million). `bytes` says what the table holds: 30 to 38 bytes a route.
 *
 * It is certain when every live lease says whole, and either as many gateways as there are have one, or the table has stood
 * for so long that who has none is dead.
 */
import { MAX_CONNECTION, MAX_EDGE, MAX_GATEWAY } from '../bus/records.ts';
import { MAX_ID, type UserId, userOf } from '../protocol/ids.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { RouteShard } from './route-shard.ts';
import { LEASE_MS, type Route, type Routes, type RoutesFound } from './routes.ts';

const SHARDS = 256;

interface Lease {
  readonly untilMs: number;
  readonly whole: boolean;
  readonly bornMs: number;
}

export interface RoutesMemoryOptions {
  readonly nowMs?: () => number;
  /** How many gateways there are. */
  readonly gateways?: number;
}

export class RoutesMemory implements Routes {
  private readonly limit: number;
  private readonly shards: Array<RouteShard | undefined> = new Array(SHARDS).fill(undefined);
  private readonly listeners: Array<() => void> = [];
  private readonly live = new Map<number, Lease>();
  private readonly nowMs: () => number;
  private readonly gateways: number;
  private sinceMs: number;
  private count = 0;

  /** `limit`: routes at which a put of a new device is refused. */
  constructor(limit: number, { nowMs = () => Date.now(), gateways = 1 }: RoutesMemoryOptions = {}) {
    this.limit = limit;
    this.nowMs = nowMs;
    this.gateways = gateways;
    this.sinceMs = nowMs();
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

  async lookup(users: readonly UserId[]): Promise<RoutesFound> {
    this.expire();
    const routes = users.map((user) => {
      const its: Route[] = [];
      this.shards[hash(user) >>> 24]?.collect(user, its);
      return its.every((route) => this.counts(route)) ? its : its.filter((route) => this.counts(route));
    });
    return { certain: this.isCertain(), routes };
  }

  async renewLease(gateway: number, leaseMs: number, whole: boolean, bornMs = 0): Promise<void> {
    this.live.set(gateway, { untilMs: this.nowMs() + leaseMs, whole, bornMs });
  }

  async dropLease(gateway: number): Promise<void> {
    this.live.delete(gateway);
  }

  async leases(): Promise<ReadonlySet<number>> {
    this.expire();
    return new Set(this.live.keys());
  }

  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Forgets everything, as a restart of a table without persistence does. */
  lose(): void {
    this.shards.fill(undefined);
    this.count = 0;
    this.live.clear();
    this.sinceMs = this.nowMs();
    for (const listener of this.listeners) listener();
  }

  async close(): Promise<void> {}

  private expire(): void {
    const nowMs = this.nowMs();
    for (const [gateway, { untilMs }] of this.live) if (untilMs <= nowMs) this.live.delete(gateway);
  }

  private counts({ gateway, epoch }: Route): boolean {
    const lease = this.live.get(gateway);
    return lease !== undefined && epoch >= lease.bornMs;
  }

  private isCertain(): boolean {
    for (const { whole } of this.live.values()) if (!whole) return false;
    return this.live.size >= this.gateways || this.nowMs() - this.sinceMs >= LEASE_MS;
  }

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
