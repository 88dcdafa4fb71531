/**
 * Routes of many devices in columns: open addressing by user, each entry one device's session, about 42 bytes at the
 * planned load. Growth rebuilds the whole table; at 1 M routes that takes some 100 ms, once per doubling.
 */
import { deviceOf, type UserId, userOf } from '../protocol/ids.ts';
import type { Route } from './routes.ts';

const FREE = 0;
const USED = 1;
const DELETED = 2;
const FIRST_CAPACITY = 1_024;
const LOAD = 0.7;

export class RouteTable {
  size = 0;
  private capacity = FIRST_CAPACITY;
  /** USED and DELETED slots. */
  private taken = 0;
  private state = new Uint8Array(FIRST_CAPACITY);
  private device = new Float64Array(FIRST_CAPACITY);
  private epoch = new Float64Array(FIRST_CAPACITY);
  private connection = new Uint32Array(FIRST_CAPACITY);
  private gateway = new Uint16Array(FIRST_CAPACITY);
  private edge = new Uint16Array(FIRST_CAPACITY);

  /** As `Routes.put` for one route. */
  put(route: Route): Route | undefined {
    if (this.taken >= this.capacity * LOAD) this.rebuild();
    const at = this.find(route.device);
    if (this.state[at] === USED) {
      const known = this.at(at);
      if (known.epoch > route.epoch) return route;
      this.write(at, route);
      return same(known, route) ? undefined : known;
    }
    if (this.state[at] === FREE) this.taken++;
    this.state[at] = USED;
    this.size++;
    this.write(at, route);
    return undefined;
  }

  remove(route: Route): void {
    const at = this.find(route.device);
    if (this.state[at] !== USED || !same(this.at(at), route)) return;
    this.state[at] = DELETED;
    this.size--;
  }

  ofUser(user: UserId): Route[] {
    const routes: Route[] = [];
    for (let at = this.home(user); this.state[at] !== FREE; at = (at + 1) & (this.capacity - 1)) {
      if (this.state[at] === USED && userOf(this.device[at]!) === user) routes.push(this.at(at));
    }
    return routes.sort((a, b) => deviceOf(a.device) - deviceOf(b.device));
  }

  /** The device's slot, or the first one where it may be put. */
  private find(device: number): number {
    let free = -1;
    let at = this.home(userOf(device));
    for (; this.state[at] !== FREE; at = (at + 1) & (this.capacity - 1)) {
      if (this.state[at] === USED && this.device[at] === device) return at;
      if (this.state[at] === DELETED && free < 0) free = at;
    }
    return free < 0 ? at : free;
  }

  private home(user: UserId): number {
    const high = Math.floor(user / 0x1_0000_0000);
    let h = (user >>> 0) ^ Math.imul(high + 1, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) & (this.capacity - 1);
  }

  private at(at: number): Route {
    return {
      device: this.device[at]!,
      epoch: this.epoch[at]!,
      gateway: this.gateway[at]!,
      edge: this.edge[at]!,
      connection: this.connection[at]!,
    };
  }

  private write(at: number, route: Route): void {
    this.device[at] = route.device;
    this.epoch[at] = route.epoch;
    this.gateway[at] = route.gateway;
    this.edge[at] = route.edge;
    this.connection[at] = route.connection;
  }

  private rebuild(): void {
    const { state, device, epoch, gateway, edge, connection, capacity } = this;
    this.capacity = this.size > capacity * LOAD * 0.5 ? capacity * 2 : capacity;
    this.state = new Uint8Array(this.capacity);
    this.device = new Float64Array(this.capacity);
    this.epoch = new Float64Array(this.capacity);
    this.connection = new Uint32Array(this.capacity);
    this.gateway = new Uint16Array(this.capacity);
    this.edge = new Uint16Array(this.capacity);
    this.taken = this.size;
    for (let from = 0; from < capacity; from++) {
      if (state[from] !== USED) continue;
      const at = this.find(device[from]!);
      this.state[at] = USED;
      this.write(at, {
        device: device[from]!,
        epoch: epoch[from]!,
        gateway: gateway[from]!,
        edge: edge[from]!,
        connection: connection[from]!,
      });
    }
  }
}

function same(a: Route, b: Route): boolean {
  return a.device === b.device && a.epoch === b.epoch && a.gateway === b.gateway && a.edge === b.edge && a.connection === b.connection;
}
