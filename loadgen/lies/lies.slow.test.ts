/** Lies of processes: each box is loaded by a real load engine. All runs of boxes go at once, since they mostly wait. */

import { afterAll, beforeAll, describe, test } from 'bun:test';
import { availableParallelism } from 'node:os';
import type { RunRecord } from '../../capacity/run-record.ts';
import { FAKE_BOX, testRun } from '../coordinator/test-run.ts';
import { expectTold } from './expect-told.harness.ts';
import { BOX_PROCESS_LIES, NEIGHBOUR_LIE } from './process-lies.harness.ts';

const SIZE = { connections: 60, sendsPerSecond: 100, chatSeconds: 4, quietSeconds: 4, groupShare: 0 } as const;

describe('a box that lies', () => {
  const records = new Map<string, RunRecord>();
  beforeAll(async () => {
    const runs = BOX_PROCESS_LIES.map(async ({ box }) => {
      const { record } = await testRun(SIZE, 1, undefined, [process.execPath, FAKE_BOX, '--lies', box]);
      records.set(box, record);
    });
    await Promise.all(runs);
  }, 120_000);

  for (const one of BOX_PROCESS_LIES) {
    const { lie, box, verdict } = one;
    test(`${lie}: ${verdict}`, () => {
      expectTold(records.get(box)!, one);
    });
  }
});

describe('a neighbour', () => {
  const burners = new Set<Bun.Subprocess>();
  afterAll(() => {
    for (const burner of burners) burner.kill('SIGKILL');
  });

  test(`${NEIGHBOUR_LIE.lie}: ${NEIGHBOUR_LIE.verdict}`, async () => {
    for (let count = 0; count < Math.ceil(availableParallelism() / 2); count++)
      burners.add(Bun.spawn([process.execPath, '-e', 'for (;;);'], { stdio: ['ignore', 'ignore', 'ignore'] }));
    const { record } = await testRun(SIZE, 1);
    for (const burner of burners) burner.kill('SIGKILL');
    expectTold(record, NEIGHBOUR_LIE);
  }, 60_000);
});
