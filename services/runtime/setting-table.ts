/**
 * Settings of a process, declared once in a table: flags, environment, help and errors derive from it. Read strictly: what
 * is not in the table, or out of its range, is a problem with its name.
 */
export interface Setting {
  readonly unit: string;
  readonly value: number | string | boolean;
  readonly meaning: string;
  /** For numbers. */
  readonly min?: number;
  readonly max?: number;
  /** For a closed set of words. */
  readonly oneOf?: readonly string[];
}

export type SettingTable = Readonly<Record<string, Setting>>;
export type Values<Table extends SettingTable> = { readonly [Name in keyof Table]: Table[Name]['value'] };
export type Read<Config> = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly string[] };

export const number = (value: number, unit: string, min: number, max: number, meaning: string) => ({
  value: value as number,
  unit,
  min,
  max,
  meaning,
});
export const word = <T extends string>(value: T, oneOf: readonly T[], meaning: string) => ({
  value: value as string,
  unit: 'word',
  oneOf,
  meaning,
});
export const text = (value: string, meaning: string) => ({ value: value as string, unit: 'text', meaning });
export const flag = (meaning: string) => ({ value: false as boolean, unit: 'flag', meaning });

export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function environmentOf(name: string): string {
  return `PARLEY_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** A flag before the environment before the default. Every problem is reported, each with its setting. */
export function readSettings<Table extends SettingTable>(
  table: Table,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Read<Values<Table>> {
  const problems: string[] = [];
  const values: Record<string, number | string | boolean> = {};
  const given = readFlags(table, args, problems);
  for (const [name, setting] of Object.entries(table)) {
    const fromFlag = given.get(flagOf(name));
    const source = fromFlag === undefined ? environmentOf(name) : flagOf(name);
    const raw = fromFlag ?? environment[environmentOf(name)];
    values[name] = raw === undefined ? setting.value : readValue(source, setting, raw, problems);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: values as Values<Table> };
}

/** One line per setting, for --help. */
export function settingLines(table: SettingTable): string {
  return Object.entries(table)
    .map(
      ([name, setting]) =>
        `  ${flagOf(name).padEnd(34)} ${setting.meaning} [${setting.unit}, ${setting.value === '' ? 'none' : setting.value}]`,
    )
    .join('\n');
}

function readFlags(table: SettingTable, args: readonly string[], problems: string[]): Map<string, string> {
  const known = new Map(Object.entries(table).map(([name, setting]) => [flagOf(name), setting]));
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [name, inline] = args[at]!.split('=', 2) as [string, string | undefined];
    const setting = known.get(name);
    if (setting === undefined) {
      problems.push(`${name}: no such setting; --help lists them`);
    } else if (typeof setting.value === 'boolean') {
      given.set(name, inline ?? 'true');
    } else if (inline !== undefined) {
      given.set(name, inline);
    } else if (at + 1 < args.length) {
      given.set(name, args[++at]!);
    } else {
      problems.push(`${name}: a value is missing`);
    }
  }
  return given;
}

function readValue(source: string, setting: Setting, raw: string, problems: string[]): number | string | boolean {
  if (typeof setting.value === 'boolean') {
    if (raw !== 'true' && raw !== 'false') problems.push(`${source}: ${raw} is neither true nor false`);
    return raw === 'true';
  }
  if (typeof setting.value === 'string') {
    if (setting.oneOf !== undefined && !setting.oneOf.includes(raw))
      problems.push(`${source}: ${raw} is none of ${setting.oneOf.join(', ')}`);
    return raw;
  }
  const value = Number(raw.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < setting.min! || value > setting.max!) {
    problems.push(`${source}: ${raw} is not a whole number from ${setting.min} to ${setting.max} (${setting.unit})`);
  }
  return value;
}
