/** What a scenario may be: those that come along are, and every way of getting one wrong gets a line. */
import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import everything from '../scenarios/everything.ts';
import { scenarioProblems } from './check.ts';
import { readScenario, scenarioNames } from './read.ts';

const CORES = 2;
const OPTIONAL = new Set(['conversations', 'groupShare', 'heartbeatSeconds', 'guardSeconds', 'neighboursTimes', 'box', 'hosts', 'seed']);

/** Paths of all objects and their fields. */
function places(value: unknown, path: readonly (string | number)[] = []): Array<readonly (string | number)[]> {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = [...path, Array.isArray(value) ? Number(name) : name];
    return [own, ...places(inner, own)];
  });
}

function changed(
  path: readonly (string | number)[],
  change: (parent: Record<string | number, unknown>, name: string | number) => void,
): unknown {
  const copy = structuredClone(everything) as unknown;
  let parent = copy as Record<string | number, unknown>;
  for (const name of path.slice(0, -1)) parent = parent[name] as Record<string | number, unknown>;
  change(parent, path.at(-1)!);
  return copy;
}

const anyPlace = fc.constantFrom(...places(everything));
const anyField = fc.constantFrom(...places(everything).filter((path) => typeof path.at(-1) === 'string'));

describe('a scenario', () => {
  test('that comes along is one, is called as its file, and there are a dozen', async () => {
    expect(scenarioNames().length).toBeGreaterThanOrEqual(12);
    for (const name of scenarioNames()) {
      const read = await readScenario(name);
      expect('problems' in read ? read.problems : read.scenario.name).toBe(name);
    }
  });

  test('with a field that nobody knows, anywhere, gets a line that names it', () => {
    fc.assert(
      fc.property(anyField, fc.stringMatching(/^[a-z]{3,12}$/), (path, word) => {
        const value = changed(path, (parent) => {
          parent[`x${word}`] = 1;
        });
        expect(scenarioProblems(value, CORES).join()).toContain(`x${word}: no such field`);
      }),
    );
  });

  test('with a value of a wrong kind in any place is none, and each problem is one line', () => {
    const wrong = fc.constantFrom<unknown>(null, -1, Number.NaN, Number.POSITIVE_INFINITY, 'x\ny', { other: 1 }, [], () => 1);
    fc.assert(
      fc.property(anyPlace, wrong, (path, value) => {
        const problems = scenarioProblems(
          changed(path, (parent, name) => {
            parent[name] = value;
          }),
          CORES,
        );
        expect(problems.length).toBeGreaterThan(0);
        for (const line of problems) expect(line).not.toContain('\n');
      }),
      { numRuns: 300 },
    );
  });

  test('without a field that it needs is none', () => {
    fc.assert(
      fc.property(anyPlace, (path) => {
        const name = path.at(-1)!;
        const optional = OPTIONAL.has(String(name)) && !(path[0] === 'behaviours');
        if (typeof name === 'number' || optional || path[0] === 'box') return;
        const problems = scenarioProblems(
          changed(path, (parent) => {
            delete parent[name];
          }),
          CORES,
        );
        expect(problems.join()).toMatch(/missing|one of/);
      }),
    );
  });

  test.each([
    ['a rate that no such machine can offer', { arrival: { connectionsPerSecond: 100, sendsPerSecond: 500_000 } }, 'is impossible'],
    ['connections faster than any', { arrival: { connectionsPerSecond: 900_000, sendsPerSecond: 10 } }, 'is impossible'],
    ['a kind of behaviour twice', { behaviours: [everything.behaviours[0], everything.behaviours[0]] }, 'each kind once'],
    ['more members than a conversation may have', { behaviours: [{ kind: 'hot', members: 1_025, answersPerSecond: 1 }] }, 'to 1024'],
    ['a guard that leaves nothing', { duration: { ...everything.duration, guardSeconds: 4 } }, 'nothing of it would count'],
    ['parts too short for what they are to show', { duration: { ...everything.duration, disturbedSeconds: 5 } }, 'to be seen'],
    ['a disturbance of nothing', { behaviours: [], objectives: {} }, 'nothing disturbs'],
    ['behaviours without time', { duration: { ...everything.duration, disturbedSeconds: 0 } }, 'behaviours that need it'],
    ['nobody left to be a neighbour', { population: { connections: 200 } }, 'fewer than 32 neighbours'],
    ['a conversation’s rate that plain ones meet', { box: { conversationRate: 2 } }, 'less than 10 times'],
    ['days', { duration: { warmSeconds: 0, calmSeconds: 80_000, disturbedSeconds: 20, turns: 2 } }, 'at most 24'],
  ])('%s is refused', (_, change, line) => {
    expect(scenarioProblems({ ...everything, ...change }, CORES).join()).toContain(line);
  });

  test('from a file that is not there, can’t be read, or exports nothing gets one line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
    try {
      writeFileSync(join(folder, 'broken.ts'), 'export default {{');
      writeFileSync(join(folder, 'empty.ts'), 'export const other = 1;');
      writeFileSync(join(folder, 'plain.json'), JSON.stringify({ ...everything, nmae: 1 }));
      for (const [name, words] of [
        ['nowhere.ts', 'no such file or scenario'],
        ['broken.ts', 'can’t be read'.replace('’', "'")],
        ['empty.ts', 'exports no scenario'],
        ['plain.json', 'nmae: no such field'],
      ] as const) {
        const read = await readScenario(join(folder, name));
        expect('problems' in read ? read.problems : []).toEqual([expect.stringContaining(words)]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
