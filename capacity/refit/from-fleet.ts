/**
 * What a running fleet shows, in the rows of a plan: the coefficient that a row hangs on is solved for, all others as the plan has them.
 * The rows are those of `parley plan --json`, so bytes on disks already hold their replicas, as in the plan, and are never multiplied
 * by them here. A row that is what the plan says changes nothing: a plan's own output gives no observation.
 */
import { isInvalid, list, object, readShape, signed, text } from '../json-shape.ts';
import type { CoefficientKey, CoefficientNumbers } from '../model/coefficients.ts';
import { isInfeasible, type PlanRow } from '../model/component.ts';
import { planOnce } from '../model/plan-once.ts';
import type { WorkloadNumbers } from '../model/workload.ts';
import type { Observation, Observed, PassedOver } from './observation.ts';

interface RowMeasure {
  readonly key: CoefficientKey;
  /** The row is of one cell, and smaller where there are more: the fleet's is compared. */
  readonly ofFleet: boolean;
}

/** Rows that a fleet can be asked for, and the coefficient that each tells. Larger coefficients make larger rows. */
export const FLEET_ROWS: Readonly<Partial<Record<PlanRow['id'], RowMeasure>>> = {
  'gateway.bytesPerConnection': { key: 'gatewayUserBytesPerConnection', ofFleet: false },
  'relay.usPerAppend': { key: 'relayUsPerRecord', ofFleet: false },
  'dispatch.usPerMessage': { key: 'dispatchStoreUsPerRequest', ofFleet: false },
  'cassandra.rowBytes': { key: 'cassandraRowBytes', ofFleet: false },
  'cassandra.storedBytesPerDay': { key: 'cassandraRowBytes', ofFleet: true },
  'redis.memoryBytes': { key: 'redisRouteBytes', ofFleet: true },
};

/** Rows as a plan has them are equal to what it says to rounding. */
const SAME_SHARE = 1e-9;
/** A coefficient is looked for from a sixteenth to sixteen times what it was. */
const FARTHEST = 16;
const STEPS = 60;

/** `document`: a plan of `--json`, its values replaced by what the fleet shows. */
export function observedInFleet(
  document: unknown,
  record: string,
  date: string,
  workload: WorkloadNumbers,
  coefficients: CoefficientNumbers,
): Observed | { readonly invalid: string } {
  const read = readShape(object<{ rows: readonly Row[]; cells: number }>({ rows: list(row), cells: signed }), document, '');
  if (isInvalid(read)) return read;
  const observations: Observation[] = [];
  const passedOver: PassedOver[] = [];
  const said = valuesWith(workload, coefficients);
  for (const { id, value } of read.rows) {
    const measure = FLEET_ROWS[id as PlanRow['id']];
    if (measure === undefined) continue;
    const { key, ofFleet } = measure;
    const shown = ofFleet ? value * read.cells : value;
    const planned = said(id, ofFleet);
    if (Math.abs(shown / planned - 1) <= SAME_SHARE) continue;
    const solved = solve(key, coefficients, (changed) => valuesWith(workload, changed)(id, ofFleet), shown);
    if (solved === undefined) {
      const because = `no ${key} within ${FARTHEST} times what it was makes it ${value} instead of ${ofFleet ? planned / read.cells : planned}`;
      passedOver.push({ record, what: id, because });
    } else observations.push({ key, value: solved, by: `${id} of a fleet`, record, date });
  }
  return { observations, passedOver };
}

interface Row {
  readonly id: string;
  readonly value: number;
}
const row = object<Row>({ id: text, value: signed });

function valuesWith(workload: WorkloadNumbers, coefficients: CoefficientNumbers): (id: string, ofFleet: boolean) => number {
  const plan = planOnce(workload, coefficients);
  if (isInfeasible(plan)) return () => Number.NaN;
  return (id, ofFleet) => (plan.rows.find((one) => one.id === id)?.value ?? Number.NaN) * (ofFleet ? plan.choice.cell.cells : 1);
}

/** By halving, on a logarithmic axis. */
function solve(
  key: CoefficientKey,
  coefficients: CoefficientNumbers,
  valueWith: (changed: CoefficientNumbers) => number,
  wanted: number,
): number | undefined {
  const was = coefficients[key];
  const at = (exponent: number) => valueWith({ ...coefficients, [key]: was * FARTHEST ** exponent });
  if (!(was > 0 && at(-1) <= wanted && at(1) >= wanted)) return undefined;
  let [low, high] = [-1, 1];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (at(middle) <= wanted) low = middle;
    else high = middle;
  }
  return was * FARTHEST ** low;
}
