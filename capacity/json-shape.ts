/**
 * Readers of untrusted JSON: each takes a value and the path it stands at, and gives the typed value or throws a
 * `ShapeMismatch` that names the path. Fields that a reader does not know are dropped, so that a newer writer of the same
 * schema version is still read. Only `readShape` turns the mismatch into a value; nothing else should catch it.
 */
export type Reader<T> = (value: unknown, path: string) => T;

export interface Invalid {
  /** What is wrong, beginning with the path of the field, such as `samples[3].tMs: expected a whole number, got "x"`. */
  readonly invalid: string;
}

class ShapeMismatch extends Error {}

const OPTIONAL = Symbol('optional');
type OptionalReader<T> = Reader<T> & { readonly [OPTIONAL]: true };
type FieldReader<Owner, Key extends keyof Owner> = undefined extends Owner[Key]
  ? OptionalReader<Exclude<Owner[Key], undefined>>
  : Reader<Owner[Key]>;
type Fields<Owner> = { readonly [Key in keyof Owner]-?: FieldReader<Owner, Key> };

export function readShape<T>(reader: Reader<T>, value: unknown, root: string): T | Invalid {
  try {
    return reader(value, root);
  } catch (failure) {
    if (failure instanceof ShapeMismatch) return { invalid: failure.message };
    throw failure;
  }
}

export function isInvalid(value: unknown): value is Invalid {
  return typeof value === 'object' && value !== null && 'invalid' in value;
}

export function mismatch(path: string, expected: string, value: unknown): never {
  throw new ShapeMismatch(`${path || 'document'}: expected ${expected}, got ${shown(value)}`);
}

export function object<T extends object>(fields: Fields<T>): Reader<T> {
  const entries = Object.entries(fields) as [string, Reader<unknown> & { [OPTIONAL]?: true }][];
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) mismatch(path, 'an object', value);
    const given = value as Record<string, unknown>;
    const read: Record<string, unknown> = {};
    for (const [key, reader] of entries) {
      if (given[key] === undefined && reader[OPTIONAL]) continue;
      read[key] = reader(given[key], path ? `${path}.${key}` : key);
    }
    return read as T;
  };
}

export function optional<T>(reader: Reader<T>): OptionalReader<T> {
  return Object.assign((value: unknown, path: string) => reader(value, path), { [OPTIONAL]: true as const });
}

export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) mismatch(path, 'a list', value);
    return value.map((one, index) => item(one, `${path}[${index}]`));
  };
}

/** An object used as a map: any keys, values of one kind. */
export function map<T>(item: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) mismatch(path, 'an object', value);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, item(one, `${path}.${key}`)]));
  };
}

export function oneOf<const T extends string | number>(allowed: readonly T[]): Reader<T> {
  return (value, path) => (allowed.includes(value as T) ? (value as T) : mismatch(path, `one of ${allowed.join(', ')}`, value));
}

export const text: Reader<string> = (value, path) => (typeof value === 'string' ? value : mismatch(path, 'a text', value));

export const truth: Reader<boolean> = (value, path) => (typeof value === 'boolean' ? value : mismatch(path, 'true or false', value));

/** A safe integer ≥ 0: counts, bytes, microseconds. */
export const whole: Reader<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : mismatch(path, 'a whole number ≥ 0', value);

/** A finite number ≥ 0. */
export const amount: Reader<number> = (value, path) =>
  Number.isFinite(value) && (value as number) >= 0 ? (value as number) : mismatch(path, 'a number ≥ 0', value);

/** A finite number of either sign. */
export const signed: Reader<number> = (value, path) =>
  Number.isFinite(value) ? (value as number) : mismatch(path, 'a finite number', value);

/** ISO 8601 in UTC, as `Date.toISOString` writes it. */
export const instant: Reader<string> = (value, path) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : mismatch(path, 'a time such as 2026-11-25T12:00:00Z', value);

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value.length > 40 ? `${JSON.stringify(value.slice(0, 40))}…` : JSON.stringify(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
