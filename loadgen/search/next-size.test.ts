import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../plan/random.ts';
import { type Found, foundBy, NEAR, nextTry, type Outcome, type SearchPlan, type Tried } from './next-size.ts';

const MOST = 400;

/** Tries until nothing is left to try. */
function searched(plan: SearchPlan, outcome: (size: number, tries: number) => Outcome): { found: Found; tried: Tried[] } {
  const tried: Tried[] = [];
  for (let next = nextTry(tried, plan); next !== undefined; next = nextTry(tried, plan)) {
    tried.push({ ...next, outcome: outcome(next.size, tried.length) });
    if (tried.length > MOST) throw new Error('it never ends');
  }
  return { found: foundBy(tried, plan), tried };
}

const PLAN = fc.record({
  first: fc.integer({ min: 20, max: 2_000 }).map((steps) => steps * 50),
  repeats: fc.integer({ min: 1, max: 5 }),
  grain: fc.constant(50),
});

describe('a search', () => {
  test('finds the ceiling of a system without chance, each repeat within 8 % and a grain', () => {
    fc.assert(
      fc.property(PLAN, fc.double({ min: 0.7, max: 8, noNaN: true }), (plan, factor) => {
        const ceiling = plan.first * factor;
        const { found, tried } = searched(plan, (size) => (size <= ceiling ? 'held' : 'broke'));
        expect(found.verdict).toBe('found');
        expect(found.held!.repeats).toBe(plan.repeats);
        expect(found.interval!.low).toBeLessThanOrEqual(ceiling);
        expect(found.interval!.high).toBeGreaterThan(ceiling);
        expect(found.interval!.high / found.interval!.low).toBeLessThanOrEqual(NEAR ** 2 + 240 / found.interval!.low);
        expect(tried.length).toBeLessThan(20 + plan.repeats * 8);
      }),
    );
  });

  test('finds a ceiling with noise within its interval, in at least 95 of 100 searches of five repeats', () => {
    const plan = { first: 4_000, repeats: 5, grain: 50 };
    const searches = 400;
    let within = 0;
    for (let seed = 1; seed <= searches; seed++) {
      const random = new Random(seed, 9, 0);
      const ceiling = 4_000 * (1 + 4 * random.unit());
      // Each run has a ceiling of its own, up to 5 % off.
      const { found } = searched(plan, (size) => (size <= ceiling * (1 + 0.1 * (random.unit() - 0.5)) ? 'held' : 'broke'));
      expect(found.verdict).toBe('found');
      expect(Math.abs(found.held!.median / ceiling - 1)).toBeLessThan(0.05 + NEAR - 1);
      if (found.interval!.low <= ceiling && found.interval!.high >= ceiling) within++;
    }
    expect(within / searches).toBeGreaterThanOrEqual(0.95);
  });

  test('of a system that its load engine can’t fill is inconclusive, and says how much was held', () => {
    fc.assert(
      fc.property(
        PLAN,
        fc.double({ min: 0.7, max: 5, noNaN: true }),
        fc.double({ min: 1.2, max: 3, noNaN: true }),
        (plan, factor, more) => {
          const generator = plan.first * factor;
          const { found } = searched(plan, (size) => (size <= generator ? 'held' : size <= generator * more ? 'generator' : 'broke'));
          expect(found.verdict).toBe('inconclusive');
          expect(found.why).toContain('the load engine');
        },
      ),
    );
  });

  test('takes a single failure for chance, whoever it was', () => {
    for (const slip of ['broke', 'generator', 'disturbed'] as const) {
      const { found } = searched({ first: 5_000, repeats: 1, grain: 50 }, (size, tries) =>
        tries === 2 ? slip : size <= 20_000 ? 'held' : 'broke',
      );
      expect(found.interval!.low).toBeLessThanOrEqual(20_000);
      expect(found.interval!.high).toBeGreaterThan(20_000);
    }
  });

  test('that others disturb all the time ends soon, and says so', () => {
    const { found, tried } = searched({ first: 5_000, repeats: 5, grain: 50 }, () => 'disturbed');
    expect(found).toMatchObject({ verdict: 'inconclusive', why: expect.stringContaining('others') });
    expect(tried.length).toBeLessThan(10);
  });

  test('of a system that holds nothing, or everything, ends and is inconclusive', () => {
    const nothing = searched({ first: 5_000, repeats: 5, grain: 50 }, () => 'broke');
    expect(nothing.found.why).toContain('nothing that was tried held');
    expect(nothing.tried.length).toBeLessThan(12);
    const all = searched({ first: 5_000, repeats: 5, grain: 50 }, () => 'held');
    expect(all.found.why).toContain('nothing that was tried broke');
    expect(all.tried.length).toBeLessThan(50);
  });

  test('whatever comes back, ends, and what it found lies between what held and what did not', () => {
    fc.assert(
      fc.property(
        PLAN,
        fc.array(fc.constantFrom<Outcome>('held', 'broke', 'generator', 'disturbed'), { minLength: 1, maxLength: 200 }),
        (plan, outcomes) => {
          const { found, tried } = searched(plan, (_, tries) => outcomes[tries % outcomes.length]!);
          if (found.verdict !== 'found') return;
          const { low, high } = found.interval!;
          expect(low).toBeLessThan(high);
          expect(tried.some(({ size, outcome }) => size === low && outcome === 'held')).toBe(true);
          expect(tried.filter(({ size, outcome }) => size === high && outcome === 'broke').length).toBeGreaterThan(1);
        },
      ),
    );
  });

  test('that was cut says how many of its repeats came to an end', () => {
    const plan = { first: 5_000, repeats: 3, grain: 50 };
    const { tried } = searched(plan, (size) => (size <= 9_000 ? 'held' : 'broke'));
    const cut = tried.filter(({ repeat }) => repeat < 2);
    expect(foundBy(cut, plan)).toMatchObject({ verdict: 'inconclusive', why: '2 of 3 repeats came to an end' });
  });
});
