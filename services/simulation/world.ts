/**
 * Runs a schedule to its end, in one process and one queue of events, and says what was against the invariants. After the
 * last fault everything has a time to come to rest in; nobody reconnects for it, so that what was lost while connected has
 * to be found by the system itself. ARCHITECTURE.md says what is real here and what is a model.
 */
import { inject } from './faults.ts';
import type { Flaws } from './flaws.ts';
import { bounds, storedAsDecided, waitsFor } from './judge.ts';
import { operate } from './operations.ts';
import type { Schedule } from './schedule.ts';
import { System } from './system.ts';
import { VirtualTime, WORLD } from './virtual-time.ts';

export interface RunOutcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
  /** From the end of the last fault until everyone had everything. */
  readonly repairMs: number;
}

export interface RunOptions {
  readonly trace?: (line: string) => void;
  readonly flaws?: Flaws;
}

const QUIET_LIMIT_MS = 60_000;
const AFTERWARDS_MS = 2_500;
const LOOK_MS = 250;

export function runSchedule(schedule: Schedule, options: RunOptions = {}): RunOutcome {
  const time = new VirtualTime(schedule.seed);
  time.trace = options.trace;
  return time.within(() => run(schedule, time, options.flaws ?? {}));
}

function run(schedule: Schedule, time: VirtualTime, flaws: Flaws): RunOutcome {
  const startMs = time.nowMs;
  const system = new System(schedule, time, flaws);
  const failed = () => system.failed;
  schedule.operations.forEach((operation, index) => {
    time.after(WORLD, operation.atMs, operation.kind, () => operate(system, operation, index));
  });
  for (const fault of schedule.faults) time.after(WORLD, fault.atMs, fault.kind, () => inject(system, fault));
  time.after(WORLD, LOOK_MS, 'look', () => bounds(system), LOOK_MS);

  const faultsEndMs = Math.max(schedule.chaosMs, ...schedule.faults.map(({ atMs, forMs }) => atMs + forMs));
  time.runUntil(startMs + faultsEndMs, failed);
  system.weather.failures = 0;

  let waits: string | undefined = 'not looked at';
  let nextLookMs = 0;
  const atRest = () => {
    if (time.nowMs < nextLookMs) return failed();
    nextLookMs = time.nowMs + LOOK_MS;
    waits = waitsFor(system);
    return waits === undefined || failed();
  };
  if (!failed()) time.runUntil(startMs + faultsEndMs + QUIET_LIMIT_MS, atRest);
  const repairMs = Math.max(0, time.nowMs - startMs - faultsEndMs);
  if (!failed() && waits !== undefined) system.oracle.violated(`${QUIET_LIMIT_MS / 1_000} s after the last fault: ${waits}`);
  if (!failed()) time.runUntil(time.nowMs + AFTERWARDS_MS, failed);
  if (!failed()) storedAsDecided(system);
  const { violations } = system.oracle;
  return { seed: schedule.seed, violations, hash: time.hash, events: time.events, virtualMs: time.nowMs - startMs, repairMs };
}
