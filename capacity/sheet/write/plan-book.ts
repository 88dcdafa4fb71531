/**
 * A plan as a workbook with live formulas: each row of the plan and each named step behind it is a formula over the cells of
 * workload and coefficients. The sheet "Choices" has every comparison that the plan's branches hang on; while all hold, the
 * workbook says what the model says, and where an edit breaks one, it says that the plan must be made anew.
 */
import type { Plan } from '../../model/plan.ts';
import type { Quantity, Source } from '../../model/quantity.ts';
import { type Expression, inOrder } from '../trace/expression.ts';
import { formulaOf, LONGEST_FORMULA } from '../trace/formula.ts';
import type { TracedPlan } from '../trace/traced-plan.ts';
import type { Guard } from '../trace/tracer.ts';
import type { BookCell, BookSheet } from './book.ts';

export const HOLDS = 'holds';
export const BROKEN = 'make anew';
const SIGNS = { '===': '=', '!==': '<>', '<': '<', '>': '>', '<=': '<=', '>=': '>=' } as const;

export function planBook(plan: Plan, traced: TracedPlan): readonly BookSheet[] {
  const names = namesOf(traced);
  const nameOf = (part: Expression) => names.get(part);
  const live = (expression: Expression): BookCell => ({ formula: formulaOf(expression, nameOf), value: expression.value });
  const planRows = plan.rows.map((row) => {
    const expression = traced.rows.get(row.id);
    const own = expression === undefined ? undefined : names.get(expression);
    // Costs are looked up in a list of prices: values, not formulas.
    const value =
      expression === undefined ? { value: row.value } : own === undefined ? live(expression) : { formula: own, value: row.value };
    return [
      { value: row.name },
      { ...value, name: row.id },
      { value: row.unit },
      { value: row.low },
      { value: row.high },
      undefined,
      {
        formula: `IF(${measured(row.id)}="","",IF(AND(${measured(row.id)}>=${around(row.id, 3)},${measured(row.id)}<=${around(row.id, 4)}),"agrees","differs"))`,
        value: '',
      },
      { value: row.id },
    ];
  });
  function around(id: string, column: number): string {
    return `${'ABCDEFG'[column]}${rowNumber(id)}`;
  }
  function measured(id: string): string {
    return around(id, 5);
  }
  function rowNumber(id: string): number {
    return plan.rows.findIndex((row) => row.id === id) + 2;
  }
  const steps = [...names].filter(([expression]) => expression.operator !== 'input');
  const choices = traced.guards.filter(isWritable).map((guard) => choiceRow(guard, nameOf));
  return [
    {
      name: 'Plan',
      widths: [48, 16, 18, 14, 14, 14, 12, 34],
      rows: [headings('row', 'value', 'unit', '5 %', '95 %', 'measured', 'verdict', 'id'), ...planRows],
      verdicts: { column: 6, good: 'agrees', bad: 'differs' },
    },
    inputSheet('Workload', plan.workload),
    inputSheet('Coefficients', plan.coefficients),
    {
      name: 'Steps',
      hidden: true,
      widths: [40, 18, 28],
      rows: [
        headings('step', 'value', 'where'),
        ...steps.map(([part, name]) => [{ value: part.name ?? name }, { ...live(part), name }, { value: part.place ?? '' }]),
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

function inputSheet(name: string, table: Readonly<Record<string, Quantity>>): BookSheet {
  return {
    name,
    widths: [70, 16, 22, 14, 14, 36],
    rows: [
      headings('input', 'value', 'unit', 'low', 'high', 'id'),
      ...Object.entries(table).map(([id, { what, mid, unit, low, high, source }]) => [
        { value: what },
        { value: mid, name: id, comment: sourceText(source) },
        { value: unit },
        { value: low },
        { value: high },
        { value: id },
      ]),
    ],
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
function namesOf({ rows, guards: all }: TracedPlan): ReadonlyMap<Expression, string> {
  const guards = all.filter(isWritable);
  const names = new Map<Expression, string>();
  const taken = new Set<string>();
  const nameOf = (part: Expression) => names.get(part);
  for (const expression of inOrder([...rows.values(), ...guards.flatMap(({ left, right }) => [left, right])])) {
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
