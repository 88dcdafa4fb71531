/**
 * The model's code with its arithmetic replaced by calls of a tracer: text in, text out. It takes JavaScript as the bundler
 * gives it, without types, and knows the language's operators only, nothing of the model. The result is the body of a
 * function of `$`, the tracer, that returns what the module exports.
 */
import { type AnyNode, type Expression as ExpressionNode, type Node, type Pattern, parse } from 'acorn';

const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '**']);
const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  '===': '===',
  '!==': '!==',
  '==': '===',
  '!=': '!==',
};
const TRACED_GLOBALS = new Set(['Math', 'Number']);

export function traceable(source: string): string {
  const program = parse(source, { ecmaVersion: 'latest', sourceType: 'module' });
  return new Rewriter(source).text(program, '');
}

class Rewriter {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /** `place`: the named function that the node stands in. */
  text(node: AnyNode, place: string): string {
    return this.#replaced(node, place) ?? this.#kept(node, place);
  }

  #replaced(node: AnyNode, place: string): string | undefined {
    const of = (child: AnyNode | ExpressionNode | Pattern) => this.text(child as AnyNode, place);
    switch (node.type) {
      case 'BinaryExpression': {
        const { operator, left, right } = node;
        if (ARITHMETIC.has(operator)) return `$.binary("${operator}", ${of(left as AnyNode)}, ${of(right)})`;
        const comparison = COMPARISONS[operator];
        return comparison === undefined ? undefined : `$.compare("${comparison}", ${of(left as AnyNode)}, ${of(right)})`;
      }
      case 'UnaryExpression':
        if (node.operator === '-') return `$.negate(${of(node.argument)})`;
        if (node.operator === '!') return `!$.truth(${of(node.argument)})`;
        return node.operator === 'typeof' ? `$.typeOf(${of(node.argument)})` : undefined;
      case 'LogicalExpression':
        if (node.operator === '??') return undefined;
        return `$.${node.operator === '||' ? 'or' : 'and'}(${of(node.left)}, () => (${of(node.right)}))`;
      case 'ConditionalExpression':
        return this.#conditional(node.test, of(node.consequent), of(node.alternate), place);
      case 'IfStatement':
        return `if ($.truth(${of(node.test)})) ${of(node.consequent)}${node.alternate ? ` else ${of(node.alternate)}` : ''}`;
      case 'WhileStatement':
        return `while ($.truth(${of(node.test)})) ${of(node.body)}`;
      case 'TemplateLiteral':
        return `$.quietly(() => ${this.#kept(node, place)})`;
      case 'AssignmentExpression': {
        const operator = node.operator.slice(0, -1);
        if (!ARITHMETIC.has(operator)) return undefined;
        return `${of(node.left)} = $.binary("${operator}", ${of(node.left)}, ${of(node.right)})`;
      }
      case 'VariableDeclarator':
        if (node.id.type !== 'Identifier' || !node.init) return undefined;
        if (isFunction(node.init)) return this.#kept(node, node.id.name);
        return `${node.id.name} = $.named(${JSON.stringify(place)}, ${JSON.stringify(node.id.name)}, ${of(node.init)})`;
      case 'Property':
        if (node.kind !== 'init' || node.method || node.computed || node.key.type !== 'Identifier' || isFunction(node.value))
          return undefined;
        if (node.shorthand) return undefined;
        return `${node.key.name}: $.named(${JSON.stringify(place)}, ${JSON.stringify(node.key.name)}, ${of(node.value)})`;
      case 'MemberExpression':
        if (node.object.type !== 'Identifier' || !TRACED_GLOBALS.has(node.object.name) || node.computed) return undefined;
        return `$.${node.object.name}.${(node.property as { name: string }).name}`;
      case 'ObjectPattern':
      case 'ArrayPattern':
        return this.#source.slice(node.start, node.end);
      case 'FunctionDeclaration':
        return this.#kept(node, node.id?.name ?? place);
      case 'ExportNamedDeclaration': {
        const exported = node.specifiers.map(({ local, exported }) => `${nameOf(exported)}: ${nameOf(local)}`);
        return `return { ${exported.join(', ')} };`;
      }
      default:
        return undefined;
    }
  }

  #conditional(test: ExpressionNode, yes: string, no: string, place: string): string {
    const comparison = test.type === 'BinaryExpression' ? COMPARISONS[test.operator] : undefined;
    if (test.type !== 'BinaryExpression' || comparison === undefined)
      return `($.truth(${this.text(test as AnyNode, place)}) ? ${yes} : ${no})`;
    const left = this.text(test.left as AnyNode, place);
    return `$.choose("${comparison}", ${left}, ${this.text(test.right as AnyNode, place)}, () => (${yes}), () => (${no}))`;
  }

  /** The node's own text, its children rewritten. */
  #kept(node: AnyNode, place: string): string {
    let text = '';
    let at = node.start;
    for (const child of childrenOf(node)) {
      text += this.#source.slice(at, child.start) + this.text(child, place);
      at = child.end;
    }
    return text + this.#source.slice(at, node.end);
  }
}

function childrenOf(node: AnyNode): readonly AnyNode[] {
  const children = Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
  // A shorthand property has one node as its key and its value.
  return [...new Map(children.map((child) => [child.start, child])).values()].sort((left, right) => left.start - right.start);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && typeof (value as Node).type === 'string';
}

function isFunction(node: { type: string }): boolean {
  return node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression' || node.type === 'ClassExpression';
}

function nameOf(node: { type: string; name?: string; value?: unknown }): string {
  return node.name ?? JSON.stringify(node.value);
}
