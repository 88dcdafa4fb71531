import { describe, expect, test } from 'bun:test';
import { shortfallOf, skipReason } from './shortfall.ts';
import { howToInstall, locate, TOOLS, type ToolName } from './tools.ts';

const NOTHING_HERE = '/nowhere';

describe('a missing tool', () => {
  test('is a skip that says how to get it, on a machine of one’s own', () => {
    expect(shortfallOf('chromium', false, NOTHING_HERE)).toEqual({
      reason: 'needs chromium: not on the PATH; apt-get install chromium',
      fails: false,
    });
  });

  test('is a failure in CI', () => {
    expect(shortfallOf('chromium', true, NOTHING_HERE)?.fails).toBeTrue();
  });
});

describe('a machine that falls short', () => {
  const fact = { fact: '64 GiB of memory', missing: () => '24 GiB' };

  test('is a skip, in CI too', () => {
    const expected = { reason: 'needs 64 GiB of memory: this machine has 24 GiB', fails: false };
    expect(shortfallOf(fact, true)).toEqual(expected);
    expect(shortfallOf(fact, false)).toEqual(expected);
  });

  test('is a failure in CI where CI is told to have it', () => {
    expect(shortfallOf({ ...fact, demandedInCi: true }, true)?.fails).toBeTrue();
    expect(shortfallOf({ ...fact, demandedInCi: true }, false)?.fails).toBeFalse();
  });

  test('is nothing when the fact holds', () => {
    expect(shortfallOf({ fact: 'a processor', missing: () => undefined })).toBeUndefined();
  });
});

describe('the reason of a skip', () => {
  test('is read back from the name of the test', () => {
    expect(skipReason('the page [needs java: not on the PATH; apt-get install x] > opens')).toBe(
      'needs java: not on the PATH; apt-get install x',
    );
  });

  test('is undefined for a name without one', () => {
    expect(skipReason('a [bracket] in a name')).toBeUndefined();
  });
});

describe('locate', () => {
  test('finds a program in any folder of the PATH', () => {
    expect(locate('node', `${NOTHING_HERE}:${process.env.PATH}`)).toEndWith('/node');
  });

  test('finds nothing where there is nothing', () => {
    for (const name of Object.keys(TOOLS) as ToolName[]) expect(locate(name, NOTHING_HERE)).toBeUndefined();
  });

  test('names a way to install every tool', () => {
    for (const name of Object.keys(TOOLS) as ToolName[]) expect(howToInstall(name)).toMatch(/^(apt-get install|put) /);
  });
});
