/**
 * A list of prices as data: shapes of machines with what they cost a year, and a disk that is attached to them. Files stand in
 * `capacity/prices/`, each with its date and source; a price of null is a row to fill in, and is passed over.
 */
import { amount, type Invalid, list, object, oneOf, type Reader, readShape, text } from '../json-shape.ts';

export const PRICES_SCHEMA = 1;

export interface PricedShape {
  readonly name: string;
  /** As the guest sees them; the model's processor is one of these. */
  readonly vcpus: number;
  readonly memoryGiB: number;
  /** Local disk, lost with the machine; 0: none. */
  readonly localDiskGiB: number;
  readonly networkMbps: number;
  readonly usdPerYear: number | undefined;
}

export interface PriceList {
  readonly schema: typeof PRICES_SCHEMA;
  readonly name: string;
  readonly currency: 'USD';
  readonly asOf: string;
  readonly source: string;
  readonly diskName: string;
  readonly diskUsdPerGiBYear: number | undefined;
  readonly instances: readonly PricedShape[];
}

/** A price, or null: not known yet. */
const price = ((value, path) => (value === null ? undefined : amount(value, path))) as Reader<number | undefined>;

const LIST = object<PriceListRead>({
  schema: oneOf([PRICES_SCHEMA]),
  name: text,
  currency: oneOf(['USD']),
  asOf: text,
  source: text,
  diskName: text,
  diskUsdPerGiBYear: price as Reader<number>,
  instances: list(
    object<PricedShapeRead>({
      name: text,
      vcpus: amount,
      memoryGiB: amount,
      localDiskGiB: amount,
      networkMbps: amount,
      usdPerYear: price as Reader<number>,
    }),
  ),
});

type Required<T> = { readonly [Key in keyof T]: Exclude<T[Key], undefined> };
type PriceListRead = Omit<Required<PriceList>, 'instances'> & { readonly instances: readonly PricedShapeRead[] };
type PricedShapeRead = Required<PricedShape>;

/** What is wrong names the field: `prices.instances[3].usdPerYear: expected a number ≥ 0, got "x"`. */
export function readPrices(document: unknown): PriceList | Invalid {
  return readShape<PriceList>(LIST as Reader<PriceList>, document, 'prices');
}
