/**
 * Who sent the last entries of one conversation, so that a receipt in a group finds whom it concerns without reading each
 * message again from the log: that was four fifths of what a message cost the embedded backends.
 */
import type { DeviceKey } from '../protocol/ids.ts';

export const RECENT_ENTRIES = 64;
/** Entries older than the recent ones are dropped so many at a time: moving them at each entry would cost more than they do. */
const SPARE_ENTRIES = 64;
/** Of an entry that is no message. No device has this key. */
const NOBODY = -1;

export class RecentSenders {
  private readonly senders: DeviceKey[] = [];
  /** Sequence of the first that is kept. */
  private first = 0;

  /** Undefined: an entry that is no message. After a gap what was kept is of no use. */
  add(sequence: number, sender: DeviceKey | undefined): void {
    if (sequence !== this.first + this.senders.length) {
      this.senders.length = 0;
      this.first = sequence;
    }
    this.senders.push(sender ?? NOBODY);
    if (this.senders.length < RECENT_ENTRIES + SPARE_ENTRIES) return;
    this.senders.splice(0, SPARE_ENTRIES);
    this.first += SPARE_ENTRIES;
  }

  /** Each sender once; undefined where the sequences reach further, back or ahead, than what is kept. */
  between(from: number, to: number): readonly DeviceKey[] | undefined {
    if (this.senders.length === 0 || from < this.first || to >= this.first + this.senders.length) return undefined;
    const found = new Set(this.senders.slice(from - this.first, to - this.first + 1));
    found.delete(NOBODY);
    return [...found];
  }
}
