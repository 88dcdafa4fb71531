/** Whole runs against the fake box. */
import { expect, test } from 'bun:test';
import { doubtsOf } from '../../capacity/doubts.ts';
import { isInvalid, readRunRecord } from '../../capacity/run-record-reader.ts';
import { testRun } from './test-run.ts';

test('a run holds, sends, and leaves a record that is valid, complete, and whose sums close', async () => {
  const { record, said } = await testRun({}, 2);
  expect(isInvalid(readRunRecord(JSON.parse(JSON.stringify(record))))).toBe(false);
  expect(record.problems).toEqual([]);
  expect(record.complete).toBe(true);
  expect(record.ledger).toMatchObject({
    due: 600,
    accepted: 600,
    refused: 0,
    unknown: 0,
    unsent: 0,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
  });
  expect(record.ledger.delivered).toBe(record.ledger.recipientsExpected);
  expect(record.connections).toMatchObject({ attempted: 200, opened: 200, unopened: 0, dropped: 0, maximumOpen: 200 });
  expect(record.heartbeats.received).toBe(record.heartbeats.sent);
  expect(record.heartbeats.sent).toBeGreaterThan(300);
  expect(record.generator).toMatchObject({ workersExpected: 2, workersReported: 2 });
  expect(record.checkpoints.map((checkpoint) => checkpoint.connections)).toEqual([0, 40, 80, 120, 160, 200]);
  expect(record.cpuWindows.map((window) => window.name)).toEqual([...new Array(5).fill('handshake'), 'heartbeat', 'chat']);
  expect(new Set(record.samples.map((sample) => sample.phase))).toContain('chat');
  expect(doubtsOf(record).filter((doubt) => doubt.firm)).toEqual([]);
  expect(said.some((line) => /chat {2}.*200 of 200 connections {2}sent 2\d\d\/s/.test(line))).toBe(true);
}, 40_000);

test('an interrupted run ends cleanly, counts only what had come due, and says so', async () => {
  const { record } = await testRun({ chatSeconds: 60 }, 1, async (_box, _pids, interrupt, chatting) => {
    await chatting();
    await Bun.sleep(1_500);
    interrupt();
  });
  expect(record.complete).toBe(false);
  expect(record.problems.map((problem) => problem.text)).toContain('interrupted');
  expect(record.ledger.due).toBeLessThan(5_000);
  expect(record.ledger.accepted + record.ledger.refused + record.ledger.unknown + record.ledger.unsent).toBe(record.ledger.due);
  expect(record.ledger.lost).toBe(0);
}, 40_000);

test('a box that ends is the box’s problem, and the run does not wait for it', async () => {
  const { record } = await testRun({ chatSeconds: 60 }, 1, async (box, pids) => {
    await pids();
    await Bun.sleep(2_500);
    process.kill(box.info.pids.supervisor!, 'SIGKILL');
  });
  expect(record.complete).toBe(false);
  expect(record.problems.some((problem) => problem.whose === 'box' && problem.text === 'the box ended')).toBe(true);
  expect(record.connections.dropped).toBeGreaterThan(0);
}, 40_000);
