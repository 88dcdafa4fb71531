/** A list of prices as a file: of `capacity/prices/`, or one that was filled in. */
import { join } from 'node:path';
import { isInvalid } from '../json-shape.ts';
import { type PriceList, readPrices } from '../model/prices.ts';
import { jsonOf, Mistake } from './read-run.ts';

export const DEFAULT_PRICES = join(import.meta.dirname, '../prices/aws-us-east-1.json');

export function pricesIn(path: string = DEFAULT_PRICES): PriceList {
  const prices = readPrices(jsonOf(path));
  if (isInvalid(prices)) throw new Mistake(`${path}: ${prices.invalid}; --prices takes a file as those in capacity/prices`);
  return prices;
}
