/**
 * When to give memory back: a storm of upgrades leaves garbage that a quiet process would keep, some 300 bytes a session.
 * After the number of sessions has moved and then stood still, one full collection is worth its pause of some 20 ms. Pure.
 */
const QUIET_MS = 2_000;
const LEAST_CHANGE = 0.05;
const LEAST_SESSIONS = 500;

export class HeapTrim {
  private trimmedAt = 0;
  private lastSize = 0;
  private movedMs = 0;

  /** Called about once a second; true when a collection is due. */
  due(sessions: number, nowMs: number): boolean {
    if (sessions !== this.lastSize) {
      this.lastSize = sessions;
      this.movedMs = nowMs;
      return false;
    }
    const change = Math.abs(sessions - this.trimmedAt);
    if (nowMs - this.movedMs < QUIET_MS || change < LEAST_SESSIONS || change < LEAST_CHANGE * this.trimmedAt) return false;
    this.trimmedAt = sessions;
    return true;
  }
}
