/**
 * One-way latency between two clocks, recorded only when both were seen to be right. Samples wait in the current round; at
 * the end of a round the coordinator says whether every clock still had the offset it began with. A good round is recorded, a
 * bad one and the one after it (whose samples may have been due in the bad one) are counted as invalid. recorded + invalid
 * + waiting = samples seen, always.
 */
import { Histogram } from '../../capacity/histogram.ts';
import type { LatencyHistogram, LatencyName } from '../../capacity/run-record.ts';

export class OneWayLatency {
  private readonly name: LatencyName;
  private readonly waiting: Histogram;
  private confirmed: Histogram;
  private afterBadRound = false;
  private invalidCount = 0;

  constructor(name: LatencyName) {
    this.name = name;
    this.waiting = new Histogram(name);
    this.confirmed = new Histogram(name);
  }

  get recorded(): number {
    return this.confirmed.count;
  }

  get invalid(): number {
    return this.invalidCount;
  }

  get pending(): number {
    return this.waiting.count;
  }

  /**
   * `errorMs` is that of both clocks together. A sample that is negative within the error is taken at its upper bound, so
   * that it can't pull a percentile below what is known; one beyond the error, or longer than the run so far, is invalid.
   */
  sample(latencyMs: number, errorMs: number, longestMs: number): void {
    if (!(latencyMs >= -errorMs) || latencyMs > longestMs + errorMs) {
      this.invalidCount++;
      return;
    }
    this.waiting.record((latencyMs >= 0 ? latencyMs : latencyMs + errorMs) * 1_000);
  }

  endRound(allClocksHeld: boolean): void {
    if (allClocksHeld && !this.afterBadRound) this.confirmed.add(this.waiting.toRecord());
    else this.invalidCount += this.waiting.count;
    this.afterBadRound = !allClocksHeld;
    this.waiting.reset();
  }

  /** Hands out what was confirmed since the last call. */
  take(): LatencyHistogram {
    const record = this.confirmed.toRecord();
    this.confirmed = new Histogram(this.name);
    return record;
  }
}
