/**
 * Totals against the rows above them, a column that is the product of two others (count × price), and one that is the sum of others. A list may leave rows out, so a
 * total that is larger than its rows is no contradiction by itself; one that is smaller is, and so is one that a slip explains:
 * a power of ten, or a list that adds up in the other columns of its table.
 */
import type { Claim } from './claim.ts';
import { conceptsIn, normalised } from './concepts.ts';
import { type Constraint, judged, overlapOf } from './constraints.ts';
import { type Figure, sameMeasure } from './figure.ts';
import { rowSumsOf } from './row-sums.ts';
import { isTotalName, sumWay } from './total-words.ts';

export interface Sums {
  readonly constraints: readonly Constraint[];
  /** Claims for figures that no label explains, by which the constraints name them. */
  readonly claims: readonly Claim[];
  /** Totals that can't be judged, with the reason. */
  readonly open: ReadonlyMap<Figure, string>;
}

const SUBTOTAL = /^(?:sub-?|zwischen|sous-)|小计|小計|소계/u;
/** Rows that are no part of what stands below: shares of others, means, what is already counted. */
const NO_PART =
  /\b(?:of which|thereof|incl|including|davon|darunter|dont|di cui|de los cuales|average|avg|mean|median|max|min|per|each|ratio|factor|share|growth)\b|в том числе|其中|うち|그중|내역/u;
/** Slips that leave a number of other rows out, or put one in another unit. */
const SLIPS = [10, 100, 1_000, 1e6, 12, 1_024];
const LEAST_PARTS = 2;

export function sumsOf(figures: readonly Figure[], mapped: readonly Claim[]): Sums {
  const constraints: Constraint[] = [];
  const open = new Map<Figure, string>();
  const byTable = Map.groupBy(
    figures.filter(({ table, fromNote }) => table !== undefined && !fromNote),
    ({ table }) => table!,
  );
  const placeOf = ({ place, group }: Figure) => `${place} ${group}`;
  const known = new Map(mapped.map((claim) => [placeOf(claim.figure), claim]));
  const made = new Map<string, Claim>();
  const claimFor = (figure: Figure, factor: number): Claim => {
    const place = placeOf(figure);
    const before = known.get(place) ?? made.get(place);
    if (before !== undefined) return before;
    const claim = ofCell(figure, factor);
    made.set(place, claim);
    return claim;
  };
  const factorOf = (figure: Figure): number | undefined => {
    const claim = known.get(placeOf(figure));
    return claim === undefined || figure.value === 0 ? undefined : claim.value / figure.value;
  };
  for (const table of byTable.values()) {
    const columns = [...Map.groupBy(table, ({ column }) => column).values()];
    const lists = columns.flatMap(listsOf);
    for (const list of lists) {
      const factors = new Set([list.total, ...list.parts].flatMap((figure) => factorOf(figure)?.toPrecision(9) ?? []));
      if (factors.size > 1 || nounsOf([list.total, ...list.parts], mapped).size > 1) continue;
      const factor = factors.size === 0 ? 1 : Number([...factors][0]);
      const ways = list.choices.map((parts) => sumWay(parts.map((part) => claimFor(part, factor))));
      const constraint = judged('sum of its rows', claimFor(list.total, factor), ways, false, true);
      if (constraint === undefined) continue;
      const why = constraint.held === undefined ? doubtOf(constraint, list, lists) : undefined;
      if (why === undefined) constraints.push(constraint);
      else open.set(list.total, why);
    }
    constraints.push(...productsOf(columns, claimFor, factorOf), ...rowSumsOf(columns, claimFor, factorOf));
  }
  const named = new Set(
    constraints.flatMap(({ output, ways }) => [output, ...ways.flatMap((way) => way.inputs.map(({ claim }) => claim))]),
  );
  return { constraints, claims: [...made.values()].filter((claim) => named.has(claim)), open };
}

interface List {
  readonly total: Figure;
  readonly parts: readonly Figure[];
  /** What may be meant: the rows since the last total, all rows, the subtotals. */
  readonly choices: readonly (readonly Figure[])[];
}

function nameOf(figure: Figure): string {
  return normalised(figure.name ?? figure.label);
}

function isTotal(figure: Figure): boolean {
  return isTotalName(nameOf(figure));
}

function listsOf(column: readonly Figure[]): readonly List[] {
  const lists: List[] = [];
  let from = 0;
  let subtotals: Figure[] = [];
  for (const [at, total] of column.entries()) {
    if (!isTotal(total)) continue;
    const partOf = (figure: Figure) =>
      !isTotal(figure) &&
      !NO_PART.test(nameOf(figure)) &&
      sameMeasure(figure.measure, total.measure) &&
      (total.measure.bytes + total.measure.dollars > 0 || figure.unitText === total.unitText) &&
      figure.value > 0;
    const since = column.slice(from, at).filter(partOf);
    const all = column.slice(0, at).filter(partOf);
    const choices = [since, all, subtotals].filter(
      (parts, index, every) => parts.length >= LEAST_PARTS && every.findIndex((other) => other.length === parts.length) === index,
    );
    if (choices.length > 0) lists.push({ total, parts: choices[0]!, choices });
    if (SUBTOTAL.test(nameOf(total)) || at < column.length - 1) subtotals = [...subtotals, total];
    from = at + 1;
  }
  return lists;
}

/** Rows that the labels say are different things are not added up. */
function nounsOf(figures: readonly Figure[], mapped: readonly Claim[]): ReadonlySet<string> {
  return new Set(
    figures.flatMap((figure) => {
      const claim = mapped.find((one) => one.figure === figure);
      return claim === undefined || claim.noun.startsWith('cost') ? [] : [claim.noun.replace(/:.*/, '')];
    }),
  );
}

