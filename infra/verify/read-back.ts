/**
 * Compares an object as it was written with what the server kept: every field that we set must be there with the value as
 * it was written. What the server added (defaults, its own metadata) does not count. Catches what is dropped without a
 * word, as fields behind a feature gate are, and what comes back in another writing (1000m as 1), which the provider of
 * Terraform takes for a change at every plan; and keys that are added to a map of ours, which it refuses after an apply.
 */

/** Paths that differ, each with both values. `computed`: maps to which others may add, as the provider is told. */
export function lost(written: unknown, kept: unknown, computed: readonly string[] = SHARED, path = ''): string[] {
  if (written === kept) return [];
  if (Array.isArray(written) && Array.isArray(kept)) {
    if (written.length !== kept.length) return [`${path}: ${written.length} items were written, ${kept.length} are there`];
    return written.flatMap((item, index) => lost(item, kept[index], computed, `${path}[${index}]`));
  }
  if (isRecord(written) && isRecord(kept)) {
    const more = MAPS.test(path) && !computed.includes(path) ? Object.keys(kept).filter((name) => !(name in written)) : [];
    if (more.length > 0) return [`${path}: the server added ${more.join(', ')} to what was written`];
    return Object.entries(written).flatMap(([name, value]) => lost(value, kept[name], computed, path === '' ? name : `${path}.${name}`));
  }
  return [`${path}: ${shown(written)} was written, ${shown(kept)} is there`];
}

/** Fields whose keys are free: to Terraform their whole content is ours, where of others it takes what we did not set as the server's. */
const MAPS = /(^|\.)(labels|annotations|matchLabels|nodeSelector|requests|limits|data|stringData|binaryData|parameters)$/;
/** Of the object itself: the provider's own default. */
const SHARED = ['metadata.labels', 'metadata.annotations'];

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80));
