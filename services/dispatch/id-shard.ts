/**
 * A part of the remembered ids: a ring of places in the order of the log, and a hash table of places in it. An id is known
 * by 96 bits of hash; with its place in the log and what it came to it takes 36 bytes and 3 more. Grows by half, up to its limit.
 */
import type { RecordedOutcome } from '../store/store.ts';
import type { Fingerprint } from './fingerprint.ts';
import { fromWord, UNKNOWN_WORD, wordOf } from './outcome-word.ts';

const FREE = 0xffff;
const FIRST_CAPACITY = 16;
const SLOTS_PER_ENTRY = 1.5;
const WORDS = 5;
/** Places among the words of an entry, behind its fingerprint. */
const SINCE = 3;
const OUTCOME = 4;
/** Places are 16 bits. */
export const SHARD_LIMIT = 0xfffe;
const LONGEST_MS = 0xffff_ffff;
/** Ids that were seen again go behind the others when they are the oldest; so many at once. */
const TURNS_PER_ADD = 2;

/** The first record that had an id. */
export interface FirstUse {
  readonly offset: number;
  readonly loggedAtMs: number;
  /** What it came to; undefined where that was not decided here: the store knows it. */
  readonly outcome?: RecordedOutcome;
}

interface Ring {
  readonly capacity: number;
  /** Per entry three words of fingerprint, the milliseconds from its first to its last use, and what it came to. */
  readonly words: Uint32Array;
  readonly offset: Float64Array;
  /** Log time of the first use; not a number where the place is empty. */
  readonly time: Float64Array;
}

function ringOf(capacity: number): Ring {
  return {
    capacity,
    words: new Uint32Array(capacity * WORDS),
    offset: new Float64Array(capacity),
    time: new Float64Array(capacity),
  };
}

