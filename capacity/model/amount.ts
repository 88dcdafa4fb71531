/** Numbers as the reasons of a plan have them: three figures, decimal prefixes; a small number as it is. */

const PREFIXES = [
  [1e18, ' E'],
  [1e15, ' P'],
  [1e12, ' T'],
  [1e9, ' G'],
  [1e6, ' M'],
  [1e4, ' K', 1e3],
] as const;

/** "5 M", "11.6 K", "4,321" stays "4321", "0.0132". */
export function amount(value: number): string {
  const size = Math.abs(value);
  for (const [from, prefix, divisor] of PREFIXES) {
    if (size >= from) return `${figures(value / (divisor ?? from))}${prefix}`;
  }
  return size >= 1_000 ? String(Math.round(value)) : figures(value);
}

/** "73.5 TB", "250 B". */
export function bytes(value: number): string {
  return Math.abs(value) < 1e4 ? `${amount(value)} B` : `${amount(value)}B`;
}

function figures(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** "20 TB/day", "5 M messages/s"; nothing behind what has no unit. */
export function withUnit(value: number, unit: string): string {
  if (unit === '1') return amount(value);
  return /^B($|[ /])/.test(unit) ? `${bytes(value).slice(0, -1)}${unit}` : `${amount(value)} ${unit}`;
}