/** Why a total that its rows do not give is no contradiction; undefined where it is one. */
function doubtOf(constraint: Constraint, list: List, lists: readonly List[]): string | undefined {
  const { total, parts } = list;
  const [way] = constraint.ways;
  // Below sizes, prices of one and the like stands their mean.
  const isBetween = parts.some(({ value }) => value <= total.value) && parts.some(({ value }) => value >= total.value);
  if (total.isAttribute && isBetween) return 'it lies between the rows above it: their mean, perhaps';
  const sum = parts.reduce((all, part) => all + part.value, 0);
  const lines = parts.map(({ line }) => line).join();
  // The same rows add up in another column: nothing is left out.
  const isClosed = lists.some(
    (other) =>
      other !== list &&
      other.total.line === total.line &&
      other.parts.map(({ line }) => line).join() === lines &&
      Math.abs(other.total.value / other.parts.reduce((all, part) => all + part.value, 0) - 1) < 0.005,
  );
  if (isClosed || /\b(sum of|summe|somme|suma|all of the above)\b/iu.test(total.notes.join(' '))) return undefined;
  const words = conceptsIn(nameOf(total)).concepts.filter(
    ({ concept }) => !['total', 'cost', 'per', 'month', 'year', 'day'].includes(concept),
  );
  const isBare =
    words.length === 0 && (total.measure.dollars !== 0 || total.measure.bytes !== 0 || parts.every((part) => part.unitText !== ''));
  if (!isBare) return `the rows above it may be other things than parts of it`;
  if (total.value < sum && overlapOf(constraint.output, way).high < 1) return undefined;
  const near = (ratio: number, exact: number) => Math.abs(ratio / exact - 1) < 0.005;
  if (SLIPS.some((slip) => near(total.value / sum, slip))) return undefined;
  const isExact = [total, ...parts].every(({ precise }) => precise);
  if (isExact && parts.some((part) => SLIPS.some((slip) => near((total.value - (sum - part.value)) / part.value, slip)))) return undefined;
  return `its rows add up to ${((sum / total.value) * 100).toPrecision(2)} % of it; the rest may be rows that are not listed`;
}

const MONTH = 2_628_000;
const YEAR = 12 * MONTH;
/** Of a month, a year or an hour, where price and cost differ in it; and where only one of them says its time as a unit. */
const COUNT_TIMES_PRICE = [1, 12, 1 / 12, 730, 8_760, 730 / 12, 24, 30].flatMap((by) => [by, by / MONTH, by / YEAR, by * MONTH, by * YEAR]);

/** Count × price = cost, row by row: where two rows or more keep to it with one factor and most do, the others should. */
function productsOf(
  columns: readonly (readonly Figure[])[],
  claimFor: (figure: Figure, factor: number) => Claim,
  factorOf: (figure: Figure) => number | undefined,
): readonly Constraint[] {
  const found: Constraint[] = [];
  const isMoney = (column: readonly Figure[]) =>
    column.length >= 2 && column.every(({ measure }) => measure.dollars !== 0 || measure.bytes === 0);
  const lineOf = (column: readonly Figure[]) => new Map(column.map((figure) => [figure.line!, figure]));
  for (const counts of columns.filter((column) => column.every(({ measure }) => measure.dollars + measure.bytes + measure.seconds === 0)))
    for (const prices of columns)
      for (const costs of columns) {
        if (prices === counts || costs === counts || costs === prices || !isMoney(prices) || !isMoney(costs)) continue;
        // What a row comes to stands behind what it is made of.
        if (costs[0]!.column! < prices[0]!.column! || costs[0]!.column! < counts[0]!.column!) continue;
        const [price, cost] = [lineOf(prices), lineOf(costs)];
        const rows = counts.flatMap((count) => {
          const [one, all] = [price.get(count.line!), cost.get(count.line!)];
          return one === undefined ||
            all === undefined ||
            isTotal(count) ||
            [count, one, all].some((each) => factorOf(each) === undefined && each.value <= 0)
            ? []
            : [[count, one, all] as const];
        });
        if (rows.length < 3) continue;
        for (const by of COUNT_TIMES_PRICE) {
          const tried = rows.flatMap(([count, one, all]) => {
            const inputs = [count, one].map((figure) => ({ claim: claimFor(figure, 1), exponent: 1 as const }));
            if (inputs.some(({ claim }) => factorOf(claim.figure) !== undefined && factorOf(claim.figure) !== 1)) return [];
            const value = inputs.reduce((product, { claim }) => product * claim.value, by);
            const constraint = judged(
              'count × price',
              claimFor(all, 1),
              [{ inputs, constant: by, spare: 1, short: 1, value }],
              false,
              true,
            );
            return constraint === undefined ? [] : [constraint];
          });
          const held = tried.filter((one) => one.held !== undefined);
          if (held.length >= 2 && held.length >= tried.length - 1 && tried.length >= 3) {
            found.push(...tried);
            break;
          }
        }
      }
  return found;
}

function ofCell(figure: Figure, factor: number): Claim {
  const by = (value: number) => value * factor;
  return {
    figure,
    key: `cell:${figure.place}:${figure.group}`,
    noun: figure.measure.dollars === 0 ? 'record' : 'cost',
    value: by(figure.value),
    low: by(figure.low),
    high: by(figure.high),
    inputLow: by(figure.inputLow),
    inputHigh: by(figure.inputHigh),
    seconds: 0,
    calendar: false,
    weak: false,
    unsaid: false,
    narrowed: [],
  };
}
