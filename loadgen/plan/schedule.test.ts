import { describe, expect, test } from 'bun:test';
import { connectionsOfWorker, Population } from './population.ts';
import { type Arrival, forEachArrival, meanBodyBytes, messagesDue, OwnArrivals, type SchedulePlan } from './schedule.ts';

const population = new Population({
  seed: 7,
  connections: 1_000,
  devicesPerUser: 1,
  workers: 4,
  conversations: 200,
  groupShare: 0.2,
  groupMembersMin: 3,
  groupMembersMax: 16,
  userBlock: 0,
});
const PLAN: SchedulePlan = { seed: 7, sendsPerSecond: 500, seconds: 10.5, bodyMedianBytes: 80, bodyP99Bytes: 1_000, bodyMaxBytes: 4_096 };

function wholeSchedule(plan: SchedulePlan): Arrival[] {
  const arrivals: Arrival[] = [];
  for (let second = 0; second < plan.seconds; second++)
    forEachArrival(plan, population, second, (arrival) => arrivals.push({ ...arrival }));
  return arrivals;
}

describe('the schedule of sends', () => {
  test('offers exactly the stated rate, numbered in order of time', () => {
    const arrivals = wholeSchedule(PLAN);
    expect(arrivals.length).toBe(messagesDue(PLAN));
    arrivals.forEach((arrival, index) => {
      expect(arrival.number).toBe(index);
      if (index > 0) expect(arrival.dueMs).toBeGreaterThanOrEqual(arrivals[index - 1]!.dueMs);
    });
    expect(arrivals.at(-1)!.dueMs).toBeLessThan(10_500);
  });

  test('follows a daily curve: as many in a whole day as without it, fewest at its beginning, most in its middle', () => {
    const arrivals = wholeSchedule({ ...PLAN, seconds: 40, curve: { daySeconds: 20, swing: 0.8 } });
    expect(arrivals.length).toBe(500 * 40);
    arrivals.forEach((arrival, index) => {
      expect(arrival.number).toBe(index);
    });
    const inSecond = (second: number) => arrivals.filter(({ dueMs }) => Math.floor(dueMs / 1_000) === second).length;
    expect(inSecond(0)).toBeLessThan(120);
    expect(inSecond(10)).toBeGreaterThan(880);
    expect(inSecond(20)).toBe(inSecond(0));
  });

  test('is split over workers with nothing lost and nothing sent twice', () => {
    const parts = [0, 1, 2, 3].flatMap((worker) => {
      const own = new OwnArrivals(PLAN, population, connectionsOfWorker(population.plan, worker));
      const part: Arrival[] = [];
      for (let next = own.peek(); next !== undefined; next = own.peek()) {
        part.push(next);
        own.take();
      }
      return part;
    });
    expect(parts.sort((a, b) => a.number - b.number)).toEqual(wholeSchedule(PLAN));
  });

  test('gaps between arrivals are those of a Poisson process: their mean and deviation are alike', () => {
    const arrivals = wholeSchedule({ ...PLAN, seconds: 40 });
    const gaps = arrivals.slice(1).map((arrival, index) => arrival.dueMs - arrivals[index]!.dueMs);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeCloseTo(2, 1);
    expect(Math.abs(deviation / mean - 1)).toBeLessThan(0.05);
  });

  test('every sender is a member, and all places of a conversation send', () => {
    const places = new Set<number>();
    for (const arrival of wholeSchedule({ ...PLAN, seconds: 60 })) {
      const place = population.placeOf(arrival.conversation, arrival.connection);
      expect(place).toBeGreaterThanOrEqual(0);
      if (arrival.conversation === 3) places.add(place);
    }
    expect(places.size).toBe(population.sizeOf(3));
  });

  test('bodies have the stated median and 99th percentile and stay within the limits', () => {
    const sizes = wholeSchedule({ ...PLAN, seconds: 60 })
      .map((arrival) => arrival.bodyBytes)
      .sort((a, b) => a - b);
    expect(Math.abs(sizes[sizes.length / 2]! - 80)).toBeLessThan(5);
    expect(Math.abs(sizes[Math.floor(sizes.length * 0.99)]! - 1_000)).toBeLessThan(150);
    expect(sizes[0]).toBeGreaterThanOrEqual(16);
    expect(sizes.at(-1)).toBeLessThanOrEqual(4_096);
    expect(meanBodyBytes(PLAN)).toBeGreaterThan(80);
  });

  test('no conversation means nothing is due', () => {
    const empty = new Population({ ...population.plan, conversations: 0 });
    expect(new OwnArrivals(PLAN, empty, { first: 0, count: 1_000 }).peek()).toBeUndefined();
  });
});
