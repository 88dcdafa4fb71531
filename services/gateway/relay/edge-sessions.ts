/** The sessions of one edge as the relay sees them, in columns by slot: 20 bytes each. */

import type { Route } from '../../routes/routes.ts';
import { SLOT_MASK } from '../link/link-frames.ts';

const NONE = -1;
const FIRST_CAPACITY = 1_024;

export class EdgeSessions {
  size = 0;
  private connection = new Uint32Array(0);
  private device = new Float64Array(0);
  private epoch = new Float64Array(0);
  private readonly gateway: number;
  private readonly edge: number;

  constructor(gateway: number, edge: number) {
    this.gateway = gateway;
    this.edge = edge;
  }

  has(connection: number): boolean {
    const slot = connection & SLOT_MASK;
    return slot < this.device.length && this.device[slot] !== NONE && this.connection[slot] === connection;
  }

  /** True for this very session: its connection, of this device, opened then. */
  holds({ connection, device, epoch }: Route): boolean {
    const slot = connection & SLOT_MASK;
    return this.has(connection) && this.device[slot] === device && this.epoch[slot] === epoch;
  }

  /** The device of a connection, or -1. */
  deviceOf(connection: number): number {
    return this.has(connection) ? this.device[connection & SLOT_MASK]! : NONE;
  }

  add(connection: number, device: number, epoch: number): void {
    const slot = connection & SLOT_MASK;
    if (slot >= this.device.length) this.grow(slot + 1);
    if (this.device[slot] === NONE) this.size++;
    this.connection[slot] = connection;
    this.device[slot] = device;
    this.epoch[slot] = epoch;
  }

  /** The session that holds the slot of this connection and is another one. */
  occupant(connection: number): Route | undefined {
    const slot = connection & SLOT_MASK;
    if (slot >= this.device.length || this.device[slot] === NONE || this.connection[slot] === connection) return undefined;
    return this.routeOf(this.connection[slot]!);
  }

  /** True when it was there. */
  remove(connection: number): boolean {
    if (!this.has(connection)) return false;
    this.device[connection & SLOT_MASK] = NONE;
    this.size--;
    return true;
  }

  routeOf(connection: number): Route {
    const slot = connection & SLOT_MASK;
    return { gateway: this.gateway, edge: this.edge, connection, device: this.device[slot]!, epoch: this.epoch[slot]! };
  }

  *connections(): Iterable<number> {
    for (let slot = 0; slot < this.device.length; slot++) if (this.device[slot] !== NONE) yield this.connection[slot]!;
  }

  private grow(needed: number): void {
    const capacity = Math.max(FIRST_CAPACITY, needed, this.device.length + (this.device.length >> 1));
    const connection = new Uint32Array(capacity);
    const device = new Float64Array(capacity).fill(NONE);
    const epoch = new Float64Array(capacity);
    connection.set(this.connection);
    device.set(this.device);
    epoch.set(this.epoch);
    this.connection = connection;
    this.device = device;
    this.epoch = epoch;
  }
}
