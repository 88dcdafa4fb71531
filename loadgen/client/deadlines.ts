/**
 * A binary heap of (time, key). Nothing is removed early: the owner looks at what comes due and ignores what no longer
 * counts. Size is bounded by what its owner bounds.
 */
export class Deadlines {
  private readonly times: number[] = [];
  private readonly keys: number[] = [];

  get size(): number {
    return this.times.length;
  }

  /** Time of the earliest, or infinity. */
  get nextMs(): number {
    return this.times.length === 0 ? Number.POSITIVE_INFINITY : this.times[0]!;
  }

  add(atMs: number, key: number): void {
    let place = this.times.length;
    this.times.push(atMs);
    this.keys.push(key);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.times[parent]! <= atMs) break;
      this.times[place] = this.times[parent]!;
      this.keys[place] = this.keys[parent]!;
      place = parent;
    }
    this.times[place] = atMs;
    this.keys[place] = key;
  }

  /** The key of the earliest that is due, removed; or -1. */
  takeDue(nowMs: number): number {
    if (this.times.length === 0 || this.times[0]! > nowMs) return -1;
    const key = this.keys[0]!;
    const atMs = this.times.pop()!;
    const last = this.keys.pop()!;
    const size = this.times.length;
    if (size === 0) return key;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && this.times[child + 1]! < this.times[child]!) child++;
      if (this.times[child]! >= atMs) break;
      this.times[place] = this.times[child]!;
      this.keys[place] = this.keys[child]!;
      place = child;
    }
    this.times[place] = atMs;
    this.keys[place] = last;
    return key;
  }
}
