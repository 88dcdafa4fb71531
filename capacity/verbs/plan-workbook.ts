/**
 * A plan as a workbook on the disk, for `parley sheet new` and `parley plan --xlsx`. Bundles the model's code to trace it, reads the
 * runs and measurements that are named, and writes the one file.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoefficientNumbers } from '../model/coefficients.ts';
import { type Infeasible, isInfeasible } from '../model/component.ts';
import { middleOf } from '../model/draws.ts';
import type { Plan } from '../model/plan.ts';
import type { PriceList } from '../model/prices.ts';
import type { WorkloadNumbers } from '../model/workload.ts';
import { observedInMeasurement } from '../refit/from-measurements.ts';
import { observedInRuns } from '../refit/from-runs.ts';
import type { RunRecord } from '../run-record.ts';
import { isInvalid, readRunRecord } from '../run-record-reader.ts';
import { tracedPlan } from '../sheet/trace/traced-plan.ts';
import { packArchive } from '../sheet/workbook/archive.ts';
import type { BookSheet } from '../sheet/write/book.ts';
import { type MeasuredValues, measuredValues } from '../sheet/write/measured-cells.ts';
import { xlsxParts } from '../sheet/write/ooxml.ts';
import { planBook } from '../sheet/write/plan-book.ts';
import { filesOf, jsonOf, Mistake } from './read-run.ts';

export interface Written {
  readonly sheets: readonly BookSheet[];
  /** Rows and inputs that a run or a measurement says something of. */
  readonly measured: number;
}

/** `runs`: folders, records and measurements, as they are named on the command line. */
export async function writeWorkbook(file: string, plan: Plan, prices: PriceList, runs: readonly string[]): Promise<Written | Infeasible> {
  const coefficients = middleOf(plan.coefficients) as CoefficientNumbers;
  const measured = measuredIn(plan, coefficients, runs);
  const traced = tracedPlan(await modelSource(), middleOf(plan.workload) as WorkloadNumbers, coefficients);
  if (isInfeasible(traced)) return traced;
  const sheets = planBook(plan, traced, { prices, measured });
  try {
    writeFileSync(file, packArchive(xlsxParts(sheets, true)));
  } catch (failure) {
    throw new Mistake(`${file} can’t be written (${(failure as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  return { sheets, measured: measured.size };
}

function measuredIn(plan: Plan, coefficients: CoefficientNumbers, names: readonly string[]): MeasuredValues {
  const records: RunRecord[] = [];
  const observations = [];
  for (const path of names.flatMap(filesOf)) {
    const document = jsonOf(path);
    const observed = observedInMeasurement(document, path.slice(path.lastIndexOf('/') + 1));
    if (observed !== undefined && 'invalid' in observed) throw new Mistake(`${path}: ${observed.invalid}`);
    if (observed !== undefined) {
      observations.push(...observed.observations);
      continue;
    }
    const record = readRunRecord(document);
    if (isInvalid(record)) throw new Mistake(`${path} is neither a run's record nor a measurement: ${record.invalid}`);
    records.push(record);
  }
  observations.push(...observedInRuns(records, coefficients).observations);
  return measuredValues(plan, records, observations);
}

async function modelSource(): Promise<string> {
  const built = await Bun.build({ entrypoints: [join(import.meta.dirname, '../model/plan-once.ts')], format: 'esm', target: 'bun' });
  return await built.outputs[0]!.text();
}
