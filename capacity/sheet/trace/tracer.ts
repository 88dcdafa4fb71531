/**
 * What stands in for arithmetic while the model's code is traced: each operation works on plain numbers as ever, and on a
 * traced number it also remembers the expression. A branch that hangs on a traced number is taken as the numbers say and
 * remembered as a guard: the expressions say the same as the model wherever all guards hold. A conditional expression of two
 * numbers stays a live IF. What turns a traced number into a plain one (an index, a loop's length) is a guard of its own.
 */
import { type Comparison, constant, type Expression, OPERATIONS, type Operator, operation } from './expression.ts';

export interface Guard {
  readonly comparison: Comparison;
  readonly left: Expression;
  readonly right: Expression;
  readonly holds: boolean;
}

/** A number to the model's code: whatever does not trace sees its value. */
export class Traced {
  readonly expression: Expression;
  readonly #tracer: Tracer;

  constructor(expression: Expression, tracer: Tracer) {
    this.expression = expression;
    this.#tracer = tracer;
  }

  [Symbol.toPrimitive](hint: string): number | string {
    const { value } = this.expression;
    if (hint === 'string') return String(value);
    this.#tracer.pinned(this.expression);
    return value;
  }

  toFixed(digits?: number): string {
    return this.expression.value.toFixed(digits);
  }

  toPrecision(digits?: number): string {
    return this.expression.value.toPrecision(digits);
  }

  toLocaleString(...words: Parameters<number['toLocaleString']>): string {
    return this.expression.value.toLocaleString(...words);
  }

  toString(): string {
    return String(this.expression.value);
  }

  toJSON(): number {
    return this.expression.value;
  }
}

type Thunk = () => unknown;
const SIMPLE = ['ceil', 'floor', 'round', 'abs', 'sqrt', 'exp', 'expm1', 'log', 'log1p', 'log2', 'log10'] as const;

export class Tracer {
  readonly #guards = new Map<string, Guard>();
  readonly #numbers = new Map<Expression, number>();
  readonly #made = new Map<string, Expression>();
  #quiet = 0;
  /** What the rewritten code calls instead of the globals of the same name. */
  readonly Math: typeof Math;
  readonly Number: typeof Number;

  constructor() {
    const traced: Record<string, (...parts: unknown[]) => unknown> = {
      max: (...parts) => this.#widest('max', parts),
      min: (...parts) => this.#widest('min', parts),
      pow: (left, right) => this.binary('**', left, right),
      trunc: (part) => this.#apply('floor', [part]),
    };
    for (const name of SIMPLE) traced[name] = (part) => this.#apply(name, [part]);
    this.Math = Object.assign(Object.create(Math), traced);
    const plain = (part: unknown) => (part instanceof Traced ? part.expression.value : part);
    this.Number = Object.assign((part: unknown) => (part instanceof Traced ? part : Number(part)), {
      isFinite: (part: unknown) => Number.isFinite(plain(part)),
      isInteger: (part: unknown) => Number.isInteger(plain(part)),
      isSafeInteger: (part: unknown) => Number.isSafeInteger(plain(part)),
      isNaN: (part: unknown) => Number.isNaN(plain(part)),
      EPSILON: Number.EPSILON,
      MAX_SAFE_INTEGER: Number.MAX_SAFE_INTEGER,
      POSITIVE_INFINITY: Number.POSITIVE_INFINITY,
    }) as unknown as typeof Number;
  }

