/**
 * The sessions of one edge as columns: about 45 bytes a connection where objects would take several hundred. A slot is
 * reused under another generation, so that a late message for the old connection never reaches the new one.
 */
import { GENERATIONS, SLOT_BITS, SLOT_MASK } from '../link/link-frames.ts';

export const SESSION = { free: 0, connected: 1, opening: 2, live: 3, closing: 4 } as const;
export const SESSION_FLAGS = { answerHeartbeats: 1, newer: 2 } as const;

const FIRST_CAPACITY = 1_024;

export class SessionTable<Socket> {
  /** Sessions in use. */
  size = 0;
  capacity = 0;
  state = new Uint8Array(0);
  flags = new Uint8Array(0);
  generation = new Uint16Array(0);
  heartbeatSeconds = new Uint16Array(0);
  /** Weight of requests that the relay has not settled. */
  pending = new Uint16Array(0);
  device = new Float64Array(0);
  epoch = new Float64Array(0);
  /** Seconds of the edge's clock. */
  lastInbound = new Uint32Array(0);
  /** Seconds since 1970. */
  issuedAt = new Uint32Array(0);
  expiresAt = new Uint32Array(0);
  readonly sockets: Array<Socket | undefined> = [];
  private readonly maxSessions: number;
  private free: number[] = [];
  private next = 0;

  constructor(maxSessions: number) {
    this.maxSessions = Math.min(maxSessions, SLOT_MASK + 1);
  }

  /** A slot in state `connected`, or undefined when the edge is full. */
  take(): number | undefined {
    if (this.size >= this.maxSessions) return undefined;
    const slot = this.free.pop() ?? this.next++;
    if (slot >= this.capacity) this.grow();
    this.size++;
    this.generation[slot] = (this.generation[slot]! + 1) % GENERATIONS;
    this.state[slot] = SESSION.connected;
    this.flags[slot] = 0;
    this.pending[slot] = 0;
    this.heartbeatSeconds[slot] = 0;
    return slot;
  }

  release(slot: number): void {
    if (this.state[slot] === SESSION.free) return;
    this.state[slot] = SESSION.free;
    this.sockets[slot] = undefined;
    this.size--;
    this.free.push(slot);
  }

  connectionOf(slot: number): number {
    return ((this.generation[slot]! << SLOT_BITS) | slot) >>> 0;
  }

  /** The slot of a connection that is still the one meant, or -1. */
  slotOf(connection: number): number {
    const slot = connection & SLOT_MASK;
    return slot < this.capacity && this.generation[slot] === connection >>> SLOT_BITS && this.state[slot] !== SESSION.free ? slot : -1;
  }

  /** One past the highest slot ever used. */
  get end(): number {
    return this.next;
  }

  private grow(): void {
    this.capacity = Math.max(FIRST_CAPACITY, this.capacity + (this.capacity >> 1));
    this.state = extended(this.state, new Uint8Array(this.capacity));
    this.flags = extended(this.flags, new Uint8Array(this.capacity));
    this.generation = extended(this.generation, new Uint16Array(this.capacity));
    this.heartbeatSeconds = extended(this.heartbeatSeconds, new Uint16Array(this.capacity));
    this.pending = extended(this.pending, new Uint16Array(this.capacity));
    this.device = extended(this.device, new Float64Array(this.capacity));
    this.epoch = extended(this.epoch, new Float64Array(this.capacity));
    this.lastInbound = extended(this.lastInbound, new Uint32Array(this.capacity));
    this.issuedAt = extended(this.issuedAt, new Uint32Array(this.capacity));
    this.expiresAt = extended(this.expiresAt, new Uint32Array(this.capacity));
  }
}

function extended<Column extends { set(values: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
