/**
 * `--set NAME=VALUE` of `parley plan`: a workload or a coefficient with one quantity replaced. Names that do not exist are
 * answered with the nearest that does.
 */
import { nearestName } from '../../bin/nearest-name.ts';
import { withUnit } from '../model/amount.ts';
import { type Coefficients, DEFAULT_COEFFICIENTS } from '../model/coefficients.ts';
import { middleOf } from '../model/draws.ts';
import { bodyBytesOf, storedBytesPerDay } from '../model/from-stored.ts';
import type { Quantity } from '../model/quantity.ts';
import { readInterval } from '../model/read-amount.ts';
import { measuredBytes } from '../model/stored-bytes.ts';
import { DEFAULT_WORKLOAD, type Workload } from '../model/workload.ts';

export class SettingError extends Error {}

export interface Inputs {
  readonly workload: Workload;
  readonly coefficients: Coefficients;
}

export const DEFAULT_INPUTS: Inputs = { workload: DEFAULT_WORKLOAD, coefficients: DEFAULT_COEFFICIENTS };

/** Shares, which nothing above 1 is. */
const SHARES = /Share$|^cellLocality$/;
/** Of which there may be none. */
const MAY_BE_ZERO = /Share$|^cellLocality$|Bytes|PerMessage$|PerSession$|PerDelivery$|^presence/;

export function withSettings(inputs: Inputs, settings: readonly string[]): Inputs {
  let { workload, coefficients } = inputs;
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals < 1) throw new SettingError(`--set takes NAME=VALUE, not "${setting}"`);
    const name = setting.slice(0, equals).trim();
    const text = setting.slice(equals + 1).trim();
    if (Object.hasOwn(workload, name)) workload = { ...workload, [name]: replaced(workload[name as keyof Workload], name, text) };
    else if (Object.hasOwn(coefficients, name))
      coefficients = { ...coefficients, [name]: replaced(coefficients[name as keyof Coefficients], name, text) };
    else if (name === STORED) workload = { ...workload, bodyBytes: bodyOfStored(workload, coefficients, text) };
    else throw new SettingError(unknownName(name));
  }
  return { workload, coefficients };
}

/** Not a quantity of the workload but another way to say bodyBytes: what lies on the disks of a cluster that exists. */
export const STORED = 'storedBytesPerDay';

function bodyOfStored(workload: Workload, coefficients: Coefficients, text: string): Quantity {
  const interval = readInterval(text, 'B stored/day');
  if ('unread' in interval) throw new SettingError(`${STORED}=${text}: ${interval.unread}`);
  const body = (stored: number) => bodyBytesOf(measuredBytes(stored), middleOf(workload), middleOf(coefficients));
  const [low, mid, high] = [body(interval.low), body(interval.mid), body(interval.high)];
  if (low <= 0) {
    const least = storedBytesPerDay(
      middleOf({ ...workload, bodyBytes: { ...workload.bodyBytes, low: 0, mid: 0, high: 0 } }),
      middleOf(coefficients),
    );
    throw new SettingError(
      `${STORED}=${text}: so many messages take more without any body, ${withUnit(least, 'B stored/day')} in all replicas`,
    );
  }
  const why = `set on the command line as ${STORED}=${text}, replicas counted`;
  return { ...workload.bodyBytes, low, mid, high, source: { kind: 'chosen', why } };
}

function replaced(quantity: Quantity, name: string, text: string): Quantity {
  const interval = readInterval(text, quantity.unit);
  if ('unread' in interval) throw new SettingError(`${name}=${text}: ${interval.unread}`);
  if (interval.low < 0 || (interval.low === 0 && !MAY_BE_ZERO.test(name)))
    throw new SettingError(`${name}=${text}: it must be above 0 (${quantity.what})`);
  if (SHARES.test(name) && interval.high > 1) throw new SettingError(`${name}=${text}: a share is at most 1, or 100 %`);
  if ((name === 'zones' || name === 'regions') && !Number.isInteger(interval.mid))
    throw new SettingError(`${name}=${text}: a whole number`);
  return { ...quantity, ...interval, source: { kind: 'chosen', why: 'set on the command line' } };
}

function unknownName(name: string): string {
  const nearest = nearestName(name, [...Object.keys(DEFAULT_WORKLOAD), STORED, ...Object.keys(DEFAULT_COEFFICIENTS)]);
  return `there is no quantity "${name}"${nearest === undefined ? '' : `; did you mean ${nearest}?`} See parley plan --help.`;
}
