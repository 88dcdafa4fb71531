/** What `parley sheet new` wrote, opened again by the reader of sheets: nothing is lost, nothing is found, and what is overtyped is. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_COEFFICIENTS } from '../../model/coefficients.ts';
import { isInfeasible } from '../../model/component.ts';
import { costRowsOf } from '../../model/cost.ts';
import { middleOf } from '../../model/draws.ts';
import { makePlan } from '../../model/make-plan.ts';
import type { Plan } from '../../model/plan.ts';
import { type PriceList, readPrices } from '../../model/prices.ts';
import { type Base, type Dimension, UNITS, type Unit } from '../../model/unit.ts';
import { DEFAULT_WORKLOAD } from '../../model/workload.ts';
import { checkFigures } from '../check/check-figures.ts';
import type { Figure } from '../check/figure.ts';
import { notOfItsInputs, planOfSheet } from '../check/planned.ts';
import { plainNotation } from '../read/plain-notation.ts';
import { readSheet } from '../read/read-sheet.ts';
import { tracedPlan } from '../trace/traced-plan.ts';
import { packArchive } from '../workbook/archive.ts';
import { xlsxParts } from './ooxml.ts';
import { planBook } from './plan-book.ts';

const PRICES = readPrices(JSON.parse(readFileSync(join(import.meta.dir, '../../prices/aws-us-east-1.json'), 'utf8'))) as PriceList;
const NEAR = 1e-9;
let plan: Plan;
let figures: readonly Figure[];
let unread: readonly unknown[];
let prices: PriceList | undefined;

beforeAll(async () => {
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, '../../model/plan-once.ts')], format: 'esm', target: 'bun' });
  const made = makePlan({ draws: 20, costRows: costRowsOf(PRICES) });
  const traced = tracedPlan(await built.outputs[0]!.text(), middleOf(DEFAULT_WORKLOAD), middleOf(DEFAULT_COEFFICIENTS));
  if (isInfeasible(made) || isInfeasible(traced)) throw new Error('not to be built');
  plan = made;
  const read = readSheet(packArchive(xlsxParts(planBook(made, traced, { prices: PRICES }), true)), 'plan.xlsx');
  if ('unreadable' in read) throw new Error(read.unreadable);
  ({ figures, unread, prices } = read);
}, 60_000);

interface Row {
  readonly id: string;
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: Unit;
}

function inputs(table: Plan['workload']): Row[] {
  return Object.entries(table).map(([id, { what, mid, low, high, unit }]) => ({ id, name: what, value: mid, low, high, unit }));
}

/** What a sheet tells of a dimension: the kind of bytes and what is counted stand in words. */
function measureOf(dimension: Dimension) {
  const of = (...bases: readonly Base[]) => bases.reduce((sum, base) => sum + (dimension[base] ?? 0), 0);
  return { bytes: of('byte', 'storedByte'), seconds: of('second'), dollars: of('dollar') };
}

test('every row of the plan and every input is read back with its name, value, interval, unit and what the unit measures', () => {
  const rows: readonly Row[] = [...plan.rows, ...inputs(plan.workload), ...inputs(plan.coefficients)];
  expect(rows.length).toBeGreaterThan(300);
  expect(unread).toEqual([]);
  const lost: unknown[] = [];
  for (const row of rows) {
    const figure = figures.find((one) => one.id === row.id);
    const { factor, dimension } = UNITS[row.unit];
    const near = (found: number | undefined, value: number) =>
      found !== undefined && Math.abs(found - value * factor) <= NEAR * Math.abs(value * factor);
    const isRead =
      figure !== undefined &&
      plainNotation(row.name).startsWith(figure.label) &&
      near(figure.value, row.value) &&
      near(figure.bounds?.[0], row.low) &&
      near(figure.bounds?.[1], row.high) &&
      (row.unit === '1' || Bun.deepEquals(figure.measure, measureOf(dimension)));
    if (!isRead) lost.push([row, figure]);
  }
  expect(lost).toEqual([]);
});

test('the project’s own workbook has no finding, with its identifiers and without them', () => {
  expect(checkFigures(figures).findings).toEqual([]);
  expect(checkFigures(figures.map(({ id: _, ...figure }) => figure)).findings).toEqual([]);
});

describe('costs are made again from the workbook’s own counts and prices', () => {
  const overtyped = (edited: readonly Figure[]) => {
    const again = planOfSheet([], edited, prices);
    if (isInfeasible(again)) throw new Error(again.infeasible);
    return notOfItsInputs(edited, again).map(({ figure }) => figure.id);
  };

  test('as it was written nothing is found', () => expect(overtyped(figures)).toEqual([]));

  test.each(['cost.usdPerMonth', 'cost.kafkaUsdPerMonth', 'cost.loadgenUsdPerMonth', 'cost.usdPerMonthPerMillionConnections'])(
    '%s that is typed over is found, and it alone',
    (id) => expect(overtyped(figures.map((one) => (one.id === id ? { ...one, value: one.value * 1.01 } : one)))).toEqual([id]),
  );
});

describe('a value that is typed over a formula', () => {
  test.each([
    ['gateway.gateways', 10],
    ['gateway.gatewaysPerCell', 1_000],
    ['cells.cells', 0.1],
    ['demand.messagesPerDay', 1_000],
    ['demand.meanSendsPerSecond', 60],
    ['demand.sendsPerSecond', 10],
    ['demand.heartbeatsPerSecond', 60],
    ['demand.connectsPerSecond', 3_600],
    ['demand.storedLogicalBytesPerDay', 1_024],
  ])('%s times %d is one finding that names it', (id, by) => {
    const scaled = (figure: Figure): Figure => {
      const [value, low, high] = [figure.value, figure.low, figure.high].map((one) => one * by) as [number, number, number];
      return { ...figure, value, low, high, inputLow: figure.inputLow * by, inputHigh: figure.inputHigh * by };
    };
    const edited = figures.map((figure) => (figure.id === id ? scaled(figure) : figure));
    const { findings } = checkFigures(edited);
    const named = findings.filter((finding) => JSON.stringify(finding).includes(`"id":"${id}"`));
    expect([findings.length, named.length]).toEqual([1, 1]);
  });
});
