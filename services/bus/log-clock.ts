/**
 * The time of a log: that of the clock, but never back. When the clock is set back, the log goes on from where it was, a
 * little slower than the clock until the two meet: a time that stood still would use up every rate limit.
 */
export class LogClock {
  private readonly now: () => number;
  private lastLoggedMs: number;
  private lastClockMs: number;
  private aheadMs = 0;

  /** `lastLoggedMs`: where the log was before. */
  constructor(now: () => number, lastLoggedMs: number) {
    this.now = now;
    this.lastLoggedMs = lastLoggedMs;
    this.lastClockMs = lastLoggedMs;
  }

  next(): number {
    const clockMs = this.now();
    const passedMs = clockMs - this.lastClockMs;
    this.aheadMs = passedMs < 0 ? this.aheadMs - passedMs : Math.max(0, this.aheadMs - passedMs / 2);
    this.lastClockMs = clockMs;
    this.lastLoggedMs = Math.max(this.lastLoggedMs, Math.floor(clockMs + this.aheadMs));
    return this.lastLoggedMs;
  }
}
