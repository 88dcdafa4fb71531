import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuleHistory } from './rule-history.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-rules-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a changed rule counts from where the log ended, and what is past keeps its rule', () => {
  const path = join(root, 'rules.json');
  const first = RuleHistory.open(path, [0, 0], { rate: 5 });
  expect([first.at(0, 0).rate, first.at(1, 1_000).rate]).toEqual([5, 5]);
  RuleHistory.open(path, [100, 7], { rate: 9 });
  const third = RuleHistory.open(path, [200, 8], { rate: 9 });
  expect([third.at(0, 99).rate, third.at(0, 100).rate, third.at(1, 6).rate, third.at(1, 7).rate]).toEqual([5, 9, 5, 9]);
  expect(JSON.parse(readFileSync(path, 'utf8')).epochs).toHaveLength(2);
});

test('the first rules hold from the beginning, also where a log is older than its rules', () => {
  expect(RuleHistory.open(join(root, 'late.json'), [500], { rate: 5 }).at(0, 3).rate).toBe(5);
});

test('a file of another version is refused by name', () => {
  const path = join(root, 'newer.json');
  writeFileSync(path, JSON.stringify({ version: 9, epochs: [] }));
  expect(() => RuleHistory.open(path, [0], { rate: 1 })).toThrow(`${path} has version 9`);
});
