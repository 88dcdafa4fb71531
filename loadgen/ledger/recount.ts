/** Merges the ledgers of a finished run again, and says where the record tells otherwise. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerSums, RunRecord } from '../../capacity/run-record.ts';
import { Population, type PopulationPlan } from '../plan/population.ts';
import type { SchedulePlan } from '../plan/schedule.ts';
import { mergeLedgers } from './merge.ts';
import { fileChunks } from './reader.ts';

/** `plan.json` of a run's folder. */
interface KeptPlan {
  readonly population: PopulationPlan;
  readonly schedule: SchedulePlan;
  readonly nonce: number;
  /** Null: all of the schedule came due. */
  readonly dueUntilMs: number | null;
}

/** Counted by the workers as they go, not in ledgers. */
const NOT_IN_LEDGERS: ReadonlySet<string> = new Set(['redelivered', 'invalidLatency'] satisfies (keyof LedgerSums)[]);

/** One sentence for each sum that differs; undefined where the run kept no ledgers. */
export function recount(folder: string, record: RunRecord): readonly string[] | undefined {
  const planPath = join(folder, 'plan.json');
  if (!existsSync(planPath) || !existsSync(join(folder, 'ledgers'))) return undefined;
  const plan = JSON.parse(readFileSync(planPath, 'utf8')) as KeptPlan;
  const merged = mergeLedgers({
    population: new Population(plan.population),
    schedule: plan.schedule.seconds === 0 ? undefined : plan.schedule,
    nonce: plan.nonce,
    dueUntilMs: plan.dueUntilMs ?? Number.POSITIVE_INFINITY,
    ledgers: Array.from({ length: plan.population.workers }, (_, worker) => {
      const path = join(folder, 'ledgers', `worker-${worker}.ledger`);
      return { worker, chunks: existsSync(path) ? fileChunks(path) : undefined };
    }),
  });
  return (Object.keys(merged.sums) as (keyof LedgerSums)[])
    .filter((name) => !NOT_IN_LEDGERS.has(name) && merged.sums[name] !== record.ledger[name])
    .map((name) => `the record says ${record.ledger[name]} ${name}, its ledgers ${merged.sums[name]}`);
}
