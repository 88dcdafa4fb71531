/**
 * What is wrong with a query, by Prometheus' own grammar and the catalogue: it must parse, name what exists with labels that it
 * has, take rates of counters and of nothing else, and make quantiles of summed buckets, never means of quantiles. Pure.
 */
import { parser } from '@prometheus-io/lezer-promql';
import { type Catalogue, TARGET_LABELS } from './catalogue.ts';

export interface QueryFinding {
  readonly problem: string;
  /** The word to look for in the source. */
  readonly word: string;
}

type Node = ReturnType<typeof parser.parse>['topNode'];

/** Of the change of a counter over time. */
const OF_COUNTERS = new Set(['rate', 'irate', 'increase']);
const OF_GAUGES = new Set(['delta', 'idelta', 'deriv', 'predict_linear']);
/** What may be asked of a counter as it is: whether it is there. */
const OF_PRESENCE = new Set(['absent', 'absent_over_time', 'present_over_time', 'count_over_time', 'resets', 'changes', 'timestamp']);

/** Grafana's own durations stand for one that the grammar knows. */
export function plainQuery(expr: string): string {
  return expr.replaceAll(/\$__(rate_interval|interval|range)/g, '5m');
}

export function queryFindings(expr: string, catalogue: Catalogue): readonly QueryFinding[] {
  const text = plainQuery(expr);
  const tree = parser.parse(text);
  const findings: QueryFinding[] = [];
  const nodes: Node[] = [];
  tree.iterate({ enter: ({ node }) => void nodes.push(node) });
  const broken = nodes.find((node) => node.type.isError);
  if (broken !== undefined || text.trim() === '')
    return [{ problem: `does not parse at “${text.slice(broken?.from ?? 0).slice(0, 30)}”`, word: expr.slice(0, 40) }];
  for (const node of nodes) {
    if (node.name === 'VectorSelector') findings.push(...selectorFindings(node, text, catalogue));
    if (functionName(node, text) === 'histogram_quantile') findings.push(...quantileFindings(node, text));
  }
  return findings;
}

function selectorFindings(node: Node, text: string, catalogue: Catalogue): readonly QueryFinding[] {
  const identifier = node.getChild('Identifier');
  if (identifier === null) return [{ problem: 'selects by no name', word: textOf(node, text) }];
  const word = textOf(identifier, text);
  const metric = catalogue.get(word);
  if (metric === undefined) return [{ problem: `names ${word}, which is in no catalogue and of no listed exporter`, word }];
  const finding = (problem: string) => ({ problem, word });
  const findings = labelsIn(node, text)
    .filter((label) => !metric.labels.includes(label) && !TARGET_LABELS.has(label))
    .map((label) => finding(`asks ${word} for the label ${label}, which it does not have`));
  const above = ancestors(node);
  const functions = above.map((one) => functionName(one, text)).filter((one) => one !== undefined);
  const over = above.some(({ name }) => name === 'MatrixSelector') ? functions[0] : undefined;
  const counts = metric.type !== 'gauge';
  if (over !== undefined && OF_COUNTERS.has(over) && !counts) findings.push(finding(`takes ${over} of ${word}, which is a ${metric.type}`));
  if (over !== undefined && OF_GAUGES.has(over) && counts) findings.push(finding(`takes ${over} of ${word}, which is a ${metric.type}`));
  if (counts && !functions.some((one) => OF_COUNTERS.has(one) || OF_GAUGES.has(one) || OF_PRESENCE.has(one)))
    findings.push(finding(`takes ${word}, a ${metric.type}, as it is: only its rate says something`));
  if (metric.labels.includes('quantile') && above.some((one) => isMean(one, text)))
    findings.push(finding(`averages ${word}, which is quantiles already`));
  return findings;
}

function quantileFindings(node: Node, text: string): readonly QueryFinding[] {
  const findings: QueryFinding[] = [];
  const whole = textOf(node, text);
  const word = 'histogram_quantile';
  if (!/\bsum\s*(by|\()/.test(whole) || !/\bby\s*\([^)]*\ble\b/.test(whole))
    findings.push({ problem: 'takes a quantile of buckets that are not summed by le', word });
  if (!/_bucket\b/.test(whole)) findings.push({ problem: 'takes a quantile of what are no buckets', word });
  if (ancestors(node).some((above) => isMean(above, text))) findings.push({ problem: 'averages or adds quantiles', word });
  return findings;
}

function isMean(node: Node, text: string): boolean {
  const operation = node.name === 'AggregateExpr' ? node.getChild('AggregateOp') : null;
  if (operation !== null) return ['avg', 'sum', 'stddev', 'quantile'].includes(textOf(operation, text).toLowerCase());
  return ['avg_over_time', 'sum_over_time', 'quantile_over_time'].includes(functionName(node, text) ?? '');
}

function labelsIn(selector: Node, text: string): readonly string[] {
  const matchers = selector.getChild('LabelMatchers');
  if (matchers === null) return [];
  return matchers.getChildren('UnquotedLabelMatcher').map((one) => textOf(one.getChild('LabelName')!, text));
}

function functionName(node: Node, text: string): string | undefined {
  const identifier = node.name === 'FunctionCall' ? node.getChild('FunctionIdentifier') : null;
  return identifier === null ? undefined : textOf(identifier, text);
}

/** From the nearest outwards. */
function ancestors(node: Node): readonly Node[] {
  const above: Node[] = [];
  for (let one = node.parent; one !== null; one = one.parent) above.push(one);
  return above;
}

function textOf({ from, to }: Pick<Node, 'from' | 'to'>, text: string): string {
  return text.slice(from, to);
}
