/**
 * When each SEND was taken, until its answer comes: the time to be accepted as the edge sees it. A send that has no answer for
 * 10 s counts with what it has waited, so that a relay that accepts nothing is seen as slow and not as silent; an error ends it
 * uncounted, since refusals have their own counters; so does the end of its connection: its client sends it again elsewhere.
 */
import { idOfAccepted, idOfError } from '../../protocol/peek.ts';
import { observeBetween } from '../../runtime/histogram-cell.ts';
import { readU32 } from '../link/link-frames.ts';
import type { EdgeCells } from './metrics.ts';

interface Waiting {
  readonly connection: number;
  readonly takenMs: number;
}

export const UNANSWERED_MS = 10_000;
/** Some 8 MB. One more, and the oldest counts with what it has waited. */
export const MAX_WAITING = 65_536;

export class AcceptTimes {
  private readonly cells: Pick<EdgeCells, 'accepted' | 'timesInvalid'>;
  private readonly isOpen: (connection: number) => boolean;
  /** Oldest first. */
  private readonly waiting = new Map<number, Waiting>();

  constructor(cells: Pick<EdgeCells, 'accepted' | 'timesInvalid'>, isOpen: (connection: number) => boolean) {
    this.cells = cells;
    this.isOpen = isOpen;
  }

  get size(): number {
    return this.waiting.size;
  }

  /** A repetition under the same id waits since the first. */
  begin(connection: number, id: Uint8Array, nowMs: number): void {
    const key = keyOf(connection, id, 0);
    if (this.waiting.has(key)) return;
    this.waiting.set(key, { connection, takenMs: nowMs });
    if (this.waiting.size > MAX_WAITING) this.giveUpOldest(nowMs);
  }

  /** The frame at `at` settles a request: counted when it is ACCEPTED of a send that waits. */
  answered(connection: number, source: Uint8Array, at: number, nowMs: number): void {
    const accepted = idOfAccepted(source, at);
    const idAt = accepted < 0 ? idOfError(source, at) : accepted;
    if (idAt < 0) return;
    const key = keyOf(connection, source, idAt);
    const waiting = this.waiting.get(key);
    if (waiting === undefined) return;
    this.waiting.delete(key);
    if (accepted >= 0) this.observe(waiting, nowMs);
  }

  /** Those that were taken too long ago. Costs what it finds. */
  giveUp(nowMs: number): void {
    for (const { takenMs } of this.waiting.values()) {
      if (nowMs - takenMs < UNANSWERED_MS) return;
      this.giveUpOldest(nowMs);
    }
  }

  private giveUpOldest(nowMs: number): void {
    for (const [key, waiting] of this.waiting) {
      this.waiting.delete(key);
      if (this.isOpen(waiting.connection)) this.observe(waiting, nowMs);
      return;
    }
  }

  private observe({ takenMs }: Waiting, nowMs: number): void {
    observeBetween(this.cells.accepted, this.cells.timesInvalid, takenMs, nowMs);
  }
}

/** 53 bits of a connection and an id. Two sends of one key would share a time, once in 10^11 with all that may wait. */
function keyOf(connection: number, source: Uint8Array, at: number): number {
  let high = Math.imul(connection ^ 0x9e37_79b9, 0x85eb_ca6b);
  let low = Math.imul(connection ^ 0xc2b2_ae35, 0x27d4_eb2f);
  for (let offset = 0; offset < 16; offset += 4) {
    const word = readU32(source, at + offset);
    high = Math.imul(high ^ word ^ (high >>> 15), 0x2c1b_3c6d);
    low = Math.imul(low ^ word ^ (low >>> 13), 0x297a_2d39);
  }
  return ((high ^ (high >>> 16)) >>> 0) * 0x20_0000 + ((low ^ (low >>> 15)) >>> 11);
}
