import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './directory-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-lock-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a second lock is refused while the first is held, and given after it', () => {
  const path = join(root, 'held');
  const lock = lockDirectory(path);
  expect(() => lockDirectory(path)).toThrow(`is held by process ${process.pid}`);
  lock.release();
  expect(existsSync(path)).toBe(false);
  lockDirectory(path).release();
});

test('the lock of a process that is gone, or whose id another has now, does not hold', () => {
  for (const stale of ['999999999 5', `${process.pid} 1`, 'nonsense']) {
    const path = join(root, 'stale');
    writeFileSync(path, stale);
    lockDirectory(path).release();
  }
});
