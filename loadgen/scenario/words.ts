/** What a value from a file may be, said once: each kind gives its problems in words, with the place in front. */
export type Kind = (value: unknown, place: string) => string[];

export function whole(least: number, most: number): Kind {
  return (value, place) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? []
      : [`${place}: a whole number from ${least} to ${most}, not ${shown(value)}`];
}

export function number(least: number, most: number): Kind {
  return (value, place) =>
    typeof value === 'number' && value >= least && value <= most
      ? []
      : [`${place}: a number from ${least} to ${most}, not ${shown(value)}`];
}

export function truth(value: unknown, place: string): string[] {
  return typeof value === 'boolean' ? [] : [`${place}: true or false, not ${shown(value)}`];
}

export function text(pattern: RegExp, what: string): Kind {
  return (value, place) => (typeof value === 'string' && pattern.test(value) ? [] : [`${place}: ${what}, not ${shown(value)}`]);
}

export function oneOf(words: readonly string[]): Kind {
  return (value, place) => (words.includes(value as string) ? [] : [`${place}: one of ${words.join(', ')}, not ${shown(value)}`]);
}

export function list(item: Kind, least: number, most: number): Kind {
  return (value, place) => {
    if (!Array.isArray(value) || value.length < least || value.length > most)
      return [`${place}: a list of ${least} to ${most}, not ${shown(value)}`];
    return value.flatMap((one, at) => item(one, `${place}[${at}]`));
  };
}

/** A name that ends with `?` may be left out. Any other field is a problem: a word that nobody reads says nothing. */
export function fields(table: Readonly<Record<string, Kind>>): Kind {
  const known = new Map(Object.entries(table).map(([name, kind]) => [name.replace('?', ''), { kind, optional: name.endsWith('?') }]));
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place}: an object, not ${shown(value)}`];
    const given = value as Readonly<Record<string, unknown>>;
    const at = (name: string) => (place === '' ? name : `${place}.${name}`);
    const unknown = Object.keys(given).filter((name) => !known.has(name));
    return [
      ...unknown.map((name) => `${at(name)}: no such field; there are ${[...known.keys()].join(', ')}`),
      ...[...known].flatMap(([name, { kind, optional }]) => {
        if (given[name] !== undefined) return kind(given[name], at(name));
        return optional ? [] : [`${at(name)}: missing`];
      }),
    ];
  };
}

/** By its `kind`, one of several. */
export function kinds(table: Readonly<Record<string, Kind>>): Kind {
  return (value, place) => {
    const kind = (value as { readonly kind?: unknown } | null)?.kind;
    const found = typeof kind === 'string' && Object.hasOwn(table, kind) ? table[kind] : undefined;
    return found === undefined ? [`${place}.kind: one of ${Object.keys(table).join(', ')}, not ${shown(kind)}`] : found(value, place);
  };
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
