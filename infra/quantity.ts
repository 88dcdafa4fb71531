/**
 * Kubernetes' quantities in the form that its API server keeps: "1500m" and "2" for processors, "3584Mi" and "4Gi" for bytes.
 * Another spelling of the same value would show as a change in every plan.
 */

const MEBI = 1_024 ** 2;
const SUFFIXES = ['Mi', 'Gi', 'Ti', 'Pi'] as const;

/** Processors, to a thousandth, rounded down: a request above what is there is never scheduled. */
export function cpu(cores: number): string {
  const milli = Math.max(1, Math.floor(cores * 1_000 + 1e-6));
  return milli % 1_000 === 0 ? String(milli / 1_000) : `${milli}m`;
}

/** Bytes of memory, whole mebibytes, rounded down. */
export function memory(bytes: number): string {
  return binary(Math.max(1, Math.floor(bytes / MEBI + 1e-6)));
}

/** Bytes of a disk, whole gibibytes, rounded up. */
export function disk(bytes: number): string {
  return binary(Math.max(1, Math.ceil(bytes / MEBI / 1_024 - 1e-6)) * 1_024);
}

function binary(mebibytes: number): string {
  let value = mebibytes;
  let suffix = 0;
  while (value % 1_024 === 0 && suffix < SUFFIXES.length - 1) {
    value /= 1_024;
    suffix++;
  }
  return `${value}${SUFFIXES[suffix]}`;
}
