/**
 * A drain of an edge: closes at a set rate, gives each client its own random delay, ends by a deadline. Pure: `step` is
 * called with the time and says how many to close now.
 */
export interface DrainPlan {
  readonly closesPerSecond: number;
  readonly deadlineMs: number;
}

export class Drain {
  private readonly plan: DrainPlan;
  private readonly startedMs: number;
  private closed = 0;

  constructor(plan: DrainPlan, nowMs: number) {
    this.plan = plan;
    this.startedMs = nowMs;
  }

  /** How many connections to close now, so that the rate holds however late this call is. */
  due(nowMs: number): number {
    const due = Math.floor(((nowMs - this.startedMs) * this.plan.closesPerSecond) / 1_000) + 1 - this.closed;
    this.closed += Math.max(0, due);
    return Math.max(0, due);
  }

  overdue(nowMs: number): boolean {
    return nowMs - this.startedMs >= this.plan.deadlineMs;
  }
}

/** Time over which reconnects are spread: as long as the closes themselves take, at least a second. */
export function reconnectSpreadMs(connections: number, closesPerSecond: number): number {
  return Math.max(1_000, Math.ceil((connections / closesPerSecond) * 1_000));
}
