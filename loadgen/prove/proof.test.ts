import { describe, expect, test } from 'bun:test';
import type { LedgerSums } from '../../capacity/run-record.ts';
import type { Stretch } from '../ledger/in-time.ts';
import type { PeriodSums } from '../ledger/periods.ts';
import type { Convergence } from '../worker/convergence.ts';
import { type JudgeInput, judgeProof } from './proof.ts';
import { inTimeShare, recoveryMs } from './recovery.ts';
import type { Shot } from './shots.ts';

const GOOD: Stretch = { due: 100, accepted: 100, expected: 200, delivered: 199 };
const LATE: Stretch = { due: 100, accepted: 100, expected: 200, delivered: 150 };
const SLOW: Stretch = { due: 100, accepted: 90, expected: 200, delivered: 200 };

describe('the time to recover', () => {
  const stretches = [GOOD, GOOD, LATE, SLOW, GOOD, LATE, GOOD, GOOD];

  test('is from the fault to the end of the last stretch that was late, up to when the load went as before', () => {
    expect(recoveryMs(stretches, 250, 500, 1_250)).toBe(500);
    expect(recoveryMs(stretches, 250, 600, 2_000)).toBe(900);
  });

  test('is nothing when nobody felt it', () => {
    expect(recoveryMs(stretches, 250, 1_500, 2_000)).toBe(0);
    expect(recoveryMs([], 250, 0, 1_000)).toBe(0);
  });

  test('the share of stretches in time looks at whole ones only', () => {
    expect(inTimeShare(stretches, 250, 0, 1_000)).toBe(0.5);
    expect(inTimeShare(stretches, 250, 100, 200)).toBeUndefined();
  });
});

const CLEAN: PeriodSums = { due: 100, accepted: 100, refused: 0, unknown: 0, unsent: 0, lost: 0, waiting: 0, duplicated: 0, outOfOrder: 0 };
const SUMS = {
  ...CLEAN,
  recipientsExpected: 200,
  delivered: 200,
  rejected: 0,
  redelivered: 0,
  unexpected: 0,
  invalidLatency: 0,
} as LedgerSums;
const SPREAD: Convergence = { tails: 50, tailsBehind: 0, receipts: 20, receiptsBehind: 0 };
const SHOT: Shot = {
  fault: { name: 'kill-edge', does: 'kill -9 of an edge', inject: async () => '' },
  round: 1,
  on: 'edge 1',
  atMs: 500,
  overMs: 700,
  calmMs: 1_000,
  convergence: SPREAD,
};
const INPUT: JudgeInput = {
  shots: [SHOT],
  periods: [CLEAN, CLEAN],
  stretches: [GOOD, GOOD, LATE, GOOD, GOOD],
  stretchMs: 250,
  sums: SUMS,
  faults: [],
  problems: [],
  complete: true,
  planned: 1,
};

describe('a proof', () => {
  test('holds when nothing is lost, doubled, out of order or unanswered, and all of it spreads', () => {
    expect(judgeProof(INPUT)).toMatchObject({
      outcome: 'held',
      reasons: [],
      undisturbedShare: 1,
      shots: [{ outcome: 'held', recoveryMs: 250 }],
    });
  });

  test('names the fault after which a message was lost', () => {
    const judged = judgeProof({ ...INPUT, periods: [CLEAN, { ...CLEAN, lost: 2 }], sums: { ...SUMS, lost: 2 } });
    expect(judged.outcome).toBe('broken');
    expect(judged.reasons).toEqual(['2 lost', 'kill-edge: 2 lost']);
  });

  test.each([
    [{ convergence: { ...SPREAD, tailsBehind: 1 } }, '1 devices lack an entry and are not told'],
    [{ convergence: { ...SPREAD, receiptsBehind: 3 } }, '3 receipts do not converge'],
    [{ calmMs: undefined }, 'the load did not go on as before'],
  ] as const)('is broken by %j', (changed, reason) => {
    const { calmMs, ...shot } = { ...SHOT, ...changed };
    const judged = judgeProof({ ...INPUT, shots: [calmMs === undefined ? shot : { ...shot, calmMs }] });
    expect(judged).toMatchObject({ outcome: 'broken', shots: [{ outcome: 'broken', reasons: [reason] }] });
  });

  test('says nothing when faults are missing, messages never went out, or the machine is slow by itself', () => {
    expect(judgeProof({ ...INPUT, planned: 2 }).reasons).toEqual(['1 of 2 faults were shot']);
    expect(judgeProof({ ...INPUT, sums: { ...SUMS, unsent: 1 } }).outcome).toBe('inconclusive');
    expect(judgeProof({ ...INPUT, stretches: [LATE, GOOD, LATE, GOOD] })).toMatchObject({ outcome: 'inconclusive', undisturbedShare: 0.5 });
    expect(judgeProof({ ...INPUT, shots: [{ ...SHOT, problem: 'edge 1 does not come back' }] }).outcome).toBe('inconclusive');
  });

  test('a load that does not go on as before breaks nothing where the machine was too slow before', () => {
    const { calmMs: _, ...shot } = SHOT;
    const judged = judgeProof({ ...INPUT, shots: [shot], stretches: [LATE, LATE, LATE, GOOD] });
    expect(judged).toMatchObject({ outcome: 'inconclusive', shots: [{ outcome: 'inconclusive' }] });
  });

  test('what is broken counts before what is in doubt', () => {
    expect(judgeProof({ ...INPUT, planned: 2, faults: ['conversation 3 goes from 2 to 4'] }).outcome).toBe('broken');
  });
});
