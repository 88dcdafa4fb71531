/** What a container's arguments say: the verb, and its flags by name. `--tls` alone is true. */
import type { Container } from 'kubernetes-types/core/v1';

export interface Arguments {
  readonly verb: string;
  readonly flags: ReadonlyMap<string, string>;
}

export function argumentsOf({ args = [] }: Container): Arguments {
  const [verb = '', ...rest] = args;
  const pairs = rest.map((arg): [string, string] => {
    const at = arg.indexOf('=');
    return at < 0 ? [arg, 'true'] : [arg.slice(0, at), arg.slice(at + 1)];
  });
  return { verb, flags: new Map(pairs) };
}

/** A number that must be there. */
export function numberOf({ flags }: Arguments, flag: string): number {
  return Number(flags.get(flag) ?? Number.NaN);
}

/** Flags by which our verbs are told a port that they listen on. */
export const LISTENING_FLAGS = ['--port', '--admin-port', '--link-port', '--listen', '--metrics-listen'];

/** The port of `7500` or of `0.0.0.0:7500`; NaN where the flag is not told. */
export function portOf({ flags }: Arguments, flag: string): number {
  return Number(flags.get(flag)?.split(':').at(-1) ?? Number.NaN);
}
