/** What verbs that measure costs on real systems share: their options, where the figures are left, and how they are shown. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

export interface CostNumber {
  readonly default: number;
  readonly least: number;
}

export interface CostArguments<Name extends string, Flag extends string> {
  readonly backendsFile: string;
  readonly write: boolean;
  readonly json: boolean;
  readonly numbers: Readonly<Record<Name, number>>;
  readonly flags: Readonly<Record<Flag, boolean>>;
}

/** Where the capacity model reads it. */
export function measurementFile(name: string): string {
  return join(import.meta.dirname, '../../capacity/measurements', name);
}

/** Undefined where something is wrong with them, which is said. */
export function readCostArguments<Name extends string, Flag extends string = never>(
  verb: string,
  args: string[],
  numbers: Readonly<Record<Name, CostNumber>>,
  flags: readonly Flag[] = [],
): CostArguments<Name, Flag> | undefined {
  const flag = { type: 'boolean', default: false } as const;
  const named = Object.entries<CostNumber>(numbers);
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(named.map(([name, { default: value }]) => [name, { type: 'string', default: String(value) } as const])),
      ...Object.fromEntries(flags.map((name) => [name, flag])),
      backends: { type: 'string' },
      write: flag,
      json: flag,
    },
  });
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const problems = typeof given.backends === 'string' ? [] : ['--backends FILE is needed'];
  for (const [name, { least }] of named)
    if (!(Number(given[name]) >= least)) problems.push(`--${name} takes ${least} or more, not ${given[name]}`);
  if (problems.length > 0) {
    for (const problem of problems) console.error(`parley ${verb}: ${problem}`);
    return undefined;
  }
  return {
    backendsFile: String(given.backends),
    write: given.write === true,
    json: given.json === true,
    numbers: Object.fromEntries(named.map(([name]) => [name, Number(given[name])])) as Record<Name, number>,
    flags: Object.fromEntries(flags.map((name) => [name, given[name] === true])) as Record<Flag, boolean>,
  };
}

/** `file`: the name of a measurementFile. */
export function giveCosts<Result>(
  result: Result,
  { write, json }: Pick<CostArguments<never, never>, 'write' | 'json'>,
  file: string,
  table: (result: Result) => string,
): void {
  if (write) {
    mkdirSync(dirname(measurementFile(file)), { recursive: true });
    writeFileSync(measurementFile(file), `${JSON.stringify(result, null, 1)}\n`);
  }
  console.log(json ? JSON.stringify(result) : table(result));
}
