import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { type BenchPlan, runBench, secondsLeft } from './bench.ts';
import { RUN_NAMES, type RunName } from './rows.ts';
import type { BenchRun } from './runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plan(log: string[], run: (name: RunName) => BenchRun['run'], changes: Partial<BenchPlan> = {}): BenchPlan {
  const runs = Object.fromEntries(
    RUN_NAMES.map((name) => [name, { seconds: 10, measuresMemory: false, run: run(name) } satisfies BenchRun]),
  ) as unknown as Readonly<Record<RunName, BenchRun>>;
  return {
    names: ['idle-hs256', 'ws-idle'],
    runs,
    repeats: 2,
    settleSeconds: 0,
    timeWaitSeconds: 0,
    folder,
    signal: new AbortController().signal,
    say: (text) => void log.push(text),
    ...changes,
  };
}

test('repeats take turns: every run once, then every run again', async () => {
  const order: string[] = [];
  const outcomes = await runBench(
    plan([], (name) => async () => {
      order.push(name);
      return syntheticRun({ connections: 60_000 });
    }),
  );
  expect(order).toEqual(['idle-hs256', 'ws-idle', 'idle-hs256', 'ws-idle']);
  expect(outcomes.get('ws-idle')?.length).toBe(2);
  expect(existsSync(join(folder, 'idle-hs256-2', 'record.json'))).toBe(true);
});

test('a run that breaks is a reason, and the others go on', async () => {
  const log: string[] = [];
  const outcomes = await runBench(
    plan(log, (name) => async () => {
      if (name === 'ws-idle') throw new Error('the peer fell over');
      return { notRun: 'no room' };
    }),
  );
  expect(outcomes.get('ws-idle')).toEqual([{ notRun: 'the peer fell over' }, { notRun: 'the peer fell over' }]);
  expect(outcomes.get('idle-hs256')).toEqual([{ notRun: 'no room' }, { notRun: 'no room' }]);
  expect(log.some((line) => line.includes('the peer fell over'))).toBe(true);
});

test('an interrupted bench makes no further run', async () => {
  const abort = new AbortController();
  let made = 0;
  await runBench(
    plan(
      [],
      () => async () => {
        made++;
        abort.abort();
        return { notRun: 'cut' };
      },
      { signal: abort.signal },
    ),
  );
  expect(made).toBe(1);
});

test('what is left is reckoned from guesses until a run has shown how long it takes', () => {
  const { names, runs } = plan([], () => async () => ({ notRun: '' }));
  const left = (took: ReadonlyMap<RunName, number>, done: number) => secondsLeft({ names, runs, repeats: 2, settleSeconds: 1 }, took, done);
  expect(left(new Map(), 0)).toBe(44);
  expect(left(new Map([['idle-hs256', 30]]), 1)).toBe(11 + 31 + 11);
  expect(left(new Map(), 4)).toBe(0);
});
