/**
 * A part of the route table: open addressing with linear probing in typed arrays, 24 bytes a slot. All devices of a user
 * stand in one run, so that one probe finds them. Grows by a quarter; removal closes the gap, so nothing is left behind.
 */
import { type DeviceKey, type UserId, userOf } from '../protocol/ids.ts';
import type { Route } from './routes.ts';

const SLOT_BYTES = 24;
/** About what a map needs for one. */
const LOSER_BYTES = 120;
const FIRST_SLOTS = 8;
const FULLEST = 0.8;
const EMPTIEST = 0.2;

interface Slots {
  readonly count: number;
  /** Device key plus one; 0 is a free slot. */
  readonly device: Float64Array;
  readonly epoch: Float64Array;
  readonly connection: Uint32Array;
  readonly gateway: Uint16Array;
  readonly edge: Uint16Array;
}

function slotsOf(count: number): Slots {
  const memory = new ArrayBuffer(count * SLOT_BYTES);
  return {
    count,
    device: new Float64Array(memory, 0, count),
    epoch: new Float64Array(memory, count * 8, count),
    connection: new Uint32Array(memory, count * 16, count),
    gateway: new Uint16Array(memory, count * 20, count),
    edge: new Uint16Array(memory, count * 22, count),
  };
}

export class RouteShard {
  size = 0;
  private readonly hash: (user: UserId) => number;
  private slots = slotsOf(FIRST_SLOTS);
  /** What the route of a device displaced, for as long as that stands: few, so no column. */
  private readonly losers = new Map<DeviceKey, Route>();

  constructor(hash: (user: UserId) => number) {
    this.hash = hash;
  }

  get bytes(): number {
    return this.slots.count * SLOT_BYTES + this.losers.size * LOSER_BYTES;
  }

  /** The route that lost, as Routes.put says. */
  put(route: Route): Route | undefined {
    let at = this.find(route.device);
    if (this.slots.device[at] !== 0) {
      const stands = this.routeAt(at);
      const isSame = sameSession(stands, route);
      const isNewer = stands.epoch <= route.epoch;
      if (isNewer) this.write(at, route);
      if (isSame) return this.losers.get(route.device);
      if (!isNewer) return route;
      this.losers.set(route.device, stands);
      return stands;
    }
    if (this.size + 1 > this.slots.count * FULLEST) {
      this.resize(Math.ceil(this.slots.count * 1.25) + FIRST_SLOTS);
      at = this.find(route.device);
    }
    this.write(at, route);
    this.size++;
    return undefined;
  }

  /** True when exactly this route was there. */
  remove(route: Route): boolean {
    const at = this.find(route.device);
    if (this.slots.device[at] === 0) return false;
    const stands = this.routeAt(at);
    if (stands.epoch !== route.epoch || !sameSession(stands, route)) return false;
    this.closeGap(at);
    this.losers.delete(route.device);
    this.size--;
    if (this.slots.count > 4 * FIRST_SLOTS && this.size < this.slots.count * EMPTIEST) this.resize(Math.ceil(this.slots.count / 2));
    return true;
  }

  collect(user: UserId, into: Route[]): void {
    const { device, count } = this.slots;
    for (let at = this.home(user); device[at] !== 0; at = at + 1 === count ? 0 : at + 1) {
      if (userOf(device[at]! - 1) === user) into.push(this.routeAt(at));
    }
  }

  /** The slot of a device, or the free one where it would go. */
  private find(key: number): number {
    const { device, count } = this.slots;
    let at = this.home(userOf(key));
    while (device[at] !== 0 && device[at] !== key + 1) at = at + 1 === count ? 0 : at + 1;
    return at;
  }

  private home(user: UserId): number {
    return this.hash(user) % this.slots.count;
  }

  private routeAt(at: number): Route {
    const { device, epoch, connection, gateway, edge } = this.slots;
    return { device: device[at]! - 1, epoch: epoch[at]!, connection: connection[at]!, gateway: gateway[at]!, edge: edge[at]! };
  }

  private write(at: number, route: Route): void {
    const { device, epoch, connection, gateway, edge } = this.slots;
    device[at] = route.device + 1;
    epoch[at] = route.epoch;
    connection[at] = route.connection;
    gateway[at] = route.gateway;
    edge[at] = route.edge;
  }

  /** Moves later entries of the run up, each as far as its home allows (Knuth 6.4, algorithm R). */
  private closeGap(gap: number): void {
    const { device, count } = this.slots;
    let hole = gap;
    for (let at = (gap + 1) % count; device[at] !== 0; at = (at + 1) % count) {
      const home = this.home(userOf(device[at]! - 1));
      if ((at - home + count) % count < (at - hole + count) % count) continue;
      this.write(hole, this.routeAt(at));
      hole = at;
    }
    device[hole] = 0;
  }

  private resize(count: number): void {
    const old = this.slots;
    this.slots = slotsOf(count);
    for (let at = 0; at < old.count; at++) {
      const key = old.device[at]!;
      if (key === 0) continue;
      const to = this.find(key - 1);
      this.slots.device[to] = key;
      this.slots.epoch[to] = old.epoch[at]!;
      this.slots.connection[to] = old.connection[at]!;
      this.slots.gateway[to] = old.gateway[at]!;
      this.slots.edge[to] = old.edge[at]!;
    }
  }
}

function sameSession(a: Route, b: Route): boolean {
  return a.connection === b.connection && a.edge === b.edge && a.gateway === b.gateway;
}
