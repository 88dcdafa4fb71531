import { describe, expect, test } from 'bun:test';
import { Random } from '../plan/random.ts';
import recorded from './recorded-stretches.json';
import { differences, LEVEL, leastP, type Sides } from './significance.ts';

const FIGURES = 12;
const TABLES = 400;

/** Sum of twelve uniform numbers: near enough to a normal one. */
function normal(random: Random): number {
  let sum = -6;
  for (let at = 0; at < 12; at++) sum += random.unit();
  return sum;
}

/** A table of figures that move together by half, as those of one run do; `planted`: factor of the first one's after. */
function drawn(random: Random, units: number, noise: number, planted = 1): Sides[] {
  const sides = (): number[][] => {
    const values = Array.from({ length: FIGURES }, () => [] as number[]);
    for (let unit = 0; unit < units; unit++) {
      const common = normal(random);
      for (const figure of values) figure.push(100 * Math.exp(noise * (0.5 * common + 0.87 * normal(random))));
    }
    return values;
  };
  const [before, after] = [sides(), sides()];
  return before.map((values, at) => ({ before: values, after: at === 0 ? after[at]!.map((value) => value * planted) : after[at]! }));
}

/** Share of tables in which some figure differs. */
function alarms(make: (random: Random) => Sides[]): number {
  let count = 0;
  for (let table = 1; table <= TABLES; table++) {
    const found = differences(make(new Random(table, 3)), table);
    if (found.some(({ p }) => p <= LEVEL)) count++;
  }
  return count / TABLES;
}

describe('two sides of the same thing', () => {
  // 5 %, and three standard errors of so many tables.
  const most = LEVEL + 3 * Math.sqrt((LEVEL * (1 - LEVEL)) / TABLES);

  test('differ in any of twelve figures in about one table of twenty, not in half of them', () => {
    expect(alarms((random) => drawn(random, 5, 0.05))).toBeLessThan(most);
  });

  test('differ as rarely when a run now and then is far off', () => {
    const spiky = (random: Random) =>
      drawn(random, 5, 0.03).map(({ before, after }) => ({
        before,
        after: after.map((value) => (random.unit() < 0.1 ? value * 1.8 : value)),
      }));
    const both = (random: Random) =>
      spiky(random).map(({ before, after }) => ({ before: before.map((value) => (random.unit() < 0.1 ? value * 1.8 : value)), after }));
    expect(alarms(both)).toBeLessThan(most);
  });

  test('differ as rarely when each unit is ten seconds of a figure that drifts', () => {
    const stretches = (random: Random, seconds: number) => {
      let state = normal(random);
      const values: number[] = [];
      for (let at = 0; at < seconds; at++) {
        state = 0.5 * state + Math.sqrt(0.75) * normal(random);
        values.push(100 * Math.exp(0.1 * state));
      }
      return Array.from(
        { length: seconds / 10 },
        (_, block) => values.slice(block * 10, block * 10 + 10).reduce((sum, value) => sum + value, 0) / 10,
      );
    };
    const table = (random: Random) =>
      Array.from({ length: FIGURES }, () => ({ before: stretches(random, 50), after: stretches(random, 50) }));
    expect(alarms(table)).toBeLessThan(most + 0.02);
  });

  test('differ as rarely when both are drawn from the recorded stretches of two real runs', () => {
    const pick = (random: Random) => Array.from({ length: 5 }, () => recorded.stretches[random.below(recorded.stretches.length)]!);
    const table = (random: Random): Sides[] => {
      const [before, after] = [pick(random), pick(random)];
      return recorded.figures.map((_, figure) => ({
        before: before.map((unit) => unit[figure]!),
        after: after.map((unit) => unit[figure]!),
      }));
    };
    expect(alarms(table)).toBeLessThan(most);
  });
});

test('a planted change of 10 % is found among twelve figures in nine of ten tables, and in the figure that has it', () => {
  let found = 0;
  for (let table = 1; table <= 100; table++) {
    const told = differences(drawn(new Random(table, 4), 5, 0.025, 1.1), table);
    if (told[0]!.p <= LEVEL) found++;
  }
  expect(found).toBeGreaterThanOrEqual(90);
});

test('a change is that of the geometric means, and the least one that would be seen is below one that was', () => {
  const [told] = differences([{ before: [100, 101, 99, 100, 102], after: [121, 119, 120, 118, 122] }]);
  expect(told!.changeShare).toBeCloseTo(0.2, 2);
  expect(told!.p).toBeCloseTo(2 / 252, 6);
  expect(told!.leastSeenShare).toBeLessThan(0.2);
});

test('units that are all alike, or all different, are no error', () => {
  expect(differences([{ before: [5, 5, 5, 5], after: [5, 5, 5, 5] }])[0]).toMatchObject({ changeShare: 0, p: 1 });
  expect(differences([])).toEqual([]);
  const many = {
    before: Array.from({ length: 30 }, (_, at) => 100 + (at % 7)),
    after: Array.from({ length: 30 }, (_, at) => 120 + (at % 7)),
  };
  expect(differences([many])[0]!.p).toBeLessThan(0.001);
});

test('three units a side can tell nothing at 5 %, four can', () => {
  expect(leastP(3, 3)).toBeCloseTo(0.1, 9);
  expect(leastP(4, 4)).toBeCloseTo(2 / 70, 9);
});
