/** How many sessions each user has on this box: an open-addressing table of 10 bytes an entry, at most two thirds full. */
const EMPTY = -1;
const MOST = 65_535;

export class UserCounts {
  private users = new Float64Array(1_024).fill(EMPTY);
  private counts = new Uint16Array(1_024);
  /** Entries in use, those with a count of 0 among them until the next growth. */
  private used = 0;

  of(user: number): number {
    const at = this.find(user);
    return this.users[at] === user ? this.counts[at]! : 0;
  }

  /** Adds a session and gives the user's count, which stops at MOST. */
  add(user: number): number {
    if (this.used * 3 > this.users.length * 2) this.rebuild();
    const at = this.find(user);
    if (this.users[at] === EMPTY) {
      this.users[at] = user;
      this.counts[at] = 0;
      this.used++;
    }
    if (this.counts[at]! < MOST) this.counts[at] = this.counts[at]! + 1;
    return this.counts[at]!;
  }

  remove(user: number): void {
    const at = this.find(user);
    if (this.users[at] === user && this.counts[at]! > 0) this.counts[at] = this.counts[at]! - 1;
  }

  private find(user: number): number {
    const mask = this.users.length - 1;
    const high = Math.floor(user / 0x1_0000_0000);
    let at = (Math.imul((user >>> 0) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 8) & mask;
    while (this.users[at] !== EMPTY && this.users[at] !== user) at = (at + 1) & mask;
    return at;
  }

  /** Drops users without sessions, and doubles when they were not the reason. */
  private rebuild(): void {
    const { users, counts } = this;
    let live = 0;
    for (const count of counts) if (count > 0) live++;
    const capacity = live * 3 > users.length ? users.length * 2 : users.length;
    this.users = new Float64Array(capacity).fill(EMPTY);
    this.counts = new Uint16Array(capacity);
    this.used = 0;
    for (let from = 0; from < users.length; from++) {
      if (counts[from] === 0 || users[from] === EMPTY) continue;
      const at = this.find(users[from]!);
      this.users[at] = users[from]!;
      this.counts[at] = counts[from]!;
      this.used++;
    }
  }
}
