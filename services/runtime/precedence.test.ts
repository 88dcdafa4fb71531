import { expect, test } from 'bun:test';
import { getPriority } from 'node:os';
import { BEFORE_EDGES, goBefore } from './precedence.ts';

test('a process goes before others where that is allowed, and stays as it is where it is not', async () => {
  const child = Bun.spawn(['sleep', '5']);
  const before = getPriority(child.pid);
  const granted = goBefore(child.pid, BEFORE_EDGES);
  expect(getPriority(child.pid)).toBe(granted ? BEFORE_EDGES : before);
  child.kill();
  await child.exited;
});

test('a process that has gone is no failure', () => {
  expect(goBefore(2 ** 22 + 1, BEFORE_EDGES)).toBe(false);
});
