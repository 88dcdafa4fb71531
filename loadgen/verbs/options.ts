/**
 * The options of a verb as a table: each says how its word is read and what it is without one. All are read at once into values
 * under their names, `calmSeconds` for `--calm-seconds`. What can't be read is an OptionError in one line; a word that no option
 * has is parseArgs' own error, which parley.ts tells.
 */
import { parseArgs } from 'node:util';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';

export interface Option<Value> {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** `given`: the words, in order; none where the option is not there. Throws OptionError. */
  readonly read: (name: string, given: readonly string[]) => Value;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

export function readOptions<Table extends OptionTable>(table: Table, args: readonly string[]): OptionValues<Table> {
  const options = Object.fromEntries(
    Object.entries(table).map(([key, { type, multiple = false }]) => [wordOf(key), { type, multiple }] as const),
  );
  const { values } = parseArgs({ args: [...args], options, strict: true });
  const read = Object.entries(table).map(([key, option]) => [
    key,
    option.read(wordOf(key), [values[wordOf(key)] ?? []].flat().map(String)),
  ]);
  return Object.fromEntries(read) as OptionValues<Table>;
}

function wordOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Of one word; the last counts. */
function option<Value>(read: (name: string, text: string | undefined) => Value): Option<Value> {
  return { type: 'string', read: (name, given) => read(name, given.at(-1)) };
}

export function flag(): Option<boolean> {
  return { type: 'boolean', read: (_, given) => given.length > 0 };
}

export function word(): Option<string | undefined> {
  return option((_, text) => text);
}

/** May be said again and again. */
export function words(): Option<readonly string[] | undefined> {
  return { type: 'string', multiple: true, read: (_, given) => (given.length === 0 ? undefined : given) };
}

/** A whole number of at least `least`; without a fallback undefined where nothing is said. */
export function whole(fallback: number, least?: number): Option<number>;
export function whole(fallback?: undefined, least?: number): Option<number | undefined>;
export function whole(fallback?: number, least = 1): Option<number | undefined> {
  return option((name, text) => wholeOption(name, text, least) ?? fallback);
}

export function oneOf<Word extends string>(all: readonly Word[], fallback: Word): Option<Word> {
  return option((name, text) => {
    if (text === undefined) return fallback;
    const found = all.find((one) => one.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw new OptionError(`--${name} takes one of ${all.join(', ')}, not "${text}". See --help.`);
    return found;
  });
}

/** As 50% or 0.5. */
export function share(fallback: number, { zero }: { readonly zero: boolean }): Option<number> {
  return option((name, text) => {
    if (text === undefined) return fallback;
    const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
    if (text.trim() === '' || !(value <= 1 && (zero ? value >= 0 : value > 0)))
      throw new OptionError(
        `--${name} takes a share ${zero ? 'from 0 to 1' : 'above 0 and up to 1'}, as 50% or 0.5, not "${text}". See --help.`,
      );
    return value;
  });
}

/** What else a word can mean: `read` gets it where it is there. */
export function read<Value>(reading: (text: string, name: string) => Value): Option<Value | undefined> {
  return option((name, text) => (text === undefined ? undefined : reading(text, name)));
}
