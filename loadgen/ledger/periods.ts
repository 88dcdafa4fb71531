/** Sums of a run's messages by the stretch of the chat in which they were due. Told every arrival first, in order of time. */
export interface PeriodSums {
  due: number;
  accepted: number;
  refused: number;
  unknown: number;
  unsent: number;
  lost: number;
  waiting: number;
  duplicated: number;
  outOfOrder: number;
}

export class Periods {
  readonly sums: readonly PeriodSums[];
  private readonly startsMs: readonly number[];
  /** First message of each period that has begun. */
  private readonly firsts: number[] = [];

  /** `startsMs`: ascending, from 0. Without any, nothing is counted. */
  constructor(startsMs: readonly number[]) {
    this.startsMs = startsMs;
    this.sums = startsMs.map(() => ({
      due: 0,
      accepted: 0,
      refused: 0,
      unknown: 0,
      unsent: 0,
      lost: 0,
      waiting: 0,
      duplicated: 0,
      outOfOrder: 0,
    }));
  }

  arrival(number: number, dueMs: number): void {
    while (this.firsts.length < this.startsMs.length && dueMs >= this.startsMs[this.firsts.length]!) this.firsts.push(number);
  }

  add(number: number, what: keyof PeriodSums): void {
    let period = this.firsts.length - 1;
    while (period > 0 && this.firsts[period]! > number) period--;
    if (period >= 0) this.sums[period]![what]++;
  }
}
