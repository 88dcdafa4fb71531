/**
 * A column of totals against the columns before it, row by row (regions, zones and their sum). Which columns belong to it nothing
 * says, so the rows do: where all but one keep to it, and at least two, the one that is left should.
 */
import type { Claim } from './claim.ts';
import { conceptsIn, normalised } from './concepts.ts';
import { type Constraint, judged } from './constraints.ts';
import { type Figure, sameMeasure } from './figure.ts';
import { isTotalName, sumWay } from './total-words.ts';

const FEWEST_ROWS = 3;
const FEWEST_PARTS = 2;

export function rowSumsOf(
  columns: readonly (readonly Figure[])[],
  claimFor: (figure: Figure, factor: number) => Claim,
  factorOf: (figure: Figure) => number | undefined,
): readonly Constraint[] {
  return columns.filter(isTotalColumn).flatMap((totals) => {
    const before = columns.filter((column) => column !== totals && !isTotalColumn(column) && column[0]!.column! < totals[0]!.column!);
    const tried = totals.flatMap((total) => {
      const parts = before.flatMap((column) => column.filter((figure) => figure.line === total.line));
      if (parts.length < FEWEST_PARTS || parts.length !== before.length || !parts.every((part) => isAlike(part, total))) return [];
      const factors = new Set([total, ...parts].flatMap((figure) => factorOf(figure)?.toPrecision(9) ?? []));
      if (factors.size > 1) return [];
      const factor = factors.size === 0 ? 1 : Number([...factors][0]);
      const way = sumWay(parts.map((part) => claimFor(part, factor)));
      const constraint = judged('sum of its columns', claimFor(total, factor), [way], false, true);
      return constraint === undefined ? [] : [constraint];
    });
    const held = tried.filter((constraint) => constraint.held !== undefined).length;
    return tried.length >= FEWEST_ROWS && held >= tried.length - 1 ? tried : [];
  });
}

/** Says "total" and no more: "total connections" names a quantity of its own. */
function isTotalColumn([first]: readonly Figure[]): boolean {
  const title = normalised(first!.group);
  return isTotalName(title) && conceptsIn(title).concepts.every(({ concept }) => concept === 'total');
}

function isAlike(figure: Figure, total: Figure): boolean {
  return figure.value > 0 && sameMeasure(figure.measure, total.measure);
}
