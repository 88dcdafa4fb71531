/** Where records stand in a file: relative offset and place of one frame in about every 4 KiB. Eight bytes an entry. */
const SPACING_BYTES = 4_096;

export class SparseIndex {
  private entries = new Uint32Array(16);
  private count = 0;

  /** A frame's first record and place; those too near to the last entry are left out. */
  add(relativeOffset: number, place: number): void {
    if (this.count > 0 && place - this.entries[2 * this.count - 1]! < SPACING_BYTES) return;
    if (2 * this.count === this.entries.length) {
      const grown = new Uint32Array(this.entries.length * 2);
      grown.set(this.entries);
      this.entries = grown;
    }
    this.entries[2 * this.count] = relativeOffset;
    this.entries[2 * this.count + 1] = place;
    this.count++;
  }

  /** The last entry at or below an offset. */
  before(relativeOffset: number): { offset: number; place: number } {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entries[2 * middle]! <= relativeOffset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? { offset: 0, place: 0 } : { offset: this.entries[2 * low - 2]!, place: this.entries[2 * low - 1]! };
  }
}
