/**
 * Makes the runs of a bench: every repeat makes all of them in the same order (A B A B), with a pause between, so that a
 * slow hour of the machine falls on all alike. A run that breaks is a reason in its rows; the others go on.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSocketCounts } from '../../services/runtime/host/kernel.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import { writeRecord } from '../coordinator/record.ts';
import type { RunName } from './rows.ts';
import { isNotRun, type Outcome } from './run-outcome.ts';
import type { BenchRun } from './runs.ts';

export interface BenchPlan {
  readonly names: readonly RunName[];
  readonly runs: Readonly<Record<RunName, BenchRun>>;
  readonly repeats: number;
  readonly settleSeconds: number;
  readonly timeWaitSeconds: number;
  /** Gets a folder for each run. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** A line that says what happens next. */
  readonly say: (text: string) => void;
}

/** Sockets that closed first wait a minute in the kernel; this many may be left when memory is measured. */
const TIME_WAIT_LEFT = 1_000;

export async function runBench(plan: BenchPlan): Promise<Map<RunName, Outcome[]>> {
  const outcomes = new Map<RunName, Outcome[]>(plan.names.map((name) => [name, []]));
  const took = new Map<RunName, number>();
  const total = plan.names.length * plan.repeats;
  for (let repeat = 1; repeat <= plan.repeats; repeat++) {
    for (const [at, name] of plan.names.entries()) {
      if (plan.signal.aborted) return outcomes;
      const run = plan.runs[name];
      const done = (repeat - 1) * plan.names.length + at;
      const left = secondsLeft(plan, took, done);
      plan.say(`${done + 1} of ${total}: ${name}, repeat ${repeat} of ${plan.repeats}, ${leftText(left)} left`);
      await settle(plan, run);
      const fromMs = performance.now();
      outcomes.get(name)!.push(await oneRun(plan, name, repeat));
      took.set(name, (performance.now() - fromMs) / 1_000);
    }
  }
  return outcomes;
}

async function oneRun(plan: BenchPlan, name: RunName, repeat: number): Promise<Outcome> {
  const folder = join(plan.folder, `${name}-${repeat}`);
  mkdirSync(folder, { recursive: true });
  try {
    const outcome = await plan.runs[name].run(folder, plan.signal);
    if (isNotRun(outcome)) plan.say(`  not run: ${outcome.notRun}`);
    else writeRecord(folder, outcome);
    return outcome;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    plan.say(`  it broke: ${reason}`);
    return { notRun: reason };
  }
}

async function settle(plan: BenchPlan, run: BenchRun): Promise<void> {
  await Bun.sleep(plan.settleSeconds * 1_000);
  if (!run.measuresMemory) return;
  const untilMs = performance.now() + plan.timeWaitSeconds * 1_000;
  while (timeWaits() > TIME_WAIT_LEFT && performance.now() < untilMs && !plan.signal.aborted) await Bun.sleep(500);
}

function timeWaits(): number {
  const counts = readSocketCounts();
  return isAbsent(counts) ? 0 : counts.tcpTimeWait;
}

/** From what each run took before, or its guess. */
export function secondsLeft(
  plan: Pick<BenchPlan, 'names' | 'runs' | 'repeats' | 'settleSeconds'>,
  took: ReadonlyMap<RunName, number>,
  done: number,
): number {
  let seconds = 0;
  for (let at = done; at < plan.names.length * plan.repeats; at++) {
    const name = plan.names[at % plan.names.length]!;
    seconds += (took.get(name) ?? plan.runs[name].seconds) + plan.settleSeconds;
  }
  return seconds;
}

function leftText(seconds: number): string {
  return seconds < 90 ? `about ${Math.ceil(seconds)} s` : `about ${Math.ceil(seconds / 60)} min`;
}
