/**
 * What a formula's cell holds, where the workbook came without the value that a spreadsheet would have kept: arithmetic, cells,
 * ranges, names, and the functions that capacity sheets use. What it can't do is a reason, never a guess.
 */
import { type CellAt, cellName, parseCellName } from './cell-address.ts';
import { type Token, tokensOf } from './formula-text.ts';

export type Value = number | string | boolean | undefined;
export interface Failed {
  readonly failed: string;
}
export type Result = Value | Failed;

export interface Cells {
  /** The value of a cell, evaluated where it is a formula. `undefined`: empty. */
  valueAt(sheet: string, at: CellAt): Result;
  /** What a name of the workbook stands for, as a formula; undefined: there is no such name. */
  named(name: string): string | undefined;
}

const RANGE_CELLS_LIMIT = 100_000;
const DEPTH_LIMIT = 500;

class Stop extends Error {}

export function isFailed(result: Result): result is Failed {
  return typeof result === 'object';
}

export function evaluate(formula: string, sheet: string, cells: Cells, depth = 0): Result {
  if (depth > DEPTH_LIMIT) return { failed: 'formulas refer to each other more than 500 deep' };
  const tokens = tokensOf(formula);
  if (tokens === undefined) return { failed: `the formula =${formula.slice(0, 60)} holds an error or what is not read` };
  try {
    const reader = new FormulaReader(tokens, sheet, cells, depth);
    return reader.whole();
  } catch (failure) {
    if (failure instanceof Stop) return { failed: failure.message };
    // The engine's own stack ended: parentheses in parentheses, thousands deep.
    if (failure instanceof RangeError) return { failed: 'the formula is nested too deeply' };
    throw failure;
  }
}

/** Recursive descent: comparison, concatenation, sum, product, power, sign, percent. */
class FormulaReader {
  private at = 0;
  private readonly tokens: readonly Token[];
  private readonly sheet: string;
  private readonly cells: Cells;
  private readonly depth: number;

  constructor(tokens: readonly Token[], sheet: string, cells: Cells, depth: number) {
    this.tokens = tokens;
    this.sheet = sheet;
    this.cells = cells;
    this.depth = depth;
  }

  whole(): Value {
    const value = this.comparison();
    if (this.at < this.tokens.length) throw new Stop('the formula goes on after its end');
    return value;
  }

  private comparison(): Value {
    let left = this.joined();
    for (let sign = this.take('=', '<>', '<=', '>=', '<', '>'); sign !== undefined; sign = this.take('=', '<>', '<=', '>=', '<', '>')) {
      const right = this.joined();
      const order = compared(left, right);
      left =
        sign === '='
          ? order === 0
          : sign === '<>'
            ? order !== 0
            : sign === '<'
              ? order < 0
              : sign === '>'
                ? order > 0
                : sign === '<='
                  ? order <= 0
                  : order >= 0;
    }
    return left;
  }

  private joined(): Value {
    let left = this.sum();
    while (this.take('&') !== undefined) left = `${left ?? ''}${this.sum() ?? ''}`;
    return left;
  }

  private sum(): Value {
    let left = this.product();
    for (let sign = this.take('+', '-'); sign !== undefined; sign = this.take('+', '-')) {
      const right = numberOf(this.product());
      left = sign === '+' ? numberOf(left) + right : numberOf(left) - right;
    }
    return left;
  }

  private product(): Value {
    let left = this.power();
    for (let sign = this.take('*', '/'); sign !== undefined; sign = this.take('*', '/')) {
      const right = numberOf(this.power());
      if (sign === '/' && right === 0) throw new Stop('a division by zero');
      left = sign === '*' ? numberOf(left) * right : numberOf(left) / right;
    }
    return left;
  }

  private power(): Value {
    let left = this.signed();
    while (this.take('^') !== undefined) left = numberOf(left) ** numberOf(this.signed());
    return left;
  }

