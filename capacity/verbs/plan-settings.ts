/**
 * `--set NAME=VALUE` of `parley plan`: a workload or a coefficient with one quantity replaced. Names that do not exist are
 * answered with the nearest that does.
 */
import { nearestName } from '../../bin/nearest-name.ts';
import { type Coefficients, DEFAULT_COEFFICIENTS } from '../model/coefficients.ts';
import type { Quantity } from '../model/quantity.ts';
import { readInterval } from '../model/read-amount.ts';
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
    else throw new SettingError(unknownName(name));
  }
  return { workload, coefficients };
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
  const nearest = nearestName(name, [...Object.keys(DEFAULT_WORKLOAD), ...Object.keys(DEFAULT_COEFFICIENTS)]);
  return `there is no quantity "${name}"${nearest === undefined ? '' : `; did you mean ${nearest}?`} See parley plan --help.`;
}
