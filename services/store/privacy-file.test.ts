import { expect, test } from 'bun:test';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPrivacyFile } from './privacy-file.ts';

test('wishes outlive the process, with their times; a line that was cut does not count and harms none after it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-privacy-'));
  const path = join(directory, 'privacy');
  const first = openPrivacyFile(path);
  first.set({ user: 7, withhold: true, atMs: 100 });
  first.set({ user: 8, withhold: true, atMs: 150 });
  first.set({ user: 7, withhold: false, atMs: 200 });
  appendFileSync(path, '\n9 withhold 3');
  const second = openPrivacyFile(path);
  expect([7, 8, 9].map((user) => second.withholds(user))).toEqual([false, true, false]);
  expect([50, 150, 250].map((ms) => second.withheldAt(7, ms))).toEqual([false, true, false]);
  second.set({ user: 9, withhold: true, atMs: 300 });
  expect(openPrivacyFile(path).withholds(9)).toBe(true);
  rmSync(directory, { recursive: true });
});
