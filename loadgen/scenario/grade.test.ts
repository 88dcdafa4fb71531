/** What a scenario's grade may not hide. */
import { describe, expect, test } from 'bun:test';
import { gradeCode } from '../frame/grade.ts';
import everything from '../scenarios/everything.ts';
import { gradeScenario } from './grade.ts';
import type { ScenarioRecord } from './scenario-record.ts';

const LATENCY = (p99Us: number, samples = 5_000) => ({ samples, p50Us: 1_000, p99Us });
const NAPS = { slept: 5, caughtUp: 5, noticedMs: [2_000], replaced: 4, backMs: [300] };
const RADIO = { deviceSeconds: 3_600, bytesOut: 1, bytesIn: 1, writes: 1, reads: 1, wakeUps: 1 };
const RECORD = {
  schema: 1,
  id: 'test',
  command: ['scenario', 'run', 'everything'],
  startedAt: '2026-01-01T00:00:00Z',
  scenario: everything,
  target: 'a box',
  edges: 1,
  workers: 3,
  accepted: LATENCY(20_000),
  delivered: LATENCY(30_000),
  neighbours: {
    acceptedCalm: LATENCY(10_000),
    acceptedDisturbed: LATENCY(14_000),
    deliveredCalm: LATENCY(20_000),
    deliveredDisturbed: LATENCY(28_000),
  },
  neighbourSends: { sequenced: 900, rejected: {} },
  hot: { due: 100, ends: { sequenced: 40, rejected: { conversationRate: 60 } } },
  attacks: [
    [
      { attack: 'deaf', clients: 3, ended: 3, longestSeconds: 1, counted: { slowReader: 3 } },
      { attack: 'trickle', clients: 3, ended: 3, longestSeconds: 12, counted: {} },
    ],
  ],
  mobile: [{ heartbeatSeconds: 1, devices: 100, naps: NAPS, radio: RADIO }],
  ledger: { lost: 0, duplicated: 0, outOfOrder: 0, recipientsExpected: 4_000, rejected: 60, waiting: 0 },
  disconnects: { vanished: 5 },
  latenessP99Us: 2_000,
  busyShare: 0.5,
  complete: true,
  problems: [],
} as unknown as ScenarioRecord;

const graded = (change: object) => gradeScenario({ ...RECORD, ...change } as ScenarioRecord);
const row = (change: object, name: string) => graded(change).find((one) => one.name.includes(name))?.grade;

describe('the grade of a scenario', () => {
  test('is proved where all held', () => {
    expect(graded({}).filter(({ grade }) => grade !== 'proved')).toEqual([]);
    expect(gradeCode(graded({}))).toBe(0);
  });

  test.each([
    ['a lost delivery', { ledger: { ...RECORD.ledger, lost: 1 } }, 'nothing lost'],
    ['one handed over twice', { ledger: { ...RECORD.ledger, duplicated: 1 } }, 'nothing lost'],
    ['a neighbour that was cut off', { disconnects: { vanished: 5, slowReader: 1 } }, 'nobody else'],
    ['a neighbour that was refused', { neighbourSends: { sequenced: 899, rejected: { conversationRate: 1 } } }, 'nobody else'],
    ['neighbours slower than allowed', { neighbours: { ...RECORD.neighbours, acceptedDisturbed: LATENCY(15_100) } }, 'accepted p99'],
    ['an answer without an end', { hot: { ...RECORD.hot, due: 101 } }, 'hot'],
    [
      'an answer refused for another reason',
      { hot: { due: 100, ends: { sequenced: 40, rejected: { conversationRate: 59, internal: 1 } } } },
      'hot',
    ],
    [
      'an attacker that was let be',
      { attacks: [[{ attack: 'mute', clients: 3, ended: 2, longestSeconds: 3, counted: { silent: 3 } }]] },
      'mute',
    ],
    [
      'one that was ended too late',
      { attacks: [[{ attack: 'mute', clients: 3, ended: 3, longestSeconds: 9, counted: { silent: 3 } }]] },
      'mute',
    ],
    [
      'one that ended without the limit having counted',
      { attacks: [[{ attack: 'deaf', clients: 3, ended: 3, longestSeconds: 1, counted: { slowReader: 2 } }]] },
      'deaf',
    ],
    ['a device that did not come back', { mobile: [{ ...RECORD.mobile![0], naps: { ...NAPS, caughtUp: 4 } }] }, 'back with'],
    ['one that was missed too late', { mobile: [{ ...RECORD.mobile![0], naps: { ...NAPS, noticedMs: [5_500] } }] }, 'noticed'],
    ['a target that was left alone', { aborted: 'too slow', complete: false }, 'the target'],
  ])('%s refutes it', (_, change, name) => {
    expect(row(change, name)).toBe('refuted');
    expect(gradeCode(graded(change))).toBe(1);
  });

  test.each([
    ['others used the machine', { noise: 'others used 40 % of the processors' }],
    ['the load engine was late', { latenessP99Us: 150_000 }],
    ['the load engine lost a worker', { problems: [{ tMs: 1, whose: 'generator', text: 'worker 1 was lost' }] }],
    ['it was cut short', { complete: false }],
    ['too few were seen', { neighbours: { ...RECORD.neighbours, acceptedCalm: LATENCY(10_000, 150) } }],
  ])('says nothing of the neighbours’ latency where %s', (_, change) => {
    expect(row(change, 'accepted p99')).toBe('inconclusive');
    expect(gradeCode(graded(change))).toBe(2);
  });

  test('a miss on a full machine is not the box’s alone, and a limit that held on a busy one held', () => {
    const slower = { neighbours: { ...RECORD.neighbours, deliveredDisturbed: LATENCY(90_000) } };
    expect(row({ ...slower, busyShare: 0.97 }, 'delivered p99')).toBe('inconclusive');
    expect(row({ ...slower, busyShare: 0.6 }, 'delivered p99')).toBe('refuted');
    expect(row({ noise: 'others used 40 % of the processors' }, 'deaf')).toBe('proved');
  });
});
