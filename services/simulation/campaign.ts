/** Many schedules one after another, for a time or a number, and what came of them. */

import type { Flaws } from './flaws.ts';
import type { FaultKind } from './schedule.ts';
import { scheduleOf } from './schedule.ts';
import { type RunOutcome, runSchedule } from './world.ts';

export interface Campaign {
  readonly firstSeed: number;
  /** Seeds firstSeed, firstSeed + step, and so on: several processes share a row of seeds. */
  readonly step: number;
  readonly schedules: number;
  readonly untilMs: number;
  readonly flaws?: Flaws;
  /** Ends at the first failure. */
  readonly first?: boolean;
}

export interface Tally {
  schedules: number;
  events: number;
  virtualMs: number;
  longestRepairMs: number;
  readonly faults: Partial<Record<FaultKind, number>>;
  readonly failures: RunOutcome[];
}

const FAILURES_KEPT = 20;

export function emptyTally(): Tally {
  return { schedules: 0, events: 0, virtualMs: 0, longestRepairMs: 0, faults: {}, failures: [] };
}

/**
 * Between two schedules it lets the process look for promises that were rejected and nobody took: in the product they end
 * a process.
 */
export async function runCampaign(campaign: Campaign, nowMs: () => number): Promise<Tally> {
  const tally = emptyTally();
  const stray: string[] = [];
  const noteStray = (reason: unknown) => void stray.push(`nobody took a rejection: ${reason instanceof Error ? reason.stack : reason}`);
  process.on('unhandledRejection', noteStray);
  for (let index = 0; index < campaign.schedules && nowMs() < campaign.untilMs; index++) {
    const schedule = scheduleOf(campaign.firstSeed + index * campaign.step);
    const ran = runSchedule(schedule, campaign.flaws === undefined ? {} : { flaws: campaign.flaws });
    await new Promise((resolve) => setImmediate(resolve));
    const outcome = stray.length === 0 ? ran : { ...ran, violations: [...ran.violations, ...stray.splice(0, 3)] };
    stray.length = 0;
    tally.schedules++;
    tally.events += outcome.events;
    tally.virtualMs += outcome.virtualMs;
    for (const { kind } of schedule.faults) tally.faults[kind] = (tally.faults[kind] ?? 0) + 1;
    if (outcome.violations.length === 0) tally.longestRepairMs = Math.max(tally.longestRepairMs, outcome.repairMs);
    else if (tally.failures.length < FAILURES_KEPT) tally.failures.push(outcome);
    if (outcome.violations.length > 0 && campaign.first === true) break;
  }
  process.off('unhandledRejection', noteStray);
  return tally;
}

export function addTally(sum: Tally, more: Tally): void {
  sum.schedules += more.schedules;
  sum.events += more.events;
  sum.virtualMs += more.virtualMs;
  sum.longestRepairMs = Math.max(sum.longestRepairMs, more.longestRepairMs);
  for (const [kind, count] of Object.entries(more.faults) as Array<[FaultKind, number]>) sum.faults[kind] = (sum.faults[kind] ?? 0) + count;
  sum.failures.push(...more.failures);
}
