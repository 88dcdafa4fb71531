/**
 * Whether two cells' objects are the same but for what makes a cell itself: its name, number, region and zones. Where that
 * holds for all cells of an environment, what a server says of one it says of all. Pure.
 */
import type { ApiObject } from './kubernetes-api.ts';

export interface CellPlace {
  readonly name: string;
  readonly number: number;
  readonly region: string;
  readonly zones: readonly string[];
}

/** Where they differ otherwise, by path; empty when they are the same. */
export function cellDifferences(
  first: readonly ApiObject[],
  firstPlace: CellPlace,
  second: readonly ApiObject[],
  secondPlace: CellPlace,
): string[] {
  if (first.length !== second.length) return [`${first.length} objects in ${firstPlace.name}, ${second.length} in ${secondPlace.name}`];
  const translate = translation(secondPlace, firstPlace);
  return first.flatMap((object, index) =>
    differences(object, second[index], `${object.kind} ${object.metadata.name}`, translate, [firstPlace.number, secondPlace.number]),
  );
}

/** The second cell's words in the first one's: longest first, since a zone's name begins with its region's. */
function translation(from: CellPlace, to: CellPlace): (text: string) => string {
  const pairs: Array<readonly [string, string]> = [
    [from.name, to.name],
    [from.region, to.region],
    ...from.zones.map((zone, index) => [zone, to.zones[index] ?? zone] as const),
  ];
  const sorted = pairs.toSorted(([left], [right]) => right.length - left.length);
  return (text) => {
    // Two steps, so that what was put in is not translated again.
    const marked = sorted.reduce((now, [word], index) => now.replaceAll(word, `\u0000${index}\u0000`), text);
    return marked.replaceAll(/\0(\d+)\0/g, (_, index) => sorted[Number(index)]![1]);
  };
}

type Numbers = readonly [first: number, second: number];

function differences(first: unknown, second: unknown, path: string, translate: (text: string) => string, numbers: Numbers): string[] {
  if (first === second) return [];
  if (typeof first === 'string' && typeof second === 'string') {
    return sameTokens(first, translate(second), numbers) ? [] : [`${path}: ${shown(first)} and ${shown(second)}`];
  }
  if (first === numbers[0] && second === numbers[1]) return [];
  if (isContainer(first) && isContainer(second) && Array.isArray(first) === Array.isArray(second)) {
    const [left, right] = [Object.entries(first), Object.entries(second)];
    if (left.length !== right.length) return [`${path}: ${left.length} fields and ${right.length}`];
    return left.flatMap(([name, value], index) => {
      const [other, otherValue] = right[index]!;
      if (!sameTokens(name, translate(other), numbers)) return [`${path}: ${name} and ${other}`];
      return differences(value, otherValue, `${path}.${name}`, translate, numbers);
    });
  }
  return [`${path}: ${shown(first)} and ${shown(second)}`];
}

/** Equal word by word, where a word may be the cell's number in both. */
function sameTokens(first: string, second: string, [firstNumber, secondNumber]: Numbers): boolean {
  if (first === second) return true;
  const [left, right] = [first.split(/(\W+)/), second.split(/(\W+)/)];
  return (
    left.length === right.length &&
    left.every((word, index) => word === right[index] || (word === String(firstNumber) && right[index] === String(secondNumber)))
  );
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 120);
