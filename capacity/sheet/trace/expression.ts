/**
 * A number and how it was computed: the leaves are named inputs and constants, the rest are operations that JavaScript and a
 * spreadsheet both have. The model's code makes these when it is run on traced numbers (traced-model.ts); from them come the
 * formulas of a sheet, and `evaluate` computes them again for other inputs.
 */

export interface Expression {
  readonly value: number;
  readonly operator: Operator | 'input' | 'constant';
  readonly parts: readonly Expression[];
  /** An input's name, or the name that the model's code has for a step, and the function in which it stands. */
  name?: string;
  place?: string;
}

/** Each as the model's code means it. Comparisons give 1 or 0 and stand only as the first part of `if`. */
export const OPERATIONS = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  '/': (left: number, right: number) => left / right,
  '%': (left: number, right: number) => left % right,
  '**': (left: number, right: number) => left ** right,
  negate: (part: number) => -part,
  max: (...parts: number[]) => Math.max(...parts),
  min: (...parts: number[]) => Math.min(...parts),
  ceil: (part: number) => Math.ceil(part),
  floor: (part: number) => Math.floor(part),
  round: (part: number) => Math.round(part),
  abs: (part: number) => Math.abs(part),
  sqrt: (part: number) => Math.sqrt(part),
  exp: (part: number) => Math.exp(part),
  expm1: (part: number) => Math.expm1(part),
  log: (part: number) => Math.log(part),
  log1p: (part: number) => Math.log1p(part),
  log2: (part: number) => Math.log2(part),
  log10: (part: number) => Math.log10(part),
  if: (test: number, yes: number, no: number) => (test === 1 ? yes : no),
  '<': (left: number, right: number) => Number(left < right),
  '>': (left: number, right: number) => Number(left > right),
  '<=': (left: number, right: number) => Number(left <= right),
  '>=': (left: number, right: number) => Number(left >= right),
  '===': (left: number, right: number) => Number(left === right),
  '!==': (left: number, right: number) => Number(left !== right),
} as const;

export type Operator = keyof typeof OPERATIONS;
export type Comparison = '<' | '>' | '<=' | '>=' | '===' | '!==';

export function input(name: string, value: number): Expression {
  return { operator: 'input', value, parts: [], name };
}

export function constant(value: number): Expression {
  return { operator: 'constant', value, parts: [] };
}

export function operation(operator: Operator, parts: readonly Expression[]): Expression {
  const compute: (...parts: number[]) => number = OPERATIONS[operator];
  return { operator, value: compute(...parts.map((part) => part.value)), parts };
}

/** Values of expressions for other inputs; those not named keep theirs. Shared parts are computed once. */
export function evaluator(inputs: Readonly<Record<string, number>>): (expression: Expression) => number {
  const known = new Map<Expression, number>();
  const computedOf = (expression: Expression): number => {
    const before = known.get(expression);
    if (before !== undefined) return before;
    const value = computed(expression);
    known.set(expression, value);
    return value;
  };
  const computed = ({ operator, parts, name, value }: Expression): number => {
    if (operator === 'constant') return value;
    if (operator === 'input') return inputs[name!] ?? value;
    if (operator === 'if') return computedOf(parts[0]!) === 1 ? computedOf(parts[1]!) : computedOf(parts[2]!);
    const compute: (...parts: number[]) => number = OPERATIONS[operator];
    return compute(...parts.map(computedOf));
  };
  return computedOf;
}

/** Every expression below these, parts before what is made of them, each once. */
export function inOrder(roots: readonly Expression[]): readonly Expression[] {
  const seen = new Set<Expression>();
  const visit = (expression: Expression) => {
    if (seen.has(expression)) return;
    for (const part of expression.parts) if (!seen.has(part)) visit(part);
    seen.add(expression);
  };
  roots.forEach(visit);
  return [...seen];
}
