/** The runs whose summaries are kept in `capacity/measurements/box-runs/`, and what is predicted from those in `fitted/` of those in `held/`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_COEFFICIENTS } from '../model/coefficients.ts';
import { type PredictedTable, predictedTable } from '../predicted.ts';
import type { RunRecord } from '../run-record.ts';
import { readRun } from './read-run.ts';

export const KEPT = join(import.meta.dirname, '../measurements/box-runs');
export const PARTS = ['fitted', 'held'] as const;
export type Part = (typeof PARTS)[number];

export function keptRuns(part: Part): readonly RunRecord[] {
  try {
    return readdirSync(join(KEPT, part))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => readRun(join(KEPT, part, name)));
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw failure;
  }
}

export function predictedOf(fitted: readonly RunRecord[], held: readonly RunRecord[]): PredictedTable {
  return predictedTable(fitted, held, DEFAULT_COEFFICIENTS.gatewaySetWaitsMs.mid);
}

export function keptTable(): PredictedTable {
  return predictedOf(keptRuns('fitted'), keptRuns('held'));
}
