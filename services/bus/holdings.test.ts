import { expect, test } from 'bun:test';
import { Holdings } from './holdings.ts';

test('a partition whose commit was refused is lost for its holder and held anew, the others are not touched', async () => {
  const told: string[] = [];
  let holds = 0;
  const holdings = new Holdings({
    hold: async (partition) => {
      const number = ++holds;
      told.push(`hold ${partition}`);
      return { from: 0, take: async () => undefined, lost: () => void told.push(`lost ${partition} of hold ${number}`) };
    },
    consume: () => ({ stop: async () => undefined }),
    failed: () => undefined,
    sleep: async () => undefined,
  });
  holdings.assign([0, 1]);
  await Bun.sleep(1);
  holdings.renew(1);
  holdings.renew(7);
  await Bun.sleep(1);
  expect(told).toEqual(['hold 0', 'hold 1', 'lost 1 of hold 2', 'hold 1']);
  expect(holdings.partitions).toEqual([0, 1]);
});
