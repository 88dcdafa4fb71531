/** What CI installs, with a stand-in for apt-get: nothing of the machine changes. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requires } from '../../services/runtime/requires.ts';
import { ROOT } from '../../services/runtime/shortfall.ts';
import { installMissingTools, missingPackages } from './ci-tools.ts';

/** Put together, so that this file does not itself look like one that needs them. */
const SOURCES = [['requires', "('node', 'chromium').describe("].join(''), 'requires(ROOT).test('];

describe('the packages that CI installs', () => {
  test('are those that the tests require and the machine lacks', () => {
    expect(missingPackages(SOURCES, '/nowhere')).toEqual(['chromium']);
  });

  test('are those with which real servers are fetched and run, when a test requires one', () => {
    const source = ['requires', "('valkey').test("].join('');
    expect(missingPackages([source], '/nowhere')).toEqual(['openjdk-17-jre-headless', 'maven', 'openssl', 'python3-pip']);
  });

  test('are none when no test requires any', () => {
    expect(missingPackages(['locate("chromium")'], '/nowhere')).toEqual([]);
  });
});

requires(ROOT).describe('an installation', () => {
  const path = process.env.PATH;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-apt-'));
    SOURCES.forEach((source, index) => {
      writeFileSync(join(folder, `${index}.test.ts`), source);
    });
    process.env.PATH = `${folder}:/usr/bin-that-is-not`;
  });

  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });

  const install = () => installMissingTools(folder, ['0.test.ts', '1.test.ts'], new AbortController().signal);
  const standInApt = (commands: string) => {
    writeFileSync(join(folder, 'apt-get'), `#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> '${folder}/calls'\n${commands}\n`);
    chmodSync(join(folder, 'apt-get'), 0o755);
  };
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');

  test('brings the lists and then the packages, waiting for the lock of another', async () => {
    standInApt('exit 0');
    await install();
    expect(calls()).toEqual([
      'noninteractive -oDPkg::Lock::Timeout=600 update',
      'noninteractive -oDPkg::Lock::Timeout=600 install --yes --no-install-recommends chromium',
    ]);
  });

  test('that fails does not throw: the tests that need the tool say so', async () => {
    standInApt('exit 100');
    await install();
    expect(calls().length).toBe(2);
  });
});
