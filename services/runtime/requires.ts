/**
 * For tests that need more than this project: `requires('chromium').describe('the page', () => …)`. Skipped tests carry
 * the reason in their name, from which the test verb reads it. The rules stand in shortfall.ts.
 */
import { describe, test } from 'bun:test';
import { type Need, shortfallOf } from './shortfall.ts';

export interface Guarded {
  describe(name: string, body: () => void): void;
  test(name: string, body: () => void | Promise<void>, timeoutMs?: number): void;
}

export function requires(...needs: Need[]): Guarded {
  for (const need of needs) {
    const shortfall = shortfallOf(need);
    if (shortfall === undefined) continue;
    return shortfall.fails ? failing(shortfall.reason) : skipping(shortfall.reason);
  }
  return { describe, test };
}

function skipping(reason: string): Guarded {
  return {
    describe: (name, body) => describe.skip(`${name} [${reason}]`, body),
    test: (name, body) => test.skip(`${name} [${reason}]`, body),
  };
}

function failing(reason: string): Guarded {
  const fail = () => {
    throw new Error(`CI must have what the tests need: ${reason}`);
  };
  return {
    describe: (name) => describe(name, () => test(`has what it needs [${reason}]`, fail)),
    test: (name) => test(`${name} [${reason}]`, fail),
  };
}
