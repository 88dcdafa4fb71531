/**
 * Compares an object as it was written with what the server kept: every field that we set must be there with the value as
 * it was written. What the server added (defaults, its own metadata) does not count. Catches what is dropped without a
 * word, as fields behind a feature gate are, and what comes back in another writing (1000m as 1), which the provider of
 * Terraform takes for a change at every plan.
 */

/** Paths that differ, each with both values. */
export function lost(written: unknown, kept: unknown, path = ''): string[] {
  if (written === kept) return [];
  if (Array.isArray(written) && Array.isArray(kept)) {
    if (written.length !== kept.length) return [`${path}: ${written.length} items were written, ${kept.length} are there`];
    return written.flatMap((item, index) => lost(item, kept[index], `${path}[${index}]`));
  }
  if (isRecord(written) && isRecord(kept)) {
    return Object.entries(written).flatMap(([name, value]) => lost(value, kept[name], path === '' ? name : `${path}.${name}`));
  }
  return [`${path}: ${shown(written)} was written, ${shown(kept)} is there`];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80));
