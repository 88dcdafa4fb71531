/** L1 and L2 on real processes: the target stands still; a worker stands still; workers are killed and stopped. */
import { expect, test } from 'bun:test';
import { percentileUs } from '../../capacity/histogram.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { expectTold } from '../lies/expect-told.harness.ts';
import { STOPPED_LIES } from '../lies/process-lies.harness.ts';
import { assess } from '../report/assessment.ts';
import { testRun } from './test-run.ts';

const latencyMs = (record: RunRecord, name: string, share: number) =>
  percentileUs(record.latencies.find((latency) => latency.name === name)!, share)! / 1_000;

function expectClosed({ ledger, connections, heartbeats }: RunRecord): void {
  expect(ledger.accepted + ledger.refused + ledger.unknown + ledger.unsent).toBe(ledger.due);
  expect(ledger.delivered + ledger.waiting + ledger.rejected + ledger.lost).toBe(ledger.recipientsExpected);
  expect(connections.opened + connections.refused + connections.failed + connections.unopened).toBe(connections.attempted);
  expect(heartbeats.sent + heartbeats.unsent).toBe(heartbeats.due);
}

test('L1: a target that stands still for 5 of 20 s at 1,000 sends/s gives p50 of a few ms, p90 3 s, p99 4.8 s', async () => {
  const { record } = await testRun(
    { sendsPerSecond: 1_000, chatSeconds: 20, heartbeatSeconds: 30, groupShare: 0, quietSeconds: 20 },
    1,
    async (box, _pids, _interrupt, chatting) => {
      await chatting();
      await Bun.sleep(4_000);
      const pid = box.info.pids.supervisor!;
      process.kill(pid, 'SIGSTOP');
      await Bun.sleep(5_000);
      process.kill(pid, 'SIGCONT');
    },
  );
  expectClosed(record);
  expect(record.ledger).toMatchObject({ due: 20_000, accepted: 20_000, lost: 0, duplicated: 0 });
  expect(latencyMs(record, 'accepted', 0.5)).toBeLessThan(50);
  // 5 % of arithmetic, and as much again for a machine that does other things as well.
  expect(Math.abs(latencyMs(record, 'accepted', 0.9) - 3_000)).toBeLessThan(300);
  expect(Math.abs(latencyMs(record, 'accepted', 0.99) - 4_800)).toBeLessThan(480);
  expect(latencyMs(record, 'accepted', 1)).toBeLessThan(6_000);
  expectTold(record, STOPPED_LIES.box);
}, 90_000);

test('L1: a worker that stands still for 5 s shows as lateness, and nothing is proved', async () => {
  const { record } = await testRun({ sendsPerSecond: 500, chatSeconds: 15, groupShare: 0 }, 1, async (_box, pids, _interrupt, chatting) => {
    const [pid] = await pids();
    await chatting();
    await Bun.sleep(4_000);
    process.kill(pid!, 'SIGSTOP');
    await Bun.sleep(5_000);
    process.kill(pid!, 'SIGCONT');
  });
  expectClosed(record);
  expect(record.ledger).toMatchObject({ due: 7_500, unsent: 0, lost: 0 });
  expect(record.generator.latenessP99Us).toBeGreaterThan(3_500_000);
  const { verdicts, exitCode } = assess(record);
  expect(verdicts.map((one) => one.verdict)).toEqual(['inconclusive', 'inconclusive']);
  expect(exitCode).toBe(2);
  expectTold(record, STOPPED_LIES.worker);
}, 90_000);

test('L2: one of 4 workers is killed and another stopped to the end: 2 of 4 report, sums close, nothing is proved', async () => {
  const { record } = await testRun(
    { connections: 400, sendsPerSecond: 400, chatSeconds: 10 },
    4,
    async (_box, pids, _interrupt, chatting) => {
      const [, second, third] = await pids();
      await chatting();
      await Bun.sleep(5_000);
      process.kill(second!, 'SIGKILL');
      process.kill(third!, 'SIGSTOP');
    },
  );
  expect(record.generator).toMatchObject({ workersExpected: 4, workersReported: 2 });
  expect(record.complete).toBe(false);
  expectClosed(record);
  // Their share is offer that was lost; what they were to get waits; neither is the box's fault.
  expect(record.ledger.unsent).toBeGreaterThan(100);
  expect(record.ledger.lost).toBe(0);
  expect(record.connections.dropped).toBe(0);
  expect(record.connections.droppedByGenerator).toBe(100);
  expect(record.problems.some((problem) => problem.whose === 'generator' && /worker 1 was lost/.test(problem.text))).toBe(true);
  const { verdicts, exitCode } = assess(record);
  expect(verdicts.every((one) => one.verdict === 'inconclusive')).toBe(true);
  expect(exitCode).toBe(2);
  expectTold(record, STOPPED_LIES.lostWorkers);
}, 90_000);
