/** What a slope with its interval says: planted leaks are found, what only looks like one is not, and how often it errs. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { leakOf, type Series, TOLERANCES } from './leak.ts';
import { type TrendPoint, trendOf } from './trend.ts';

const MIB = 2 ** 20;
const EVERY_SECONDS = 6;
const SECONDS = 5_400;

/** Splitmix32 with Box and Muller: the load engine's numbers are not of this area. */
function numbers(seed: number) {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  return { unit, normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()) };
}

function points(value: (t: number) => number, stored?: (t: number) => number): TrendPoint[] {
  return Array.from({ length: SECONDS / EVERY_SECONDS }, (_, at) => {
    const tSeconds = at * EVERY_SECONDS;
    return { tSeconds, value: value(tSeconds), ...(stored === undefined ? {} : { stored: stored(tSeconds) }) };
  });
}

/** Noise whose neighbours are alike: correlated over about `overSeconds`. */
function noise(seed: number, deviation: number, overSeconds: number): () => number {
  const { normal } = numbers(seed);
  const keep = overSeconds === 0 ? 0 : Math.exp(-EVERY_SECONDS / overSeconds);
  let state = normal();
  return () => {
    const now = state * deviation;
    state = keep * state + Math.sqrt(1 - keep * keep) * normal();
    return now;
  };
}

const memory = (of: readonly TrendPoint[], more: Partial<Series> = {}): Series => ({
  component: 'edge 0',
  figure: 'memory',
  unit: 'bytes',
  points: of,
  ...more,
});

test('a planted leak of any slope above three tolerances is found, and its slope lies in the interval', () => {
  fc.assert(
    fc.property(fc.integer({ min: 15, max: 400 }), fc.integer({ min: 1, max: 1e6 }), (mibPerHour, seed) => {
      const random = noise(seed, 0.5 * MIB, 30);
      const found = leakOf(memory(points((t) => 60 * MIB + (mibPerHour * MIB * t) / 3_600 + random())));
      expect(found.verdict).toBe('leak');
      expect(Math.abs(found.trend!.perHour - mibPerHour * MIB)).toBeLessThan(2 * MIB);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('the interval holds the planted slope at least nine times in ten, correlated noise or not', () => {
  for (const overSeconds of [0, 60, 300]) {
    let held = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = noise(seed, 3 * MIB, overSeconds);
      const trend = trendOf(points((t) => (20 * MIB * t) / 3_600 + random()))!;
      if (trend.lowPerHour <= 20 * MIB && trend.highPerHour >= 20 * MIB) held++;
    }
    expect(held).toBeGreaterThanOrEqual(360);
  }
});

test('flat noise is called a leak in at most one soak of forty, correlated or not, though it is larger than the tolerance', () => {
  for (const overSeconds of [0, 60, 300, 900]) {
    let alarms = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const random = noise(seed * 7, 10 * MIB, overSeconds);
      if (leakOf(memory(points(() => 60 * MIB + random()))).verdict === 'leak') alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(500 / 40);
  }
});

test('a sawtooth, as a collector makes it, is no leak at any period up to a block, whatever its height', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 1, max: 80 }), (periodSeconds, heightMib) => {
      const found = leakOf(memory(points((t) => 60 * MIB + ((t % periodSeconds) / periodSeconds) * heightMib * MIB)));
      expect(found.verdict).not.toBe('leak');
    }),
    { numRuns: 100, seed: 1 },
  );
});

describe('what is stored', () => {
  const DAY_SECONDS = SECONDS;
  const records = (t: number) => 50 * (t - ((0.8 * DAY_SECONDS) / (2 * Math.PI)) * Math.sin((2 * Math.PI * t) / DAY_SECONDS));

  test('explains growth that goes with it, and its bytes are told', () => {
    const random = noise(3, 0.2 * MIB, 30);
    const found = leakOf(memory(points((t) => 60 * MIB + 400 * records(t) + random(), records)));
    expect(found.verdict).toBe('no leak');
    expect(found.trend!.perStored).toBeCloseTo(400, -1.5);
  });

  test('does not hide a leak by time beside it', () => {
    const random = noise(4, 0.2 * MIB, 30);
    const found = leakOf(memory(points((t) => 60 * MIB + 400 * records(t) + (40 * MIB * t) / 3_600 + random(), records)));
    expect(found.verdict).toBe('leak');
    expect(found.trend!.perHour / MIB).toBeCloseTo(40, -1);
  });

  test("can't be told from time where the rate never changes", () => {
    const found = leakOf(
      memory(
        points(
          (t) => 60 * MIB + 400 * 50 * t,
          (t) => 50 * t,
        ),
      ),
    );
    expect(found.verdict).toBe("can't tell");
  });
});

test('growth that comes to its end is no proved leak: a cache that fills, a heap that is touched bit by bit', () => {
  expect(leakOf(memory(points((t) => 60 * MIB + 80 * MIB * (1 - Math.exp(-t / 900))))).verdict).not.toBe('leak');
  const heap = memory(
    points((t) => 60 * MIB + (40 * MIB * t) / 3_600),
    { heapBytes: 512 * MIB },
  );
  expect(leakOf(heap).verdict).toBe("can't tell");
  expect(leakOf({ ...heap, heapBytes: 32 * MIB }).verdict).toBe('leak');
});

test('nothing is said of a process that was seen for too short a time, or with too few samples', () => {
  const leaking = points((t) => 60 * MIB + 1_000 * MIB * t);
  expect(leakOf(memory(leaking.slice(0, 60))).verdict).toBe("can't tell");
  expect(leakOf(memory(leaking.slice(0, 60)), 60).verdict).toBe('leak');
  expect(leakOf(memory(leaking.slice(0, 10)), 1).verdict).toBe("can't tell");
});

test('growth below the tolerance is no leak, though it is proved', () => {
  const found = leakOf(memory(points((t) => 60 * MIB + (TOLERANCES.leastBytes / 4 / 3_600) * t)));
  expect(found.trend!.lowPerHour).toBeGreaterThan(0);
  expect(found.verdict).toBe('no leak');
});
