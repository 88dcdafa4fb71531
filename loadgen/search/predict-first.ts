/**
 * The highest rate predicted before it is looked for: from two low rates of the same box, written down before the search, and
 * held against what it finds. With `--keep` the summaries of all runs go where `parley predicted` reads them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_COEFFICIENTS } from '../../capacity/model/coefficients.ts';
import { BOUNDS } from '../../capacity/predicted.ts';
import { keepsObjectives, type PredictedRate, predictRate } from '../../capacity/predicted-rate.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { summaryOf } from '../../capacity/run-summary.ts';
import { isNotRun, type NotRun } from '../bench/run-outcome.ts';
import type { Found } from './next-size.ts';

const KEPT = join(import.meta.dirname, '../../capacity/measurements/box-runs');

export interface PredictedFirst {
  readonly predicted: PredictedRate;
  readonly low: readonly RunRecord[];
}

/** Two rates are run: half of the one that is given, and it. */
export async function predictFirst(
  rate: number,
  folder: string,
  run: (rate: number) => Promise<RunRecord | NotRun>,
): Promise<PredictedFirst | { readonly failed: string }> {
  const low: RunRecord[] = [];
  for (const one of [Math.round(rate / 2), rate]) {
    const record = await run(one);
    if (isNotRun(record)) return { failed: record.notRun };
    low.push(record);
  }
  if (!low.every(keepsObjectives)) return { failed: 'the objectives break at the low rates already: take a lower --from' };
  const predicted = predictRate(low, DEFAULT_COEFFICIENTS.gatewaySetWaitsMs.mid);
  if ('unfit' in predicted) return { failed: `no prediction: ${predicted.unfit}` };
  writeFileSync(join(folder, 'prediction.json'), `${JSON.stringify({ at: new Date().toISOString(), ...predicted })}\n`);
  return { predicted, low };
}

/** How far the nearest rate of the interval is from the prediction, and whether that is allowed. */
export function againstPrediction({ predicted }: PredictedFirst, { interval }: Found) {
  if (interval === undefined) return undefined;
  const nearest = Math.min(Math.max(predicted.perSecond, interval.low), interval.high);
  const errorShare = nearest / predicted.perSecond - 1;
  return { predictedPerSecond: predicted.perSecond, errorShare, within: Math.abs(errorShare) <= BOUNDS.rate };
}

/** `search`: its folder's name, so that two searches don't overwrite each other's runs of one size. */
export function keepSummaries(search: string, fitted: readonly RunRecord[], held: readonly RunRecord[]): void {
  for (const [part, records] of [
    ['fitted', fitted],
    ['held', held],
  ] as const) {
    mkdirSync(join(KEPT, part), { recursive: true });
    for (const record of records) {
      const id = `${search}-${record.id}`;
      writeFileSync(join(KEPT, part, `${id}.json`), `${JSON.stringify(summaryOf({ ...record, id, name: id }))}\n`);
    }
  }
}
