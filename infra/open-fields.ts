/**
 * What a platform team has still to fill in before a fleet can be applied. All of it is in one place, the environment's file: names
 * that are examples (RFC 2606 keeps them for that: nobody answers there), and digests. `order.json` lists the fields, `parley synth
 * --complete` refuses while there are any. Secrets are not here: nobody writes one into a file, `order.json` lists them by name.
 */
import type { Environment } from './environment.ts';

const EXAMPLE = /(^|[^a-z0-9-])(example\.(com|net|org)|[a-z0-9-]+\.(example|invalid))($|[^a-z0-9.-])/i;

/** Fields whose text names a host that is an example. */
export function exampleFields(environment: Environment): readonly string[] {
  return fieldsIn(environment, '').sort();
}

function fieldsIn(value: unknown, path: string): string[] {
  if (typeof value === 'string') return EXAMPLE.test(value) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    fieldsIn(one, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  );
}

/** Why a field is open, for messages. */
export function openReason(field: string): string {
  return /^(charts|images)\.digests\./.test(field) ? 'has no digest' : 'is an example, where nobody answers';
}
