/** Turns of calm and disturbance, and a schedule with a hot conversation in them. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { disturbedSecondsBefore, isDisturbed, type PhasePlan, phaseAt, phasesSeconds } from './phases.ts';
import { Population } from './population.ts';
import { type Arrival, forEachArrival, messagesDue, type SchedulePlan } from './schedule.ts';

const PHASES: PhasePlan = { warmSeconds: 2, calmSeconds: 3, disturbedSeconds: 4, guardSeconds: 1, turns: 2 };
const POPULATION = new Population({
  seed: 1,
  connections: 120,
  devicesPerUser: 1,
  workers: 3,
  conversations: 11,
  groupShare: 0.2,
  groupMembersMin: 3,
  groupMembersMax: 16,
  userBlock: 1,
  apart: 40,
  hot: 40,
});
const SCHEDULE: SchedulePlan = {
  seed: 1,
  sendsPerSecond: 7.5,
  seconds: 16,
  bodyMedianBytes: 80,
  bodyP99Bytes: 1_000,
  bodyMaxBytes: 8_192,
  hot: { sendsPerSecond: 5, phases: PHASES },
};

const plans = fc.record({
  warmSeconds: fc.integer({ min: 0, max: 9 }),
  calmSeconds: fc.integer({ min: 1, max: 9 }),
  disturbedSeconds: fc.integer({ min: 1, max: 9 }),
  guardSeconds: fc.integer({ min: 0, max: 3 }),
  turns: fc.integer({ min: 1, max: 4 }),
});

describe('a chat in turns', () => {
  test('the disturbed seconds before a time are the length of the times before it that are disturbed', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 0, max: 100 }), (plan, seconds) => {
        let counted = 0;
        for (let tenth = 0; tenth < seconds * 10; tenth++) if (isDisturbed(plan, tenth * 100 + 50)) counted++;
        expect(disturbedSecondsBefore(plan, seconds)).toBeCloseTo(counted / 10);
      }),
    );
  });

  test('a time counts as calm or disturbed, and in neither before the warm-up, after the end, and in the guard of a part', () => {
    const names: string[] = Array.from({ length: 18 }, (_, second) => phaseAt(PHASES, second * 1_000 + 500) ?? '-');
    const calm = ['-', 'calm', 'calm'];
    const disturbed = ['-', 'disturbed', 'disturbed', 'disturbed'];
    expect(names).toEqual(['-', '-', ...calm, ...disturbed, ...calm, ...disturbed, '-', '-']);
    expect(phasesSeconds(PHASES)).toBe(16);
  });
});

describe('a schedule with a hot conversation', () => {
  const arrivals: Arrival[] = [];
  for (let second = 0; second < SCHEDULE.seconds; second++)
    forEachArrival(SCHEDULE, POPULATION, second, (arrival) => arrivals.push({ ...arrival }));
  const hot = arrivals.filter(({ conversation }) => POPULATION.isHot(conversation));

  test('is numbered without gaps in order of time, as many as are due', () => {
    expect(arrivals.map(({ number }) => number)).toEqual(arrivals.map((_, index) => index));
    expect(arrivals.length).toBe(messagesDue(SCHEDULE));
    for (const [index, { dueMs }] of arrivals.entries()) expect(dueMs).toBeGreaterThanOrEqual(arrivals[index - 1]?.dueMs ?? 0);
  });

  test('has its answers in the disturbed parts only, at their rate, and every member answers in turn', () => {
    expect(hot.length).toBe(5 * 8);
    for (const { dueMs } of hot) expect(isDisturbed(PHASES, dueMs)).toBe(true);
    expect(hot.map(({ connection }) => connection)).toEqual(Array.from({ length: 40 }, (_, member) => member));
  });

  test('leaves the other arrivals as they would be without it', () => {
    const { hot: _, ...plain } = SCHEDULE;
    const without: Arrival[] = [];
    for (let second = 0; second < plain.seconds; second++)
      forEachArrival(plain, POPULATION, second, (arrival) => without.push({ ...arrival, number: 0 }));
    expect(arrivals.filter(({ conversation }) => !POPULATION.isHot(conversation)).map((arrival) => ({ ...arrival, number: 0 }))).toEqual(
      without,
    );
  });

  test('members of the hot conversation, users apart and neighbours share no conversation', () => {
    for (let conversation = 0; conversation < 11; conversation++) {
      const groups = new Set(
        [...POPULATION.membersOf(conversation)].map((user) => (user < 40 ? 'hot' : user >= 80 ? 'apart' : 'neighbour')),
      );
      expect(groups.size).toBe(1);
      expect(groups.has('neighbour')).toBe(POPULATION.isNeighbour(conversation));
      expect(groups.has('hot')).toBe(POPULATION.isHot(conversation));
    }
  });
});
