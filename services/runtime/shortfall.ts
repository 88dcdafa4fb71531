/**
 * What a test may need beyond this project, and what follows where it is missing: a missing tool is a skip on a person's
 * machine and a failure in CI, which can install it, and so is a server that the test verb could not start; a machine that
 * falls short (memory, rights) is a skip everywhere, but for what CI is told to have.
 */
import { isServer, type ServerName, serverShortfall } from './test-servers.ts';
import { howToInstall, locate, type ToolName } from './tools.ts';

/** Something that no installation brings. `missing` gives what there is instead, or undefined when all is well. */
export interface MachineFact {
  readonly fact: string;
  readonly missing: () => string | undefined;
  /** Where CI has to have it, since it runs on machines that do. */
  readonly demandedInCi?: boolean;
}

export type Need = ToolName | ServerName | MachineFact;

export const ROOT: MachineFact = { fact: 'root', missing: () => (process.getuid?.() === 0 ? undefined : 'an ordinary user') };

export interface Shortfall {
  readonly reason: string;
  readonly fails: boolean;
}

export function shortfallOf(need: Need, inCi = isCi(), path = process.env.PATH): Shortfall | undefined {
  if (typeof need === 'string') {
    if (isServer(need)) {
      const reason = serverShortfall(need);
      return reason === undefined ? undefined : { reason: `needs ${need}: ${reason}`, fails: inCi };
    }
    if (locate(need, path) !== undefined) return undefined;
    return { reason: `needs ${need}: not on the PATH; ${howToInstall(need)}`, fails: inCi };
  }
  const instead = need.missing();
  return instead === undefined
    ? undefined
    : { reason: `needs ${need.fact}: this machine has ${instead}`, fails: inCi && need.demandedInCi === true };
}

export function isCi(): boolean {
  return process.env.CI === 'true' || process.env.CI === '1';
}

/** The reason that a skipped test's full name carries, for the table of what was skipped. */
export function skipReason(fullName: string): string | undefined {
  return /\[(needs [^\]]*)\]/.exec(fullName)?.[1];
}
