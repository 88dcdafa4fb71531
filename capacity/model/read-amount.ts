/**
 * Amounts as people type them, read into the unit that a quantity has: "2B", "500 K", "5M/s", "300 M messages/min", "30s",
 * "200 KiB", "35 %", and ranges "3..5" (low..high, the middle between) or "3..4..5". A unit that does not fit is refused with its
 * reason; a rate in another time base is converted, never taken for the one that is meant.
 */
import type { Interval } from './quantity.ts';
import { DAY_SECONDS, type Dimension, MONTH_SECONDS, UNITS, type Unit } from './unit.ts';

export interface Unread {
  readonly unread: string;
}

export function readInterval(text: string, unit: Unit): Interval | Unread {
  const parts = text.split('..').map((part) => readAmount(part.trim(), unit));
  const failed = parts.find((part) => typeof part !== 'number');
  if (failed !== undefined) return failed as Unread;
  const [first, second, third, ...more] = parts as number[];
  if (first === undefined || more.length > 0)
    return { unread: 'a range has a low and a high, or a low, a middle and a high: 3..5, 3..4..5' };
  const low = first;
  const high = third ?? second ?? first;
  const mid = third === undefined ? (low + high) / 2 : second!;
  if (!(low <= mid && mid <= high)) return { unread: `a range goes up: ${text}` };
  return { low, mid, high };
}

export function readAmount(text: string, unit: Unit): number | Unread {
  const match = /^([+-]?(?:\d{1,3}(?:,\d{3})+|[\d_]+)(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)\s*(.*)$/i.exec(text);
  if (match === null) return { unread: `"${text}" is no number; write it as 2B, 500K, 5M, 30s or 0.35` };
  const value = Number(match[1]!.replaceAll(/[,_]/g, ''));
  const factor = factorOf(match[2]!.trim(), unit);
  if (typeof factor !== 'number') return factor;
  if (!Number.isFinite(value)) return { unread: `"${text}" is no number` };
  return value * factor;
}

const SCALES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, mn: 1e6, b: 1e9, bn: 1e9, g: 1e9, t: 1e12, p: 1e15 };
const TIMES: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  sec: 1,
  second: 1,
  min: 60,
  minute: 60,
  h: 3_600,
  hour: 3_600,
  d: DAY_SECONDS,
  day: DAY_SECONDS,
  week: 7 * DAY_SECONDS,
  month: MONTH_SECONDS,
  y: 365 * DAY_SECONDS,
  year: 365 * DAY_SECONDS,
};
const BYTES = /^([kmgtp]?)(i?)b(?:ytes?)?$/i;

/** What one of `suffix` is in `unit`. */
function factorOf(suffix: string, unit: Unit): number | Unread {
  const { dimension, factor } = UNITS[unit];
  if (suffix === '') return 1;
  if (suffix === '%') return unit === '1' || unit === '%' ? 0.01 / factor : misfit(suffix, unit);
  if (isDuration(dimension)) {
    // "5m" of a duration is minutes; "5M" is nothing.
    const seconds = suffix === 'm' ? 60 : timeOf(suffix);
    return seconds === undefined ? misfit(suffix, unit) : seconds / factor;
  }
  const [head, ...below] = suffix.split(/\s*(?:\/|\bper\b)\s*/i);
  const above = aboveOf(head!.trim(), unit);
  if (typeof above !== 'number') return above;
  let result = above;
  for (const part of below) {
    const seconds = timeOf(part);
    if (seconds !== undefined) {
      if (((dimension as Dimension).second ?? 0) !== -1) return misfit(suffix, unit);
      result /= seconds * factor;
    } else if (!wordsOf(unit, 'below').has(singular(part))) return misfit(suffix, unit);
  }
  const isRate = (dimension as Dimension).second === -1;
  const named = head!.split(/\s+/).some((word) => wordsOf(unit, 'above').has(singular(word)));
  if (isRate && named && !below.some((part) => timeOf(part) !== undefined))
    return { unread: `"${suffix}" has no time: it is counted in ${unit}` };
  return result;
}

/** The part before the first "/": a scale, bytes, and the words of the unit itself. */
function aboveOf(head: string, unit: Unit): number | Unread {
  const inBytes = 'byte' in UNITS[unit].dimension || 'storedByte' in UNITS[unit].dimension;
  let result = 1;
  for (const word of head.split(/\s+/).filter((one) => one !== '')) {
    const bytes = inBytes ? BYTES.exec(word) : null;
    const scale = SCALES[word.toLowerCase()];
    if (bytes !== null) result *= (bytes[2] === '' ? 1_000 : 1_024) ** ' kmgtp'.indexOf(bytes[1]!.toLowerCase() || ' ');
    else if (scale !== undefined) result *= scale;
    else if (!wordsOf(unit, 'above').has(singular(word))) return misfit(head, unit);
  }
  return result;
}

function misfit(suffix: string, unit: Unit): Unread {
  return { unread: `"${suffix}" does not fit: it is counted in ${unit === '1' ? 'plain numbers or %' : unit}` };
}

function isDuration(dimension: Dimension): boolean {
  return dimension.second === 1 && Object.keys(dimension).length === 1;
}

function timeOf(word: string): number | undefined {
  const plain = word.trim().toLowerCase();
  return TIMES[plain] ?? TIMES[singular(plain)];
}

/** Words of a unit above or below its first "/"; times are no words of it: "30s" is no rate. */
function wordsOf(unit: Unit, side: 'above' | 'below'): ReadonlySet<string> {
  const [above, ...below] = unit.split('/');
  const words = (side === 'above' ? above!.split(' ') : below).filter((word) => timeOf(word) === undefined && word !== '1');
  return new Set(words.map(singular));
}

function singular(word: string): string {
  return word.trim().toLowerCase().replace(/s$/, '');
}
