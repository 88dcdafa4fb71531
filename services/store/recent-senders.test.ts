import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { RECENT_ENTRIES, RecentSenders } from './recent-senders.ts';

test('of the last entries each sender is told once, of older ones nothing is known', () => {
  const entries = fc.array(fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }), { maxLength: 400 });
  fc.assert(
    fc.property(entries, fc.nat(400), fc.nat(400), fc.integer({ min: 1, max: 300 }), (all, one, other, begin) => {
      const recent = new RecentSenders();
      for (const [at, sender] of all.entries()) recent.add(begin + at, sender);
      const last = begin + all.length - 1;
      const [from, to] = [begin + Math.min(one, other), Math.min(last, begin + Math.max(one, other))];
      const found = recent.between(from, to);
      if (from > last - RECENT_ENTRIES && from <= last) expect(found).toBeDefined();
      if (found === undefined) return;
      const expected = new Set(all.slice(from - begin, to - begin + 1).filter((sender) => sender !== undefined));
      expect(found.toSorted()).toEqual([...expected].toSorted());
    }),
  );
  expect(new RecentSenders().between(1, 1)).toBeUndefined();
});
