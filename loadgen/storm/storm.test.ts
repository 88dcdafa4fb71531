/** What is made of the workers' sightings of a storm, and what a storm's grade may not hide. */
import { describe, expect, test } from 'bun:test';
import { gradeCode } from '../frame/grade.ts';
import { askedBetween, askedIn } from './box-asked.ts';
import { gradeStorm } from './grade.ts';
import { addSightings, peakPerSecond, secondsUntilShares } from './sightings.ts';
import { backoffOf, type StormOptions } from './storm-options.ts';
import type { StormPrediction, StormRecord } from './storm-record.ts';

const OPTIONS: StormOptions = {
  connections: 2_000,
  share: 0.5,
  drop: 'clients',
  policy: 'hint+fullJitter',
  baseMs: 500,
  tls: true,
  admissionsPerSecond: 100,
  admissionBurst: 25,
  sendsPerSecond: 100,
  calmSeconds: 10,
  limitSeconds: 300,
  heartbeatSeconds: 30,
  attemptSeconds: 30,
  seed: 1,
};
const DROPS = { byDrops: [0, 1], mostInStep: 1, awayBins: [] };
const SEEN = { dropped: 1_000, back: 1_000, caughtUp: 1_000, toldToWait: 0, failures: 0, refusals: {}, ...DROPS, bins: bins([]) };
const LATENCY = (p99Us: number) => ({ samples: 5_000, p50Us: 1_000, p99Us });
const RECORD = {
  schema: 1,
  id: 'test',
  command: ['storm'],
  startedAt: '2026-01-01T00:00:00Z',
  options: OPTIONS,
  edges: 2,
  workers: 4,
  seen: SEEN,
  backSeconds: [5, 9.5, 9.9, 10],
  caughtUpSeconds: [5, 9.5, 9.9, 10],
  peakBackPerSecond: 110,
  peakAttemptsPerSecond: 900,
  undisturbed: {
    connections: 500,
    acceptedBefore: LATENCY(20_000),
    acceptedDuring: LATENCY(35_000),
    deliveredBefore: LATENCY(25_000),
    deliveredDuring: LATENCY(45_000),
  },
  ledger: { lost: 0, duplicated: 0, recipientsExpected: 4_000 },
  latenessP99Us: 2_000,
  complete: true,
  problems: [],
} as unknown as StormRecord;
const PREDICTION = { recovery: { caughtUpSeconds: [5.2, 9.4, 10, 11] } } as unknown as StormPrediction;

function bins(back: readonly number[]) {
  return { dropped: [], closed: [], attempts: [], refused: [], back, caughtUp: [] };
}

describe('the sightings of several workers', () => {
  test('are added tenth by tenth, those of one that saw less as nothing', () => {
    const one = {
      dropped: 2,
      back: 1,
      caughtUp: 0,
      undisturbed: 1,
      toldToWait: 1,
      failures: 0,
      refusals: { admission: 1 },
      ...DROPS,
      bins: bins([0, 1]),
    };
    const other = { ...one, refusals: { admission: 2, boxFull: 1 }, bins: bins([1, 0, 4]) };
    const sum = addSightings([one, other]);
    expect(sum.bins.back).toEqual([1, 1, 4]);
    expect(sum.refusals).toEqual({ admission: 3, boxFull: 1 });
    expect(sum.dropped).toBe(4);
  });

  test('give the end of the tenth in which a share was back, and never for one that was not', () => {
    expect(secondsUntilShares([5, 4, 0, 0, 0.5], 10)).toEqual([0.1, 0.5, null, null]);
    expect(secondsUntilShares([5, 5], 10)).toEqual([0.1, 0.2, 0.2, 0.2]);
  });

  test('peak in the second that has the most, wherever it begins', () => {
    expect(peakPerSecond([...new Array(8).fill(0), 3, 4, 5, ...new Array(20).fill(1)])).toBe(19);
  });
});

describe('the grade of a storm', () => {
  test('is proved where all are back in the predicted time and nobody else noticed', () => {
    const rows = gradeStorm(RECORD, PREDICTION);
    expect(rows.map(({ grade }) => grade)).toEqual(new Array(8).fill('proved'));
    expect(gradeCode(rows)).toBe(0);
  });

  test('is refuted by a time that is over a fifth off, by one lost message, by a client that stayed away, by slow others', () => {
    expect(gradeCode(gradeStorm(RECORD, { recovery: { caughtUpSeconds: [5, 9.5, 9.9, 12.1] } } as unknown as StormPrediction))).toBe(1);
    expect(gradeCode(gradeStorm({ ...RECORD, ledger: { ...RECORD.ledger, lost: 1 } }, PREDICTION))).toBe(1);
    expect(gradeCode(gradeStorm({ ...RECORD, seen: { ...SEEN, caughtUp: 999 } }, PREDICTION))).toBe(1);
    const slow = { ...RECORD.undisturbed!, acceptedDuring: LATENCY(41_000) };
    expect(gradeCode(gradeStorm({ ...RECORD, undisturbed: slow }, PREDICTION))).toBe(1);
  });

  test.each([
    ['others held the processors', { noise: 'others used 30 % of the processors' }],
    ['the load engine was late', { latenessP99Us: 900_000 }],
    ['a worker was lost', { problems: [{ tMs: 1, whose: 'generator' as const, text: 'worker 1 was lost' }] }],
    ['the run was cut short', { complete: false }],
  ])('proves no time and no latency where %s', (_, doubt) => {
    const rows = gradeStorm({ ...RECORD, ...doubt }, PREDICTION);
    expect(rows.slice(2).map(({ grade }) => grade)).toEqual(new Array(6).fill('inconclusive'));
    expect(gradeCode(rows)).toBe(2);
  });

  test('without a prediction is inconclusive, however good the times are', () => {
    expect(gradeCode(gradeStorm(RECORD, undefined))).toBe(2);
  });

  test('hides a lost message behind no doubt', () => {
    expect(gradeCode(gradeStorm({ ...RECORD, noise: 'others', ledger: { ...RECORD.ledger, lost: 1 } }, PREDICTION))).toBe(1);
  });
});

test('what the box was asked is read from its counters: a refusal at the door asks for no authentication', () => {
  const text = [
    'parley_edge_upgrades_total 10',
    'parley_edge_refused_total{reason="admission"} 4',
    'parley_edge_refused_total{reason="unauthorized"} 1',
    'parley_relay_reads_total{kind="hello"} 10',
    'parley_relay_reads_total{kind="pull"} 3',
  ].join('\n');
  const asked = askedIn(text);
  expect(asked).toMatchObject({ attempts: 15, authentications: 11, resumeReads: 10, pulls: 3 });
  expect(askedBetween(asked, asked).attempts).toBe(0);
});

test('the server’s own hint is a policy of its own, and the client’s default is jitter on top of it', () => {
  expect(backoffOf({ policy: 'hint', baseMs: 500 })).toMatchObject({ kind: 'hint', honoursHint: true });
  expect(backoffOf({ policy: 'hint+fullJitter', baseMs: 500 })).toMatchObject({ kind: 'fullJitter', honoursHint: true });
  expect(backoffOf({ policy: 'none', baseMs: 500 })).toMatchObject({ kind: 'none', honoursHint: false });
});
