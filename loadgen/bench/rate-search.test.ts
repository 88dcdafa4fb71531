import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { highestHeld, lowestBroke, nextRate, type Tried } from './rate-search.ts';

/** Tries until nothing is left to try. */
function searched(first: number, holds: (rate: number, tries: number) => boolean): Tried[] {
  const tried: Tried[] = [];
  for (let rate = nextRate(tried, first); rate !== undefined; rate = nextRate(tried, first)) {
    const tries = tried.filter((one) => one.rate === rate).length;
    tried.push({ rate, held: holds(rate, tries) });
    if (tried.length > 100) throw new Error('it never ends');
  }
  return tried;
}

test('the highest rate lies between one that held and one that broke twice, 8 % apart at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 100_000 }), fc.double({ min: 0.7, max: 8, noNaN: true }), (first, factor) => {
      const ceiling = first * factor;
      const tried = searched(first, (rate) => rate <= ceiling);
      const [held, broke] = [highestHeld(tried), lowestBroke(tried)!];
      expect(held).toBeLessThanOrEqual(ceiling);
      expect(broke).toBeGreaterThan(ceiling);
      expect(broke / held).toBeLessThanOrEqual(1.08 + 100 / held);
      expect(tried.filter(({ rate }) => rate === broke).length).toBe(2);
    }),
  );
});

test('a rate that breaks once and holds when it is tried again held', () => {
  const tried = searched(5_000, (rate, tries) => rate <= 9_000 && (rate !== 6_250 || tries > 0));
  expect(highestHeld(tried)).toBeGreaterThan(8_000);
});

test('a box that holds no rate near the first is given up', () => {
  const tried = searched(5_000, () => false);
  expect(highestHeld(tried)).toBe(0);
  expect(tried.length).toBeLessThan(10);
});
