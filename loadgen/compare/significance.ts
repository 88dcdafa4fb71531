/**
 * Whether two sides differ, in several figures at once. The test is a permutation of labels with the largest statistic of all
 * figures [Westfall and Young 1993]: units (repeats, or stretches of one run) are dealt to the two sides in every way, or in
 * many; the p of a figure is the share of dealings in which any figure differs by as much. So no distribution is assumed,
 * and a false alarm anywhere in the table is as rare as the level says. Values are compared by their logarithms.
 */
import { Random } from '../plan/random.ts';

/** One figure, one value a unit; both sides have a value for every unit of theirs. */
export interface Sides {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface Difference {
  /** Of the geometric means: 0.1 is 10 % more after than before. */
  readonly changeShare: number;
  /** Corrected for all figures that were looked at together. */
  readonly p: number;
  /** The least change that would have been told from noise: 0.04 is 4 %. */
  readonly leastSeenShare: number;
}

export const LEVEL = 0.05;
const MOST_DEALINGS = 5_000;
const LEAST_DEVIATION = 1e-4;

/** The smallest p that so many units can give; above LEVEL nothing can be told. */
export function leastP(before: number, after: number): number {
  // Where both have as many, the dealing that changes the sides for each other is as extreme.
  return (before === after ? 2 : 1) / ways(before + after, before);
}

/** Figures in the order in which they came. */
export function differences(figures: readonly Sides[], seed = 1): readonly Difference[] {
  const [first] = figures;
  if (first === undefined) return [];
  const beforeCount = first.before.length;
  const pooled = figures.map(({ before, after }) => [...before, ...after].map(Math.log));
  const count = pooled[0]!.length;
  const own = new Set(Array.from({ length: beforeCount }, (_, at) => at));
  const observed = pooled.map((values) => statistic(values, own));
  const beyond = figures.map(() => 0);
  const largest: number[] = [];
  let dealt = 0;
  for (const side of dealings(count, beforeCount, seed)) {
    const most = Math.max(...pooled.map((values) => Math.abs(statistic(values, side).t)));
    largest.push(most);
    dealt++;
    for (const [at, { t }] of observed.entries()) if (most >= Math.abs(t) - 1e-9) beyond[at]!++;
  }
  const critical = largest.toSorted((one, other) => one - other)[Math.min(dealt - 1, Math.floor(dealt * (1 - LEVEL)))]!;
  return figures.map(({ before, after }, at) => ({
    changeShare: typical(after) / typical(before) - 1,
    p: beyond[at]! / dealt,
    leastSeenShare: Math.expm1(critical * observed[at]!.error),
  }));
}

/** Welch's: the difference of the means over its standard error. */
function statistic(values: readonly number[], side: ReadonlySet<number>): { readonly t: number; readonly error: number } {
  const one = moments(values.filter((_, at) => side.has(at)));
  const other = moments(values.filter((_, at) => !side.has(at)));
  // Units that are all alike are known to a digit, not for ever.
  const error = Math.max(LEAST_DEVIATION, Math.sqrt(one.variance / one.count + other.variance / other.count));
  return { t: (other.mean - one.mean) / error, error };
}

function moments(values: readonly number[]) {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, variance: count > 1 ? squares / (count - 1) : 0 };
}

/** The mean of logarithms: what the test compares, and so what is shown. */
export function typical(values: readonly number[]): number {
  return Math.exp(moments(values.map(Math.log)).mean);
}

/** Every way to choose so many of `count`, where there are not too many; otherwise that many at random, the own one among them. */
function* dealings(count: number, chosen: number, seed: number): Iterable<ReadonlySet<number>> {
  if (ways(count, chosen) <= MOST_DEALINGS) {
    yield* choices(count, chosen);
    return;
  }
  const random = new Random(seed, 17);
  yield new Set(Array.from({ length: chosen }, (_, at) => at));
  for (let dealing = 1; dealing < MOST_DEALINGS; dealing++) {
    const places = Array.from({ length: count }, (_, at) => at);
    for (let at = 0; at < chosen; at++) {
      const from = at + random.below(count - at);
      [places[at], places[from]] = [places[from]!, places[at]!];
    }
    yield new Set(places.slice(0, chosen));
  }
}

function* choices(count: number, chosen: number, from = 0): Iterable<ReadonlySet<number>> {
  if (chosen === 0) {
    yield new Set();
    return;
  }
  for (let first = from; first <= count - chosen; first++)
    for (const rest of choices(count, chosen - 1, first + 1)) yield new Set([first, ...rest]);
}

function ways(count: number, chosen: number): number {
  let product = 1;
  for (let at = 1; at <= chosen; at++) product = (product * (count - chosen + at)) / at;
  return Math.round(product);
}
