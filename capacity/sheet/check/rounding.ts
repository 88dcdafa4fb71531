/**
 * How exact a written number was meant to be. "~12 K" stands for anything that rounds to it; so does "100 B", whose zeros may be
 * digits or not. As an input of a product the same number is taken tighter: whoever multiplied by 200 B meant about 200.
 */
export interface Spread {
  readonly low: number;
  readonly high: number;
  readonly inputLow: number;
  readonly inputHigh: number;
  readonly precise: boolean;
}

/** What an input without digits to spare may be off by, and one that was marked as rough. */
const PLAIN_INPUT = 0.025;
const ROUGH_INPUT = 0.08;

/** `digits` are the significant digits without trailing zeros, `1157` of 1.157 M; `value` is the number itself, > 0. */
export function spreadOf(value: number, digits: string, rough: boolean): Spread {
  const size = Math.abs(value);
  if (size === 0 || digits === '') return { low: value, high: value, inputLow: value, inputHigh: value, precise: true };
  const lead = Number(digits);
  const step = size / lead;
  // 75 and 7.5 are often rounded to the nearest five.
  const half = (digits.length === 2 && digits.endsWith('5') ? 2.5 : digits.length === 1 || digits.length === 2 ? 0.5 : 0.5) * step;
  // Below 1 the next number that rounds to one digit is 0.95, not 0.5.
  const below = digits === '1' ? 0.05 * step : half;
  const low = size - below - rub(size, digits, rough);
  const high = size + half + rub(size, digits, rough);
  const share = rough ? ROUGH_INPUT : digits.length <= 2 ? PLAIN_INPUT : 0;
  const inputHalf = Math.max(share * size, digits.length >= 2 ? 0.5 * step : 0);
  const spread = {
    low,
    high,
    inputLow: Math.max(low, size - inputHalf),
    inputHigh: Math.min(high, size + inputHalf),
    precise: digits.length >= 3 && !rough,
  };
  return value > 0
    ? spread
    : { low: -spread.high, high: -spread.low, inputLow: -spread.inputHigh, inputHigh: -spread.inputLow, precise: spread.precise };
}

/** "~" before three digits still means about. */
function rub(size: number, digits: string, rough: boolean): number {
  return rough && digits.length >= 3 ? 0.01 * size : 0;
}

/** A range as written: it is what it says; as an input too. */
export function rangeSpread(low: number, high: number): Spread {
  return { low, high, inputLow: low, inputHigh: high, precise: false };
}

/** The significant digits of a number that was typed or computed as such: `1157407407` of 1.157407407e9. */
export function digitsOf(value: number): string {
  const text = Math.abs(value).toPrecision(12).replace(/e.*$/, '').replace('.', '').replace(/^0+/, '');
  return text.replace(/0+$/, '');
}