  private signed(): Value {
    const sign = this.take('-', '+');
    if (sign === '-') return -numberOf(this.signed());
    if (sign === '+') return this.signed();
    let value = this.single();
    while (this.take('%') !== undefined) value = numberOf(value) / 100;
    return value;
  }

  private single(): Value {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new Stop('the formula ends too early');
    if (token.kind === 'number' || token.kind === 'text') return token.value;
    if (token.kind === 'sign') {
      if (token.value !== '(') throw new Stop(`"${token.value}" where a value belongs`);
      const value = this.comparison();
      this.expect(')');
      return value;
    }
    if (this.isNext('(')) return this.call(token.value);
    if (/^(true|false)$/i.test(token.value)) return token.value.toLowerCase() === 'true';
    const cell = parseCellName(token.value);
    if (cell !== undefined) {
      if (this.isNext(':')) throw new Stop('a range where one value belongs');
      return this.found(this.cells.valueAt(token.sheet ?? this.sheet, cell));
    }
    const meaning = this.cells.named(token.value);
    if (meaning === undefined) throw new Stop(`there is no name ${token.value}`);
    return this.found(evaluate(meaning, token.sheet ?? this.sheet, this.cells, this.depth + 1));
  }

  private call(name: string): Value {
    this.expect('(');
    const called = name.toUpperCase().replace(/^_XLFN\./, '');
    if (called === 'IF') return this.choice();
    if (called === 'IFERROR') return this.unlessFailed();
    const values: Value[] = [];
    if (!this.isNext(')')) {
      do values.push(...this.argument());
      while (this.take(',', ';') !== undefined);
    }
    this.expect(')');
    return applied(called, values);
  }

  /** Both ways are gone through, so an error in the way not taken is only noted. */
  private choice(): Value {
    const condition = this.comparison();
    const ways: Result[] = [];
    while (this.take(',', ';') !== undefined) ways.push(this.tried());
    this.expect(')');
    return this.found(truthOf(condition) ? ways[0] : (ways[1] ?? false));
  }

  private unlessFailed(): Value {
    const tried = this.tried();
    const otherwise = this.take(',', ';') === undefined ? undefined : this.tried();
    this.expect(')');
    return this.found(isFailed(tried) ? otherwise : tried);
  }

  private tried(): Result {
    const from = this.at;
    try {
      return this.comparison();
    } catch (failure) {
      if (!(failure instanceof Stop)) throw failure;
      this.at = from;
      for (let open = 0; this.at < this.tokens.length; this.at++) {
        const { kind, value } = this.tokens[this.at]!;
        if (kind !== 'sign') continue;
        if (open === 0 && (value === ',' || value === ';' || value === ')')) break;
        open += value === '(' ? 1 : value === ')' ? -1 : 0;
      }
      return { failed: failure.message };
    }
  }

  /** One value, or the cells of a range. */
  private argument(): readonly Value[] {
    const [first, colon, last] = this.tokens.slice(this.at, this.at + 3);
    if (first?.kind !== 'name' || last?.kind !== 'name' || colon?.kind !== 'sign' || colon.value !== ':') return [this.comparison()];
    const [from, to] = [parseCellName(first.value), parseCellName(last.value)];
    if (from === undefined || to === undefined) throw new Stop(`the range ${first.value}:${last.value} is not read`);
    this.at += 3;
    const rows = [Math.min(from.row, to.row), Math.max(from.row, to.row)] as const;
    const columns = [Math.min(from.column, to.column), Math.max(from.column, to.column)] as const;
    if ((rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1) > RANGE_CELLS_LIMIT) throw new Stop('a range of more than 100,000 cells');
    const values: Value[] = [];
    for (let row = rows[0]; row <= rows[1]; row++) {
      for (let column = columns[0]; column <= columns[1]; column++) {
        const value = this.found(this.cells.valueAt(first.sheet ?? this.sheet, { row, column }));
        // Functions over a range pass over what is no number.
        if (typeof value === 'number') values.push(value);
      }
    }
    return values;
  }

