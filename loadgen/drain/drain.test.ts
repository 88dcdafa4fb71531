/** What the grade of a drain says of records that are made up, and the lines that people read. */
import { describe, expect, test } from 'bun:test';
import { gradeCode } from '../frame/grade.ts';
import { addSightings } from '../storm/sightings.ts';
import { type DrainOptions, plannedDrain } from './drain-options.ts';
import type { DrainRecord } from './drain-record.ts';
import { lostTime } from './drain-text.ts';
import { closeRate, gradeDrain } from './grade.ts';

const OPTIONS: DrainOptions = {
  connections: 4_000,
  sendsPerSecond: 100,
  edges: 2,
  tls: false,
  admissionsPerSecond: 1_000,
  relayOnly: false,
  calmSeconds: 1,
  limitSeconds: 60,
  heartbeatSeconds: 30,
  seed: 1,
};
const PLANNED = plannedDrain(OPTIONS, '2026-01-01T00:00:00Z');

/** As planned, to the client: each step's closes in its own stretch. */
function asPlanned(): DrainRecord {
  const perTenth = PLANNED.closesPerSecond / 10;
  const closed: number[] = [];
  const attempts: number[] = [];
  const parts = [{ part: 'relay', fromMs: 0, replacedMs: 500, calmMs: 900, closed: 0, mostOfOne: 0 }];
  let fromMs = 2_000;
  for (const [edge, { connections, closeSeconds, seconds }] of PLANNED.rolling.steps.entries()) {
    const first = fromMs / 100;
    for (let tenth = 0; tenth < closeSeconds * 10; tenth++) closed[first + tenth] = perTenth;
    for (let tenth = 0; tenth < seconds * 10; tenth++) attempts[first + tenth] = perTenth / 2;
    parts.push({
      part: `edge ${edge}`,
      fromMs,
      replacedMs: fromMs + closeSeconds * 1_000,
      calmMs: fromMs + seconds * 1_000,
      closed: connections,
      mostOfOne: 1,
    });
    fromMs = Math.ceil((fromMs + seconds * 1_000 + 3_000) / 100) * 100;
  }
  const none = addSightings([]);
  const whole = (list: number[]) => Array.from(list, (count) => count ?? 0);
  return {
    options: OPTIONS,
    parts,
    seen: {
      ...none,
      byDrops: PLANNED.rolling.clientsByCloses,
      awayBins: [1, 2, 1],
      bins: { ...none.bins, closed: whole(closed), attempts: whole(attempts) },
    },
    ledger: { due: 10, accepted: 10, unsent: 0, unknown: 0, lost: 0, duplicated: 0, outOfOrder: 0, recipientsExpected: 20, delivered: 20 },
    latenessP99Us: 1_000,
    complete: true,
    problems: [],
  } as unknown as DrainRecord;
}

describe('the grade of a drain', () => {
  const code = (more: (record: DrainRecord) => Partial<DrainRecord>) => {
    const record = asPlanned();
    return gradeCode(gradeDrain({ ...record, ...more(record) }, PLANNED));
  };

  test('is proved where all went as planned', () => {
    expect(gradeDrain(asPlanned(), PLANNED).filter(({ grade }) => grade !== 'proved')).toEqual([]);
  });

  test('is refuted by a connection that the relay’s restart ended, one client closed twice in a step, one lost message', () => {
    const part = (at: number, more: object) => (record: DrainRecord) => ({
      parts: record.parts.map((one, index) => (index === at ? { ...one, ...more } : one)),
    });
    expect(code(part(0, { closed: 1 }))).toBe(1);
    expect(code(part(1, { mostOfOne: 2 }))).toBe(1);
    expect(code((record) => ({ ledger: { ...record.ledger, lost: 1 }, noise: 'others' }))).toBe(1);
  });

  test('is refuted by a herd: one tenth of a second with all the arrivals', () => {
    const herd = (record: DrainRecord) => {
      const attempts = record.seen.bins.attempts.map((count, at) => (at === 40 ? 2_000 : count));
      return { seen: { ...record.seen, bins: { ...record.seen.bins, attempts } } };
    };
    expect(code(herd)).toBe(1);
    expect(code((record) => ({ ...herd(record), noise: 'others used 30 % of the processors' }))).toBe(2);
  });

  test('proves no time where others held the processors or the run was cut, and none of edges that were not reached', () => {
    expect(code(() => ({ noise: 'others used 30 % of the processors' }))).toBe(2);
    expect(code(() => ({ complete: false }))).toBe(2);
    expect(code((record) => ({ parts: record.parts.slice(0, 2) }))).toBe(2);
  });
});

test('the plan closes half of what the others admit, and the rate that was kept is counted over the time in which it closed', () => {
  expect(PLANNED.closesPerSecond).toBe(250);
  expect(closeRate([0, 0, ...new Array(40).fill(25), 0])).toBe(250);
  expect(closeRate([])).toBe(0);
});

test('lost time is told to the end of the tenth in which each client was back', () => {
  expect(lostTime([0, 98, 0, 2])).toBe('p50 0.2 s, p95 0.2 s, p99 0.4 s, longest 0.4 s');
  expect(lostTime([])).toBe('none was closed');
});