export class IdShard {
  private readonly limit: number;
  private ring = ringOf(FIRST_CAPACITY);
  private slots = new Uint16Array(FIRST_CAPACITY * SLOTS_PER_ENTRY).fill(FREE);
  private head = 0;
  /** Places from the head on; some may be empty. */
  private count = 0;
  private empty = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.count - this.empty;
  }

  get bytes(): number {
    return this.ring.capacity * (WORDS * 4 + 16) + this.slots.length * 2;
  }

  /** The first use of an id whose last use is not before the time. */
  find(id: Fingerprint, notBeforeMs: number): FirstUse | undefined {
    const place = this.slots[this.slotOf(id)]!;
    if (place === FREE || this.seenAt(place) < notBeforeMs) return undefined;
    const first = { offset: this.ring.offset[place]!, loggedAtMs: this.ring.time[place]! };
    const outcome = fromWord(this.ring.words[place * WORDS + OUTCOME]!);
    return outcome === undefined ? first : { ...first, outcome };
  }

  /** Another use of an id that is there. */
  seen(id: Fingerprint, loggedAtMs: number): void {
    const place = this.slots[this.slotOf(id)]!;
    if (place === FREE) return;
    const { words, time } = this.ring;
    const since = Math.min(LONGEST_MS, Math.max(0, loggedAtMs - time[place]!));
    words[place * WORDS + SINCE] = Math.max(words[place * WORDS + SINCE]!, since);
  }

  /** What the use of an id at this offset came to; nothing where another one is its first. */
  settle(id: Fingerprint, offset: number, outcome: RecordedOutcome): void {
    const place = this.slots[this.slotOf(id)]!;
    if (place === FREE || this.ring.offset[place] !== offset) return;
    this.ring.words[place * WORDS + OUTCOME] = wordOf(outcome);
  }

  /** Adds an id, in place of what was known of it. Gives how many were forgotten before their time to make room. */
  add(id: Fingerprint, { offset, loggedAtMs }: FirstUse, forgetBeforeMs: number): number {
    const before = this.slotOf(id);
    if (this.slots[before] !== FREE) {
      this.ring.time[this.slots[before]!] = Number.NaN;
      this.empty++;
      this.vacate(before);
    }
    this.forgetUntil(forgetBeforeMs);
    let early = 0;
    if (this.count === this.ring.capacity) {
      if (this.count < this.limit) this.grow();
      else early = this.forgetOldest();
    }
    const place = (this.head + this.count) % this.ring.capacity;
    const { words } = this.ring;
    words[place * WORDS] = id.a;
    words[place * WORDS + 1] = id.b;
    words[place * WORDS + 2] = id.c;
    words[place * WORDS + SINCE] = 0;
    words[place * WORDS + OUTCOME] = UNKNOWN_WORD;
    this.ring.offset[place] = offset;
    this.ring.time[place] = loggedAtMs;
    this.slots[this.slotOf(id)] = place;
    this.count++;
    return early;
  }

  private seenAt(place: number): number {
    return this.ring.time[place]! + this.ring.words[place * WORDS + SINCE]!;
  }

  private forgetUntil(forgetBeforeMs: number): void {
    for (let turns = 0; this.count > 0; ) {
      const firstMs = this.ring.time[this.head]!;
      if (firstMs >= forgetBeforeMs) return;
      if (!(this.seenAt(this.head) >= forgetBeforeMs)) this.forgetOldest();
      else if (turns++ < TURNS_PER_ADD) this.turn();
      else return;
    }
  }

  /** The oldest was seen again since: it goes behind all others. */
  private turn(): void {
    const { ring, head } = this;
    const place = (head + this.count) % ring.capacity;
    const slot = this.slotOfPlace(head);
    ring.words.copyWithin(place * WORDS, head * WORDS, head * WORDS + WORDS);
    ring.offset[place] = ring.offset[head]!;
    ring.time[place] = ring.time[head]!;
    this.slots[slot] = place;
    this.head = (head + 1) % ring.capacity;
  }

  /** The slot that holds the id's place, or the free one where it would be. */
  private slotOf({ a, b, c }: Fingerprint): number {
    const { slots } = this;
    const { words } = this.ring;
    for (let slot = a % slots.length; ; slot = slot + 1 === slots.length ? 0 : slot + 1) {
      const place = slots[slot]!;
      if (place === FREE || (words[place * WORDS] === a && words[place * WORDS + 1] === b && words[place * WORDS + 2] === c)) return slot;
    }
  }

  private slotOfPlace(place: number): number {
    let slot = this.ring.words[place * WORDS]! % this.slots.length;
    while (this.slots[slot] !== place) slot = (slot + 1) % this.slots.length;
    return slot;
  }

  /** Gives how many were forgotten: none where the oldest place is empty. */
  private forgetOldest(): number {
    const empty = Number.isNaN(this.ring.time[this.head]!);
    if (empty) this.empty--;
    else this.vacate(this.slotOfPlace(this.head));
    this.head = (this.head + 1) % this.ring.capacity;
    this.count--;
    return empty ? 0 : 1;
  }

  /** Empties a slot and moves later ones of its run up (Knuth 6.4, algorithm R). */
  private vacate(vacated: number): void {
    const { slots } = this;
    const { words } = this.ring;
    let hole = vacated;
    for (let slot = (hole + 1) % slots.length; slots[slot] !== FREE; slot = (slot + 1) % slots.length) {
      const home = words[slots[slot]! * WORDS]! % slots.length;
      if ((slot - home + slots.length) % slots.length < (slot - hole + slots.length) % slots.length) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = FREE;
  }

  private grow(): void {
    const old = this.ring;
    const wrapped = this.head;
    const grown = ringOf(Math.min(this.limit, Math.ceil(old.capacity * 1.5)));
    for (const [to, from, width] of [
      [grown.words, old.words, WORDS],
      [grown.offset, old.offset, 1],
      [grown.time, old.time, 1],
    ] as const) {
      to.set(from.subarray(wrapped * width));
      to.set(from.subarray(0, wrapped * width), (old.capacity - wrapped) * width);
    }
    this.ring = grown;
    this.head = 0;
    this.slots = new Uint16Array(Math.ceil(grown.capacity * SLOTS_PER_ENTRY)).fill(FREE);
    for (let place = 0; place < this.count; place++) {
      if (Number.isNaN(grown.time[place]!)) continue;
      let slot = grown.words[place * WORDS]! % this.slots.length;
      while (this.slots[slot] !== FREE) slot = (slot + 1) % this.slots.length;
      this.slots[slot] = place;
    }
  }
}
