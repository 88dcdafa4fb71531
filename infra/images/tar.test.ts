import { afterAll, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TarEntry, tar } from './tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const long = `opt/${'a'.repeat(60)}/${'b'.repeat(60)}/file.ts`;
const entries: TarEntry[] = [
  { path: 'opt/one', mode: 0o644, content: { file: new TextEncoder().encode('hello') } },
  { path: 'bin/sh', mode: 0o777, content: { link: 'busybox' } },
  { path: 'tmp', mode: 0o1777, content: { folder: true } },
  { path: long, mode: 0o755, content: { file: new Uint8Array(513).fill(65) } },
];

test('the tar of the machine takes it apart as it was put together', () => {
  writeFileSync(join(folder, 'one.tar'), tar(entries));
  const listed = spawnSync('tar', ['-tf', 'one.tar'], { cwd: folder, encoding: 'utf8' });
  expect(listed.stdout.trim().split('\n')).toEqual(['bin/sh', long, 'opt/one', 'tmp/']);
  expect(spawnSync('tar', ['-xpf', 'one.tar'], { cwd: folder, encoding: 'utf8' }).stderr).toBe('');
  expect(readFileSync(join(folder, 'opt/one'), 'utf8')).toBe('hello');
  expect(statSync(join(folder, long)).size).toBe(513);
  expect(statSync(join(folder, 'tmp')).mode & 0o7777).toBe(0o1777);
});

test('the order in which entries are given changes nothing', () => {
  expect(Buffer.from(tar(entries)).equals(Buffer.from(tar(entries.toReversed())))).toBe(true);
});

test('a name that a tar can not hold is refused', () => {
  expect(() => tar([{ path: 'x'.repeat(300), mode: 0o644, content: { folder: true } }])).toThrow('a name that a tar can');
});
