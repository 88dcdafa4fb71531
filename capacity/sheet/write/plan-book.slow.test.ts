/** The workbook of a plan, computed anew by LibreOffice, says what the model says. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requires } from '../../../services/runtime/requires.ts';
import { locate } from '../../../services/runtime/tools.ts';
import { DEFAULT_COEFFICIENTS } from '../../model/coefficients.ts';
import { isInfeasible } from '../../model/component.ts';
import { costRowsOf } from '../../model/cost.ts';
import { middleOf } from '../../model/draws.ts';
import { makePlan } from '../../model/make-plan.ts';
import { planOnce } from '../../model/plan-once.ts';
import { type PriceList, readPrices } from '../../model/prices.ts';
import { DEFAULT_WORKLOAD, type WorkloadNumbers } from '../../model/workload.ts';
import { tracedPlan } from '../trace/traced-plan.ts';
import { packArchive } from '../workbook/archive.ts';
import { cellName } from '../workbook/cell-address.ts';
import { readWorkbook, type Workbook } from '../workbook/read-workbook.ts';
import { xlsxParts } from './ooxml.ts';
import { HOLDS, planBook } from './plan-book.ts';

const PRICES = readPrices(JSON.parse(readFileSync(join(import.meta.dir, '../../prices/aws-us-east-1.json'), 'utf8'))) as PriceList;
const COEFFICIENTS = middleOf(DEFAULT_COEFFICIENTS);
const WORKLOAD = middleOf(DEFAULT_WORKLOAD);
let source: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-plan-book-'));
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, '../../model/plan-once.ts')], format: 'esm', target: 'bun' });
  source = await built.outputs[0]!.text();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without the formulas' values, so that whoever opens it has to compute them. */
function bookOf(inputs: WorkloadNumbers, edited?: (part: string) => string, disk?: number): Uint8Array {
  const plan = makePlan({ draws: 5, costRows: costRowsOf(PRICES) });
  const traced = tracedPlan(source, inputs, COEFFICIENTS);
  if (isInfeasible(plan) || isInfeasible(traced)) throw new Error('not to be built');
  const parts = xlsxParts(planBook(plan, traced, { prices: PRICES }), false);
  if (edited !== undefined) parts['xl/worksheets/sheet2.xml'] = edited(parts['xl/worksheets/sheet2.xml']!);
  const prices = 'xl/worksheets/sheet5.xml';
  if (disk !== undefined) parts[prices] = parts[prices]!.replace(/(<c r="F2"><v>)[^<]*/, `$1${disk}`);
  return packArchive(parts);
}

/** By id of the row. */
function valuesOf(bytes: Uint8Array): Map<string, number> {
  const { cells } = (readWorkbook(bytes) as Workbook).sheets[0]!;
  const at = new Map(cells.map((cell) => [cellName(cell.at), cell.text]));
  return new Map(Array.from({ length: cells.length }, (_, row) => [at.get(`J${row + 2}`) ?? '', Number(at.get(`C${row + 2}`))]));
}

function expectPlan(bytes: Uint8Array, inputs: WorkloadNumbers, prices: PriceList = PRICES): void {
  const plan = planOnce(inputs, COEFFICIENTS);
  if (isInfeasible(plan)) throw new Error(plan.infeasible);
  const values = valuesOf(bytes);
  const costs = costRowsOf(prices)(plan);
  expect(costs.length).toBeGreaterThan(8);
  for (const { id, value } of [...plan.rows, ...costs]) {
    const found = values.get(id)!;
    expect([id, Math.abs(found - value) <= 1e-9 * Math.abs(value) ? value : found]).toEqual([id, value]);
  }
}

test('the formulas, computed by this project’s own reader of workbooks, give every row of the plan', () => {
  expectPlan(bookOf(WORKLOAD), WORKLOAD);
}, 60_000);

test('the same plan gives the same bytes', () => {
  expect(Buffer.from(bookOf(WORKLOAD)).equals(Buffer.from(bookOf(WORKLOAD)))).toBe(true);
}, 60_000);

requires('soffice').describe('in LibreOffice', () => {
  async function computed(name: string, bytes: Uint8Array): Promise<Uint8Array> {
    const file = join(folder, `${name}.xlsx`);
    writeFileSync(file, bytes);
    const out = join(folder, `${name}-computed`);
    const words = [`-env:UserInstallation=file://${folder}/profile`, '--headless', '--convert-to', 'xlsx', '--outdir', out, file];
    const office = Bun.spawn([locate('soffice')!, ...words], { stdout: 'pipe', stderr: 'pipe' });
    const limit = setTimeout(() => office.kill('SIGKILL'), 120_000);
    const code = await office.exited;
    clearTimeout(limit);
    if (code !== 0) throw new Error(`LibreOffice ended with ${code}: ${await new Response(office.stderr).text()}`);
    return readFileSync(join(out, `${name}.xlsx`));
  }

  test('every row has the model’s value to a relative 1e-9, and every choice holds', async () => {
    const bytes = await computed('plan', bookOf(WORKLOAD));
    expectPlan(bytes, WORKLOAD);
    const choices = (readWorkbook(bytes) as Workbook).sheets.find(({ name }) => name === 'Choices')!.cells;
    const first = choices.filter(({ at }) => at.column === 0 && at.row > 0);
    expect(first.length).toBeGreaterThan(100);
    expect(new Set(first.map(({ text }) => text))).toEqual(new Set([HOLDS]));
  }, 150_000);

  test('an input that is edited gives what the model says for it', async () => {
    const typingPerMessage = WORKLOAD.typingPerMessage * 1.001;
    const row = Object.keys(WORKLOAD).indexOf('typingPerMessage') + 2;
    const bytes = await computed(
      'edited',
      bookOf(WORKLOAD, (part) => part.replace(new RegExp(`(<c r="C${row}"><v>)[^<]*`), `$1${typingPerMessage}`)),
    );
    expectPlan(bytes, { ...WORKLOAD, typingPerMessage });
  }, 150_000);

  test('a price that is edited gives the costs that the model has for it, also where another shape is the cheapest then', async () => {
    const disk = 0.001;
    const bytes = await computed('cheap-disk', bookOf(WORKLOAD, undefined, disk));
    expectPlan(bytes, WORKLOAD, { ...PRICES, diskUsdPerGiBYear: disk });
  }, 150_000);
});
