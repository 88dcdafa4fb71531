import { expect, test } from 'bun:test';
import { PLANTED_BUGS } from './planted-bugs.harness.ts';
import { caughtBy, type Planted, plantedLine, plantedTable, plantings } from './planted-run.harness.ts';
import { editedFiles } from './planted-tree.harness.ts';
import type { ShotResult } from './proof.ts';

test('every planted bug fits the sources as they are, and no two have one name', () => {
  for (const bug of PLANTED_BUGS) expect(editedFiles(bug.edits).size).toBeGreaterThan(0);
  expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length);
});

test('an ordinary run plants one bug; words choose those that have one of them, on the systems that are there', () => {
  expect(plantings(undefined, true)).toEqual([{ bug: PLANTED_BUGS[0]!, where: 'embedded' }]);
  const chosen = plantings('does not wait, goodbye', true);
  expect(chosen.map(({ where }) => where)).toEqual(['real', 'real', 'real']);
  expect(plantings('goodbye', false).map(({ bug }) => bug.on)).toEqual(['embedded']);
  expect(() => plantings('no such bug', true)).toThrow('no bug that can be planted here has "no such bug"');
  const all = plantings('all', true);
  expect(new Set(all.map(({ bug }) => bug)).size).toBe(PLANTED_BUGS.length);
  expect(all.length).toBeGreaterThan(PLANTED_BUGS.length);
});

test('what caught a bug is the first fault whose messages show it; one that was not caught is said to be', () => {
  const bug = PLANTED_BUGS[0]!;
  const shot = (fault: string, round: number, atMs: number, outcome: 'held' | 'broken', reasons: readonly string[]) =>
    ({ fault, round, atMs, outcome, reasons }) as unknown as ShotResult;
  const shots = [shot('kill-relay', 1, 9_000, 'held', []), shot('kill-relay', 2, 31_400, 'broken', ['3 lost', '1 twice'])];
  const caught: Planted = { bug, where: 'real', seconds: 88.2, proof: { exitCode: 1, reasons: ['3 lost'], shots } };
  const missed: Planted = {
    bug,
    where: 'real',
    seconds: 70,
    proof: { exitCode: 2, reasons: ['the machine was full'], shots: shots.slice(0, 1) },
  };
  expect(caughtBy(caught.proof)).toEqual({ fault: 'kill-relay, round 2', seen: '3 lost', afterSeconds: 31.4 });
  expect(caughtBy(missed.proof)).toBeUndefined();
  expect(plantedLine(caught)).toBe(`planted (real): ${bug.name}: caught by kill-relay, round 2 at 31 s: 3 lost [88 s]`);
  expect(plantedTable([caught, missed]).slice(2)).toEqual([
    `| ${bug.name} | real | kill-relay, round 2 | 31 s | 3 lost | 88 s |`,
    `| ${bug.name} | real | **not caught** | – | the machine was full | 70 s |`,
  ]);
  const anywhere = { exitCode: 1, reasons: ['2 out of order'], shots: [] } as const;
  expect(caughtBy(anywhere)).toEqual({ fault: 'no fault in particular', seen: '2 out of order', afterSeconds: undefined });
});
