/**
 * A plan as a workbook with live formulas: each row of the plan and each named step behind it is a formula over the cells of
 * workload and coefficients. The sheet "Choices" has every comparison that the plan's branches hang on; while all hold, the
 * workbook says what the model says, and where an edit breaks one, it says that the plan must be made anew.
 */
import type { Plan } from '../../model/plan.ts';
import type { PriceList } from '../../model/prices.ts';
import type { Quantity, Source } from '../../model/quantity.ts';
import { type Expression, inOrder } from '../trace/expression.ts';
import { formulaOf, LONGEST_FORMULA } from '../trace/formula.ts';
import type { TracedPlan } from '../trace/traced-plan.ts';
import type { Guard } from '../trace/tracer.ts';
import type { BookCell, BookSheet } from './book.ts';
import { costSheets } from './cost-sheets.ts';
import { type MeasuredValues, measuredCells, VERDICTS } from './measured-cells.ts';

export const HOLDS = 'holds';
export const BROKEN = 'make anew';
const SIGNS = { '===': '=', '!==': '<>', '<': '<', '>': '>', '<=': '<=', '>=': '>=' } as const;
/** Parts whose rows are of one cell; those of the others are of the fleet or of one machine. */
const OF_A_CELL = new Set(['kafka', 'dispatch', 'cassandra', 'redis', 'push', 'prekeys', 'loadgen', 'observability']);
const PART_OF_COEFFICIENT = /^[a-z]+/;

export interface BookOptions {
  /** What the rows of the cost were made of; without it they are values. */
  readonly prices?: PriceList;
  readonly measured?: MeasuredValues;
}

export function planBook(plan: Plan, traced: TracedPlan, { prices, measured = new Map() }: BookOptions = {}): readonly BookSheet[] {
  const names = namesOf(traced);
  const nameOf = (part: Expression) => names.get(part);
  const live = (expression: Expression): BookCell => {
    const own = nameOf(expression);
    return own === undefined
      ? { formula: formulaOf(expression, nameOf), value: expression.value }
      : { formula: own, value: expression.value };
  };
  const costs = prices === undefined ? undefined : costSheets(traced, prices, live);
  const planRows = plan.rows.map((row, at) => {
    const expression = traced.rows.get(row.id);
    const cost = costs?.formulas.get(row.id);
    const value = expression !== undefined ? live(expression) : { value: row.value, ...(cost === undefined ? {} : { formula: cost }) };
    const part = row.id.slice(0, row.id.indexOf('.'));
    const place = (column: string) => `${column}${at + 2}`;
    const places = { value: place('C'), low: place('E'), high: place('F'), measured: place('G') };
    return [
      { value: OF_A_CELL.has(part) ? `${part}, per cell` : part },
      { value: row.name },
      { ...value, name: row.id, comment: row.reason },
      { value: row.unit },
      { value: row.low },
      { value: row.high },
      ...measuredCells(measured.get(row.id), places, row),
      { value: row.id },
    ];
  });
  const steps = [...names].filter(([expression]) => expression.operator !== 'input');
  const choices = traced.guards.filter(isWritable).map((guard) => choiceRow(guard, nameOf));
  return [
    {
      name: 'Plan',
      widths: [22, 48, 16, 18, 14, 14, 14, 14, 40, 34],
      rows: [headings('part', 'row', 'value', 'unit', '5 %', '95 %', 'measured', 'verdict', 'measured by', 'id'), ...planRows],
      verdicts: { column: 7, ...VERDICTS },
    },
    inputSheet('Workload', plan.workload, measured, () => 'workload'),
    inputSheet('Coefficients', plan.coefficients, measured, (id) => PART_OF_COEFFICIENT.exec(id)![0]),
    ...(costs?.sheets ?? []),
    {
      name: 'Steps',
      hidden: true,
      widths: [40, 18, 28],
      rows: [
        headings('step', 'value', 'where'),
        ...steps.map(([part, name]) => [
          { value: part.name ?? name },
          { formula: formulaOf(part, nameOf), value: part.value, name },
          { value: part.place ?? '' },
        ]),
      ],
    },
    {
      name: 'Choices',
      hidden: true,
      widths: [14, 60],
      rows: [
        [
          { value: 'choices', heading: true },
          { value: 'comparison that the plan rests on', heading: true },
          { formula: `IF(COUNTIF(A2:A${choices.length + 1},"${BROKEN}")=0,"${HOLDS}","${BROKEN}")`, value: HOLDS, name: 'all.choices' },
        ],
        ...choices,
      ],
      verdicts: { column: 0, good: HOLDS, bad: BROKEN },
    },
  ];
}

