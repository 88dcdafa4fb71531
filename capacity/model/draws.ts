/**
 * Seeded draws of a table of quantities. A quantity's low and high are its fifth and ninety-fifth percentile: the draw is a
 * straight line from low to middle to high over the ranks between, and stays at the ends beyond them, so that no draw leaves
 * the interval (a share stays a share, a count positive). Each input's draws hang on its name and the seed alone: one more
 * input does not move the others', and two plans that are compared see the same draws.
 */
import type { Interval, Quantity } from './quantity.ts';

export type Table = Readonly<Record<string, Quantity>>;

export function middleOf<T extends Table>(table: T): { [Key in keyof T]: number } {
  return numbersOf(table, (_key, quantity) => quantity.mid);
}

/** Draw number `draw`. Exact inputs are what they are. */
export function drawOf<T extends Table>(table: T, seed: number, draw: number): { [Key in keyof T]: number } {
  return numbersOf(table, (key, quantity) => (quantity.low === quantity.high ? quantity.mid : valueAt(quantity, rank(key, seed, draw))));
}

export function valueAt({ low, mid, high }: Interval, rankOfDraw: number): number {
  if (rankOfDraw <= 0.5) return low + (mid - low) * Math.max(0, (rankOfDraw - 0.05) / 0.45);
  return mid + (high - mid) * Math.min(1, (rankOfDraw - 0.5) / 0.45);
}

/** Of values already in order. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (place - below);
}

function numbersOf<T extends Table>(table: T, value: (key: string, quantity: Quantity) => number): { [Key in keyof T]: number } {
  const numbers: Record<string, number> = {};
  for (const key in table) numbers[key] = value(key, table[key]!);
  return numbers as { [Key in keyof T]: number };
}

/** Uniform in [0, 1): FNV-1a of the key, mixed with seed and draw by the finalizer of MurmurHash3. */
function rank(key: string, seed: number, draw: number): number {
  let hash = 2_166_136_261 ^ seed;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 16_777_619);
  hash = Math.imul(hash ^ (draw + 1), 2_654_435_769);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
