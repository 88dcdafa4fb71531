/**
 * Quantities as people read them. Decimal prefixes: 1 KB is 1,000 bytes, as in every figure of the project.
 */
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A count: "500,000". */
export function text(count: number): string {
  return WHOLE.format(count);
}

export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

/** "4.9 KB", "2.7 GB"; plain bytes below a thousand. */
export function bytesText(bytes: number): string {
  const { divisor, unit } = bytesUnit(bytes);
  return divisor === 1 ? `${Math.round(bytes)} B` : `${(bytes / divisor).toFixed(1)} ${unit}`;
}

/** A value and its error, in one unit where the error shows in it: "4.9 KB ± 0.1", "4.9 KB ± 8 B". */
export function bytesWithErrorText(bytes: number, error: number): string {
  const { divisor } = bytesUnit(bytes);
  const inUnit = (error / divisor).toFixed(1);
  return `${bytesText(bytes)} ± ${divisor === 1 || inUnit === '0.0' ? bytesText(error) : inUnit}`;
}

/** "850 us", "12 ms", "1.4 s". */
export function durationText(us: number): string {
  if (us < 1_000) return `${Math.round(us)} us`;
  if (us < 10_000) return `${(us / 1_000).toFixed(1)} ms`;
  return us < 1_000_000 ? `${Math.round(us / 1_000)} ms` : `${(us / 1_000_000).toFixed(1)} s`;
}

function bytesUnit(bytes: number): { readonly divisor: number; readonly unit: string } {
  const size = Math.abs(bytes);
  if (size >= 1e9) return { divisor: 1e9, unit: 'GB' };
  if (size >= 1e6) return { divisor: 1e6, unit: 'MB' };
  return size >= 1e3 ? { divisor: 1e3, unit: 'KB' } : { divisor: 1, unit: 'B' };
}