/** A comparison with what is no number (a search that has found nothing yet) has no formula; it always comes out the same. */
function isWritable({ left, right }: Guard): boolean {
  return inOrder([left, right]).every(({ operator, value }) => operator !== 'constant' || !Number.isNaN(value));
}

function choiceRow({ comparison, left, right, holds }: Guard, nameOf: (part: Expression) => string | undefined): BookCell[] {
  const side = (part: Expression) => nameOf(part) ?? formulaOf(part, nameOf);
  const text = `(${side(left)})${SIGNS[comparison]}(${side(right)})`;
  return [
    { formula: `IF(${holds ? text : `NOT(${text})`},"${HOLDS}","${BROKEN}")`, value: HOLDS },
    { value: `${text}${holds ? '' : ' is false'}` },
  ];
}

function inputSheet(
  name: string,
  table: Readonly<Record<string, Quantity>>,
  measured: MeasuredValues,
  partOf: (id: string) => string,
): BookSheet {
  return {
    name,
    widths: [18, 70, 16, 22, 14, 14, 14, 14, 40, 36],
    rows: [
      headings('part', 'input', 'value', 'unit', 'low', 'high', 'measured', 'verdict', 'measured by', 'id'),
      ...Object.entries(table).map(([id, { what, mid, unit, low, high, source }], at) => {
        const place = (column: string) => `${column}${at + 2}`;
        const places = { value: place('C'), low: place('E'), high: place('F'), measured: place('G') };
        return [
          { value: partOf(id) },
          { value: what },
          { value: mid, name: id, comment: sourceText(source) },
          { value: unit },
          { value: low },
          { value: high },
          ...measuredCells(measured.get(id), places, { value: mid, low, high }),
          { value: id },
        ];
      }),
    ],
    verdicts: { column: 7, ...VERDICTS },
  };
}

export function sourceText(source: Source): string {
  if (source.kind === 'measured') return `measured by ${source.by}, ${source.date}: ${source.record}`;
  return source.kind === 'cited' ? `cited: ${source.where}, ${source.date}` : `chosen: ${source.why}`;
}

function headings(...titles: string[]): BookCell[] {
  return titles.map((value) => ({ value, heading: true }));
}

/** Inputs, named steps, and what would make a formula too long to read have a cell of their own. */
function namesOf({ rows, machines, guards: all }: TracedPlan): ReadonlyMap<Expression, string> {
  const guards = all.filter(isWritable);
  const names = new Map<Expression, string>();
  const taken = new Set<string>();
  const nameOf = (part: Expression) => names.get(part);
  for (const expression of inOrder([
    ...rows.values(),
    ...[...machines.values()].flatMap((one) => Object.values(one)),
    ...guards.flatMap(({ left, right }) => [left, right]),
  ])) {
    if (expression.operator === 'constant') continue;
    const { name, place, operator } = expression;
    if (operator === 'input') names.set(expression, name!);
    else if (name !== undefined) names.set(expression, unused(`${place || 'plan'}.${name}`, taken));
    else if (formulaOf(expression, nameOf).length > LONGEST_FORMULA) names.set(expression, unused('step', taken));
  }
  return names;
}

function unused(name: string, taken: Set<string>): string {
  let free = name;
  for (let next = 2; taken.has(free.toLowerCase()); next++) free = `${name}_${next}`;
  taken.add(free.toLowerCase());
  return free;
}
