/**
 * What a connection says that is not a message: marks (ACK, READ) and TYPING, each at most so often. What is over the rate is
 * dropped and counted, since a later one says the same. Remembers only who spoke within the last seconds, and at most so many.
 */
import { RECEIPT_KINDS } from '../../protocol/frame-table.ts';
import type { FrameOf } from '../../protocol/frames.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { EdgeLink } from './edge.ts';
import type { EdgeCells } from './metrics.ts';

/** What a TYPING counts against the marks of a second: in many conversations at once no person writes. */
const TYPING_MARKS = 64;
const TYPING_MS = LIMITS.typingSeconds.value * 1_000;
const MOST_TYPING = 65_536;

export class SideFrames {
  private readonly cells: EdgeCells;
  private second = 0;
  private readonly counts = new Map<number, number>();
  /** Time of the last TYPING by connection and conversation, oldest first. */
  private readonly typed = new Map<string, number>();

  constructor(cells: EdgeCells) {
    this.cells = cells;
  }

  mark(link: EdgeLink, connection: number, { name, conversation, sequence }: FrameOf<'ack' | 'read'>, nowMs: number): void {
    if (this.count(connection, nowMs, 1)) link.mark(RECEIPT_KINDS[KIND_OF[name]], connection, conversation, sequence);
    else this.cells.marksDropped.value++;
  }

  typing(link: EdgeLink, connection: number, conversation: number, nowMs: number): void {
    if (this.mayType(connection, conversation, nowMs)) link.typing(connection, conversation);
    else this.cells.typingDropped.value++;
  }

  private mayType(connection: number, conversation: number, nowMs: number): boolean {
    if (!this.count(connection, nowMs, TYPING_MARKS)) return false;
    const key = `${connection}:${conversation}`;
    const lastMs = this.typed.get(key);
    // A clock that was set back must not silence anybody.
    if (lastMs !== undefined && nowMs >= lastMs && nowMs - lastMs < TYPING_MS) return false;
    this.typed.delete(key);
    this.typed.set(key, nowMs);
    for (const [oldest, atMs] of this.typed) {
      if (this.typed.size <= MOST_TYPING && nowMs - atMs < TYPING_MS) break;
      this.typed.delete(oldest);
    }
    return true;
  }

  private count(connection: number, nowMs: number, weight: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.counts.clear();
    }
    const counted = (this.counts.get(connection) ?? 0) + weight;
    if (counted > LIMITS.marksPerSecond.value) return false;
    this.counts.set(connection, counted);
    return true;
  }
}

const KIND_OF = { ack: 'delivered', read: 'read' } as const;
