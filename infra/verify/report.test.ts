import { expect, test } from 'bun:test';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { EXIT } from '../../services/runtime/verb.ts';
import { climb } from './ladder.ts';
import { exitCodeOf, ladderText } from './report.ts';
import type { RungResult } from './rung.ts';

const green: RungResult = { rung: 2, environment: 'staging', did: 'promtool read 1 set', findings: [], skipped: [], seconds: 0.42 };
const skipped: RungResult = { ...green, rung: 4, did: 'nothing', skipped: ['no providers were given'] };
const red: RungResult = {
  ...green,
  rung: 3,
  findings: [{ rung: 3, environment: 'staging', subject: 'Service a/b', problem: 'spec.port: unknown' }],
};
const broken: RungResult = { ...green, rung: 3, did: 'nothing', broken: 'no Go on this machine' };

test('each rung has a line with its state, then stands what it did, left out and found', () => {
  const lines = ladderText([green, red, skipped]).split('\n');
  expect(lines[1]).toMatch(/^staging {6}2 {5}green {5}\s*0 {2}0\.4 s {2}scrape/);
  expect(lines[2]).toMatch(/^staging {6}3 {5}red/);
  expect(lines[3]).toMatch(/^staging {6}4 {5}SKIPPED/);
  expect(lines).toContain('staging 4: SKIPPED no providers were given');
  expect(lines).toContain('staging 3: Service a/b: spec.port: unknown');
});

test('a finding is worse than a rung that could not be tried, a skip is neither', () => {
  expect(exitCodeOf([green, skipped])).toBe(EXIT.ok);
  expect(exitCodeOf([green, broken])).toBe(EXIT.couldNotRun);
  expect(exitCodeOf([broken, red])).toBe(EXIT.refuted);
});

test('without providers the fourth rung is skipped with its reason, without the plan the first', async () => {
  const synthesized = { environment: 'staging', stacks: [], objects: [], charts: [], problems: [] };
  const context = { synthesized, out: 'none', crds: undefined, charts: undefined, plugins: undefined, say: () => {} };
  const [first, fourth] = await climb([1, 4], context);
  expect(first!.skipped).toHaveLength(1);
  expect(fourth!.skipped).toEqual([
    'no folder with the kubernetes and helm providers was given (--plugins DIR), and no registry here has them',
  ]);
});

test('a broken dependency is told by its rung, and the next rung is climbed all the same', async () => {
  const objects = new Proxy([], {
    get: () => {
      throw new BackendError('notBuilt', 'no Go on this machine', false);
    },
  });
  const synthesized = { environment: 'staging', stacks: [], objects, charts: [], problems: [] };
  const context = { synthesized, out: 'none', crds: undefined, charts: undefined, plugins: undefined, say: () => {} };
  const results = await climb([2, 4], context);
  expect(results[0]!.broken).toBe('no Go on this machine');
  expect(results[1]!.skipped).toHaveLength(1);
});
