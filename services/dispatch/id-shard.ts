/**
 * A part of the remembered ids: a ring of outcomes in the order of the log, and a hash table of places in it. An id is known
 * by 96 bits of hash; an outcome takes 24 bytes and its place 3 more. Grows by half, up to its limit.
 */
import type { Fingerprint } from './fingerprint.ts';

const FREE = 0xffff;
const FIRST_CAPACITY = 16;
const SLOTS_PER_ENTRY = 1.5;
/** Places are 16 bits. */
export const SHARD_LIMIT = 0xfffe;

export interface RecordedOutcome {
  /** 0 when it was rejected. */
  readonly sequence: number;
  readonly loggedAtMs: number;
  /** Code of the rejection, 0 when there was none. */
  readonly code: number;
}

interface Ring {
  readonly capacity: number;
  /** Three words of fingerprint and one of value per entry. */
  readonly words: Uint32Array;
  /** Log time, or -1 less it where the value is the code of a rejection. */
  readonly time: Float64Array;
}

function ringOf(capacity: number): Ring {
  return { capacity, words: new Uint32Array(capacity * 4), time: new Float64Array(capacity) };
}

export class IdShard {
  private readonly limit: number;
  private ring = ringOf(FIRST_CAPACITY);
  private slots = new Uint16Array(FIRST_CAPACITY * SLOTS_PER_ENTRY).fill(FREE);
  private head = 0;
  private count = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.ring.capacity * 24 + this.slots.length * 2;
  }

  find(id: Fingerprint): RecordedOutcome | undefined {
    const place = this.slots[this.slotOf(id)]!;
    if (place === FREE) return undefined;
    const value = this.ring.words[place * 4 + 3]!;
    const rejected = this.ring.time[place]! < 0;
    return { sequence: rejected ? 0 : value, code: rejected ? value : 0, loggedAtMs: this.timeAt(place) };
  }

  /** Adds an id that is not there. Gives how many were forgotten before their time to make room. */
  add(id: Fingerprint, { sequence, code, loggedAtMs }: RecordedOutcome, forgetBeforeMs: number): number {
    while (this.count > 0 && this.timeAt(this.head) < forgetBeforeMs) this.forgetOldest();
    let early = 0;
    if (this.count === this.ring.capacity) {
      if (this.count < this.limit) this.grow();
      else {
        this.forgetOldest();
        early = 1;
      }
    }
    const place = (this.head + this.count) % this.ring.capacity;
    const { words } = this.ring;
    words[place * 4] = id.a;
    words[place * 4 + 1] = id.b;
    words[place * 4 + 2] = id.c;
    words[place * 4 + 3] = code === 0 ? sequence : code;
    this.ring.time[place] = code === 0 ? loggedAtMs : -1 - loggedAtMs;
    this.slots[this.slotOf(id)] = place;
    this.count++;
    return early;
  }

  private timeAt(place: number): number {
    const time = this.ring.time[place]!;
    return time < 0 ? -1 - time : time;
  }

  /** The slot that holds the id's place, or the free one where it would be. */
  private slotOf({ a, b, c }: Fingerprint): number {
    const { slots } = this;
    const { words } = this.ring;
    for (let slot = a % slots.length; ; slot = slot + 1 === slots.length ? 0 : slot + 1) {
      const place = slots[slot]!;
      if (place === FREE || (words[place * 4] === a && words[place * 4 + 1] === b && words[place * 4 + 2] === c)) return slot;
    }
  }

  /** Takes the oldest out of the table and moves later ones of its run up (Knuth 6.4, algorithm R). */
  private forgetOldest(): void {
    const { slots } = this;
    const { words } = this.ring;
    let hole = words[this.head * 4]! % slots.length;
    while (slots[hole] !== this.head) hole = (hole + 1) % slots.length;
    for (let slot = (hole + 1) % slots.length; slots[slot] !== FREE; slot = (slot + 1) % slots.length) {
      const home = words[slots[slot]! * 4]! % slots.length;
      if ((slot - home + slots.length) % slots.length < (slot - hole + slots.length) % slots.length) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = FREE;
    this.head = (this.head + 1) % this.ring.capacity;
    this.count--;
  }

  private grow(): void {
    const old = this.ring;
    const wrapped = this.head;
    this.ring = ringOf(Math.min(this.limit, Math.ceil(old.capacity * 1.5)));
    this.ring.words.set(old.words.subarray(wrapped * 4));
    this.ring.words.set(old.words.subarray(0, wrapped * 4), (old.capacity - wrapped) * 4);
    this.ring.time.set(old.time.subarray(wrapped));
    this.ring.time.set(old.time.subarray(0, wrapped), old.capacity - wrapped);
    this.head = 0;
    this.slots = new Uint16Array(Math.ceil(this.ring.capacity * SLOTS_PER_ENTRY)).fill(FREE);
    const { words } = this.ring;
    for (let place = 0; place < this.count; place++) {
      let slot = words[place * 4]! % this.slots.length;
      while (this.slots[slot] !== FREE) slot = (slot + 1) % this.slots.length;
      this.slots[slot] = place;
    }
  }
}