  private found(result: Result): Value {
    if (isFailed(result)) throw new Stop(result.failed);
    return result;
  }

  private isNext(sign: string): boolean {
    const token = this.tokens[this.at];
    return token?.kind === 'sign' && token.value === sign;
  }

  private take(...signs: readonly string[]): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== 'sign' || !signs.includes(token.value)) return undefined;
    this.at++;
    return token.value;
  }

  private expect(sign: string): void {
    if (this.take(sign) === undefined) throw new Stop(`"${sign}" is missing`);
  }
}

function applied(name: string, values: readonly Value[]): Value {
  const numbers = () => values.map(numberOf);
  const [first = 0, second = 0] = ['CONCATENATE', 'CONCAT', 'TEXT'].includes(name) ? [] : numbers();
  switch (name) {
    case 'SUM':
      return numbers().reduce((sum, one) => sum + one, 0);
    case 'PRODUCT':
      return numbers().reduce((product, one) => product * one, 1);
    case 'MIN':
      return values.length === 0 ? 0 : Math.min(...numbers());
    case 'MAX':
      return values.length === 0 ? 0 : Math.max(...numbers());
    case 'AVERAGE':
      if (values.length === 0) throw new Stop('the average of nothing');
      return numbers().reduce((sum, one) => sum + one, 0) / values.length;
    case 'COUNT':
      return values.length;
    case 'POWER':
      return first ** second;
    case 'SQRT':
      return Math.sqrt(first);
    case 'EXP':
      return Math.exp(first);
    case 'LN':
      return Math.log(first);
    case 'LOG':
      return Math.log(first) / Math.log(values.length > 1 ? second : 10);
    case 'LOG10':
      return Math.log10(first);
    case 'ABS':
      return Math.abs(first);
    case 'INT':
      return Math.floor(first);
    case 'MOD':
      return first - second * Math.floor(first / second);
    case 'QUOTIENT':
      return Math.trunc(first / second);
    case 'ROUND':
      return rounded(first, second, (value) => Math.sign(value) * Math.round(Math.abs(value)));
    case 'ROUNDUP':
      return rounded(first, second, (value) => Math.sign(value) * Math.ceil(Math.abs(value)));
    case 'ROUNDDOWN':
    case 'TRUNC':
      return rounded(first, second, Math.trunc);
    case 'CEILING':
    case 'CEILING.MATH':
      return Math.ceil(first / (second || 1)) * (second || 1);
    case 'FLOOR':
    case 'FLOOR.MATH':
      return Math.floor(first / (second || 1)) * (second || 1);
    case 'AND':
      return values.every(truthOf);
    case 'OR':
      return values.some(truthOf);
    case 'NOT':
      return !truthOf(values[0]);
    case 'PI':
      return Math.PI;
    case 'CONCATENATE':
    case 'CONCAT':
      return values.map((value) => value ?? '').join('');
    case 'VALUE':
    case 'N':
      return first;
    default:
      throw new Stop(`the function ${name} is not known here: save the workbook with its values`);
  }
}

function rounded(value: number, digits: number, round: (value: number) => number): number {
  const scale = 10 ** Math.trunc(digits);
  return scale >= 1 ? round(value * scale) / scale : round(value / 10 ** -Math.trunc(digits)) * 10 ** -Math.trunc(digits);
}

function numberOf(value: Value): number {
  if (value === undefined) return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'number' ? value : value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new Stop(`"${String(value).slice(0, 30)}" where a number belongs`);
  return number;
}

function truthOf(value: Value): boolean {
  return typeof value === 'boolean' ? value : numberOf(value) !== 0;
}

function compared(left: Value, right: Value): number {
  if (typeof left === 'string' || typeof right === 'string') {
    const [one, other] = [String(left ?? '').toLowerCase(), String(right ?? '').toLowerCase()];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return Math.sign(numberOf(left) - numberOf(right));
}

export function placeName(sheet: string, at: CellAt): string {
  return `${sheet}!${cellName(at)}`;
}
