import { describe, expect, test } from 'bun:test';
import { shortfallOf, skipReason } from './shortfall.ts';
import { serverShortfall, stacksRequired } from './test-servers.ts';

/** Put together, so that this file does not itself look like one that needs them. */
const requiring = (needs: string) => ['requires', `(${needs}).test(`].join('');

describe('the stacks that test files need', () => {
  test('are those that some of them require', () => {
    expect(stacksRequired([requiring("'java'"), requiring("'openssl', 'kafka'")])).toEqual(['plain']);
    expect(stacksRequired([requiring("'secure-redis'")])).toEqual(['secure']);
    expect(stacksRequired([requiring("'secure-kafka'"), requiring("'valkey'")]).toSorted()).toEqual(['plain', 'secure']);
  });

  test('are none for files that only speak of them', () => {
    expect(stacksRequired(["test('a kafka', () => {})"])).toEqual([]);
  });
});

describe('a server that no stack brought', () => {
  const environment = (values: Record<string, string>) => ({ ...values }) as NodeJS.ProcessEnv;

  test('is missed with the reason that the test verb had', () => {
    const reason = 'java is not on the PATH: apt-get install x';
    expect(serverShortfall('kafka', environment({ PARLEY_TEST_STACK_MISSING: reason }))).toBe(reason);
  });

  test('is missed with how to bring one up', () => {
    expect(serverShortfall('kafka', environment({}))).toContain('parley up and PARLEY_TEST_STACK=');
    expect(serverShortfall('secure-redis', environment({}))).toContain('parley up --secure and PARLEY_SECURE_TEST_STACK=');
  });

  test('of a secure stack is not there because an open one is', () => {
    const open = environment({ PARLEY_TEST_STACK: '/a/backends.json' });
    expect(serverShortfall('kafka', open)).toBeUndefined();
    expect(serverShortfall('secure-kafka', open)).toBeDefined();
  });

  test('is a skip whose reason can be read back, and a failure in CI', () => {
    const names = ['PARLEY_TEST_STACK', 'PARLEY_TEST_STACK_MISSING'] as const;
    const before = names.map((name) => process.env[name]);
    for (const name of names) delete process.env[name];
    try {
      const shortfall = shortfallOf('kafka', false)!;
      expect(shortfall.fails).toBeFalse();
      expect(skipReason(`the bus [${shortfall.reason}] > keeps order`)).toBe(shortfall.reason);
      expect(shortfallOf('kafka', true)!.fails).toBeTrue();
    } finally {
      names.forEach((name, index) => {
        if (before[index] !== undefined) process.env[name] = before[index];
      });
    }
  });
});