  get guards(): readonly Guard[] {
    return [...this.#guards.values()];
  }

  traced(expression: Expression): Traced {
    return new Traced(expression, this);
  }

  binary(operator: '+' | '-' | '*' | '/' | '%' | '**', left: unknown, right: unknown): unknown {
    if (operator === '+' && (typeof left === 'string' || typeof right === 'string')) return `${left}${right}`;
    if (!(left instanceof Traced || right instanceof Traced)) return OPERATIONS[operator](left as number, right as number);
    // A sum that starts at 0 and a product that starts at 1 are what is added to them.
    if (operator === '+' && left === 0) return right;
    if ((operator === '+' || operator === '-') && right === 0) return left;
    if (operator === '*' && left === 1) return right;
    if ((operator === '*' || operator === '/' || operator === '**') && right === 1) return left;
    return this.#apply(operator, [left, right]);
  }

  compare(comparison: Comparison, left: unknown, right: unknown): boolean {
    const pair = this.#pair(left, right);
    if (pair === undefined) return Boolean(plainComparison(comparison, left, right));
    const holds = OPERATIONS[comparison](pair[0].value, pair[1].value) === 1;
    this.#guard(comparison, ...pair, holds);
    return holds;
  }

  /** `left ? right : …` of numbers stays live; of anything else the branch is taken and guarded. */
  choose(comparison: Comparison, left: unknown, right: unknown, yes: Thunk, no: Thunk): unknown {
    const pair = this.#pair(left, right);
    if (pair === undefined) return plainComparison(comparison, left, right) ? yes() : no();
    const test = this.#make(comparison, pair);
    const taken = (test.value === 1 ? yes : no)();
    if (isNumber(taken)) {
      const other = this.#unguarded(test.value === 1 ? no : yes);
      if (isNumber(other)) {
        const [first, second] = test.value === 1 ? [taken, other] : [other, taken];
        return this.traced(this.#make('if', [test, this.#expression(first), this.#expression(second)]));
      }
    }
    this.#guard(comparison, ...pair, test.value === 1);
    return taken;
  }

  truth(part: unknown): boolean {
    return part instanceof Traced ? this.compare('!==', part, 0) : Boolean(part);
  }

  or(left: unknown, right: Thunk): unknown {
    return this.truth(left) ? left : right();
  }

  and(left: unknown, right: Thunk): unknown {
    return this.truth(left) ? right() : left;
  }

  negate(part: unknown): unknown {
    return part instanceof Traced ? this.#apply('negate', [part]) : -(part as number);
  }

  typeOf(part: unknown): string {
    return part instanceof Traced ? 'number' : typeof part;
  }

  /** Words are made without guards: they say what was, and no number hangs on them. */
  quietly<Result>(work: () => Result): Result {
    this.#quiet++;
    try {
      return work();
    } finally {
      this.#quiet--;
    }
  }

  /** The innermost name that the code gives a step is the step's. */
  named(place: string, name: string, part: unknown): unknown {
    if (part instanceof Traced && part.expression.parts.length > 0 && part.expression.name === undefined) {
      part.expression.name = name;
      part.expression.place = place;
    }
    return part;
  }

  pinned(expression: Expression): void {
    this.#guard('===', expression, this.#constant(expression.value), true);
  }

  #pair(left: unknown, right: unknown): [Expression, Expression] | undefined {
    if (!(left instanceof Traced || right instanceof Traced) || !isNumber(left) || !isNumber(right)) return undefined;
    return [this.#expression(left), this.#expression(right)];
  }

  #widest(operator: 'max' | 'min', parts: readonly unknown[]): unknown {
    const idle = operator === 'max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const counted = parts.filter((part) => part !== idle);
    return counted.length === 1 ? counted[0] : this.#apply(operator, counted);
  }

  #apply(operator: Operator, parts: readonly unknown[]): unknown {
    const compute: (...parts: number[]) => number = OPERATIONS[operator];
    if (!parts.some((part) => part instanceof Traced)) return compute(...(parts as number[]));
    if (!parts.every(isNumber)) return compute(...parts.map(Number));
    return this.traced(
      this.#make(
        operator,
        parts.map((part) => this.#expression(part)),
      ),
    );
  }

  #expression(part: number | Traced): Expression {
    return part instanceof Traced ? part.expression : this.#constant(part);
  }

  #constant(value: number): Expression {
    return this.#kept(`constant ${Object.is(value, -0) ? '-0' : value}`, () => constant(value));
  }

  /** The same operation on the same parts is one step, however often the code computes it. */
  #make(operator: Operator, parts: readonly Expression[]): Expression {
    return this.#kept(`${operator} ${parts.map((part) => this.#number(part)).join(' ')}`, () => operation(operator, parts));
  }

  #kept(key: string, make: () => Expression): Expression {
    const before = this.#made.get(key);
    if (before !== undefined) return before;
    const made = make();
    this.#made.set(key, made);
    return made;
  }

  #number(expression: Expression): number {
    const before = this.#numbers.get(expression);
    if (before !== undefined) return before;
    this.#numbers.set(expression, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  #guard(comparison: Comparison, left: Expression, right: Expression, holds: boolean): void {
    if (this.#quiet > 0) return;
    this.#guards.set(`${comparison} ${this.#number(left)} ${this.#number(right)}`, { comparison, left, right, holds });
  }

  /** What the branch that is not taken comes to, or undefined where it has branches of its own or fails. */
  #unguarded(branch: Thunk): unknown {
    const before = new Map(this.#guards);
    try {
      const result = branch();
      if (this.#guards.size === before.size) return result;
    } catch {
      // The branch was not meant for these numbers.
    }
    this.#guards.clear();
    for (const [key, guard] of before) this.#guards.set(key, guard);
    return undefined;
  }
}

function isNumber(part: unknown): part is number | Traced {
  return typeof part === 'number' || part instanceof Traced;
}

function plainComparison(comparison: Comparison, left: unknown, right: unknown): boolean {
  switch (comparison) {
    case '<':
      return (left as number) < (right as number);
    case '>':
      return (left as number) > (right as number);
    case '<=':
      return (left as number) <= (right as number);
    case '>=':
      return (left as number) >= (right as number);
    case '===':
      return left === right;
    case '!==':
      return left !== right;
  }
}
