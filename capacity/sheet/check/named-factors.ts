/**
 * The factors by which people miss: a time base, a power of ten or two, bits, replicas, devices, a month. A claim that is off by one of
 * them is told so; the name is a hint, never a reason to report anything.
 */
import type { Claim } from './claim.ts';

export interface NamedFactor {
  readonly factor: number;
  readonly name: string;
}

const FIXED: readonly (NamedFactor & { readonly of: 'any' | 'rate' | 'bytes' | 'stored' })[] = [
  { factor: 86_400, name: 'seconds of a day', of: 'rate' },
  { factor: 3_600, name: 'seconds of an hour', of: 'rate' },
  { factor: 1_440, name: 'minutes of a day', of: 'rate' },
  { factor: 60, name: '60: seconds of a minute, minutes of an hour', of: 'rate' },
  { factor: 24, name: 'hours of a day', of: 'rate' },
  { factor: 8, name: '8 bits of a byte', of: 'bytes' },
  { factor: 1.024, name: '1,000 : 1,024', of: 'bytes' },
  { factor: 1.024 ** 2, name: '1,000² : 1,024²', of: 'bytes' },
  { factor: 1.024 ** 3, name: '1,000³ : 1,024³', of: 'bytes' },
  { factor: 1.024 ** 4, name: '1,000⁴ : 1,024⁴', of: 'bytes' },
  { factor: 1.024 ** 5, name: '1,000⁵ : 1,024⁵', of: 'bytes' },
  { factor: 1_024, name: '1,024', of: 'bytes' },
  { factor: 1_000, name: '1,000', of: 'any' },
  { factor: 1e6, name: '1,000,000', of: 'any' },
  { factor: 1e9, name: '1,000,000,000', of: 'any' },
  { factor: 100, name: '100: percent, or two digits', of: 'any' },
  { factor: 10, name: '10: a digit', of: 'any' },
  { factor: 365, name: 'days of a year', of: 'any' },
  { factor: 30, name: 'days of a month', of: 'any' },
  { factor: 7, name: 'days of a week', of: 'any' },
  { factor: 12, name: 'months of a year', of: 'any' },
];

/** The name of the factor that `ratio` (or its inverse) is, among the fixed ones and those that the sheet itself has. */
export function namedFactor(ratio: number, claim: Claim, all: readonly Claim[]): NamedFactor | undefined {
  const size = ratio >= 1 ? ratio : 1 / ratio;
  const rate = claim.seconds > 0 || claim.key.startsWith('time:');
  const bytes = claim.key.startsWith('bytes:');
  const own: NamedFactor[] = [];
  for (const other of all) {
    if (other === claim || other.value <= 1) continue;
    if (other.key === 'factor:replication' && bytes) own.push({ factor: other.value, name: `the replication factor ${other.figure.text}` });
    if (other.key === 'device@user') own.push({ factor: other.value, name: `devices per user, ${other.figure.text}` });
    if (other.key === 'delivery@message') own.push({ factor: other.value, name: `deliveries per message, ${other.figure.text}` });
    if (other.key === 'factor:peak' && rate) own.push({ factor: other.value, name: `the peak factor ${other.figure.text}` });
  }
  const fixed = FIXED.filter((one) => one.of === 'any' || (one.of === 'rate' && rate) || (one.of === 'bytes' && bytes));
  const near = [...own, ...fixed].filter(
    (one) => Math.abs(Math.log(size / one.factor)) < Math.min(0.04, Math.abs(Math.log(one.factor)) / 4),
  );
  if (near.length > 0) return near.sort((a, b) => Math.abs(Math.log(size / a.factor)) - Math.abs(Math.log(size / b.factor)))[0];
  // Three replicas are what nearly everyone has, also who does not say so.
  return bytes && Math.abs(Math.log(size / 3)) < 0.04 ? { factor: 3, name: '3: replicas' } : undefined;
}
