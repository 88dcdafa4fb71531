/**
 * Expressions as a spreadsheet's formulas over named cells. Functions are those that every spreadsheet has had for decades.
 * `nameOf` says which steps have a cell of their own; everything between them is written out.
 */
import type { Expression, Operator } from './expression.ts';

/** What a formula of a spreadsheet may hold is 8,192 characters; people read far less. */
export const LONGEST_FORMULA = 1_000;

const BINDING: Readonly<Partial<Record<Operator, number>>> = {
  '<': 1,
  '>': 1,
  '<=': 1,
  '>=': 1,
  '===': 1,
  '!==': 1,
  '+': 2,
  '-': 2,
  '*': 3,
  '/': 3,
  negate: 4,
  '**': 5,
};
const SIGNS: Readonly<Partial<Record<Operator, string>>> = { '===': '=', '!==': '<>', '**': '^' };
const ATOM = 9;

interface Piece {
  readonly text: string;
  readonly binding: number;
}

/** Without the leading "=". The expression itself is written out, whatever its name. */
export function formulaOf(expression: Expression, nameOf: (part: Expression) => string | undefined): string {
  return written(expression, nameOf).text;
}

function written(expression: Expression, nameOf: (part: Expression) => string | undefined): Piece {
  const { operator, parts, value } = expression;
  const piece = (part: Expression): Piece => {
    const name = nameOf(part);
    return name === undefined ? written(part, nameOf) : { text: name, binding: ATOM };
  };
  const texts = () => parts.map((part) => piece(part).text);
  switch (operator) {
    case 'input':
      return { text: nameOf(expression) ?? expression.name!, binding: ATOM };
    case 'constant':
      return { text: numberText(value), binding: value < 0 ? BINDING.negate! : ATOM };
    case 'negate':
      return { text: `-${inside(piece(parts[0]!), ATOM)}`, binding: BINDING.negate! };
    case '+':
    case '-':
    case '*':
    case '/':
    case '**':
    case '<':
    case '>':
    case '<=':
    case '>=':
    case '===':
    case '!==': {
      const binding = BINDING[operator]!;
      // The right side is computed first, as in the code; a spreadsheet's minus binds closer than its power.
      const left = inside(piece(parts[0]!), operator === '**' ? binding + 1 : binding);
      const right = inside(piece(parts[1]!), binding + 1);
      return { text: `${left}${SIGNS[operator] ?? operator}${right}`, binding };
    }
    default:
      return { text: called(operator, texts()), binding: operator === 'expm1' ? BINDING['-']! : ATOM };
  }
}

function called(operator: Operator, texts: readonly string[]): string {
  const [first] = texts;
  switch (operator) {
    case 'max':
    case 'min':
      return `${operator.toUpperCase()}(${texts.join(',')})`;
    case 'if':
      return `IF(${texts.join(',')})`;
    case '%':
      return `MOD(${texts.join(',')})`;
    case 'ceil':
      return `CEILING(${first},1)`;
    case 'floor':
      return `INT(${first})`;
    case 'round':
      return `INT(${first}+0.5)`;
    case 'abs':
    case 'sqrt':
    case 'exp':
    case 'log10':
      return `${operator.toUpperCase()}(${first})`;
    case 'log':
      return `LN(${first})`;
    case 'log2':
      return `LOG(${first},2)`;
    case 'log1p':
      return `LN(1+${first})`;
    case 'expm1':
      return `EXP(${first})-1`;
    default:
      throw new Error(`no formula for ${operator}`);
  }
}

function inside({ text, binding }: Piece, least: number): string {
  return binding < least ? `(${text})` : text;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) throw new Error('a spreadsheet has no number that is none');
  // No spreadsheet has infinity; its largest number stands for "more than anything".
  if (!Number.isFinite(value)) return value > 0 ? '1E+307' : '-1E+307';
  return String(value).replace('e', 'E');
}
