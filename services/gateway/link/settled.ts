/** The relay's side of a numbered link: turns completions in any order into "everything up to n is settled". */
export class Settled {
  /** Everything up to this number is settled. */
  upTo: number;
  private readonly ahead = new Set<number>();

  constructor(upTo: number) {
    this.upTo = upTo;
  }

  /** True when `upTo` moved. */
  settle(number: number): boolean {
    if (number <= this.upTo) return false;
    if (number !== this.upTo + 1) {
      this.ahead.add(number);
      return false;
    }
    this.upTo = number;
    while (this.ahead.delete(this.upTo + 1)) this.upTo++;
    return true;
  }
}
