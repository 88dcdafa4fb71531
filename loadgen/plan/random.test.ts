import { describe, expect, test } from 'bun:test';
import { Random } from './random.ts';

describe('seeded random numbers', () => {
  test('the same seed and streams give the same numbers', () => {
    const one = new Random(7, 1, 2);
    const two = new Random(7, 1, 2);
    for (let step = 0; step < 100; step++) expect(one.word()).toBe(two.word());
  });

  test('another seed or another stream gives other numbers', () => {
    const first = (random: Random) => [random.word(), random.word(), random.word()].join();
    const seen = new Set([
      first(new Random(7)),
      first(new Random(8)),
      first(new Random(7, 0)),
      first(new Random(7, 1)),
      first(new Random(7, 1, 0)),
    ]);
    expect(seen.size).toBe(5);
  });

  test('neighbouring streams are not alike: their first numbers spread evenly', () => {
    const counts = new Array(10).fill(0);
    for (let stream = 0; stream < 10_000; stream++) counts[new Random(1, stream).below(10)]++;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test('below stays below and reaches both ends', () => {
    const random = new Random(3);
    const seen = new Set<number>();
    for (let step = 0; step < 1_000; step++) seen.add(random.below(5));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('exponential numbers have mean 1, normal ones mean 0 and variance 1', () => {
    const random = new Random(11);
    let exponential = 0;
    let normal = 0;
    let squares = 0;
    const draws = 100_000;
    for (let draw = 0; draw < draws; draw++) {
      exponential += random.exponential();
      const value = random.normal();
      normal += value;
      squares += value * value;
    }
    expect(Math.abs(exponential / draws - 1)).toBeLessThan(0.02);
    expect(Math.abs(normal / draws)).toBeLessThan(0.02);
    expect(Math.abs(squares / draws - 1)).toBeLessThan(0.03);
  });
});
