/** Lies of processes: each box is loaded by a real load engine. All runs of boxes go at once, since they mostly wait. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { availableParallelism } from 'node:os';
import { doubtsOf } from '../../capacity/doubts.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { FAKE_BOX, testRun } from '../coordinator/test-run.ts';
import { assess } from '../report/assessment.ts';
import { worstOf } from './lie.ts';
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

  for (const { lie, box, verdict, says } of BOX_PROCESS_LIES) {
    test(`${lie}: ${verdict}`, () => {
      const { verdicts } = assess(records.get(box)!);
      expect(verdicts.map((one) => one.verdict)).not.toContain('proved');
      const worst = worstOf(verdicts);
      // Where others fill the machine, only what is lost or doubled is still the box's own.
      expect([verdict, 'inconclusive']).toContain(worst.verdict);
      expect(worst.reasons).toContain(says);
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
    expect(doubtsOf(record).some(({ text }) => text.includes(NEIGHBOUR_LIE.says))).toBe(true);
    expect<string>(worstOf(assess(record).verdicts).verdict).toBe(NEIGHBOUR_LIE.verdict);
  }, 60_000);
});
