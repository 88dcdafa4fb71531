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

test('a partition that is lost and comes back while it is still being taken is taken again after that, and its loss is told first', async () => {
  const told: string[] = [];
  const taken: Array<() => void> = [];
  const holdings = new Holdings({
    hold: async () => {
      const number = taken.length + 1;
      told.push(`hold ${number}`);
      await new Promise<void>((resolve) => taken.push(resolve));
      return { from: 0, take: async () => undefined, lost: () => void told.push(`lost ${number}`) };
    },
    consume: () => ({ stop: async () => undefined }),
    failed: () => undefined,
    sleep: async () => undefined,
  });
  holdings.assign([0]);
  await Bun.sleep(1);
  holdings.assign([]);
  holdings.assign([0]);
  await Bun.sleep(1);
  expect(told).toEqual(['hold 1']);
  taken[0]!();
  await Bun.sleep(1);
  expect(told).toEqual(['hold 1', 'lost 1', 'hold 2']);
  let released = false;
  const release = holdings.release().then(() => {
    released = true;
  });
  await Bun.sleep(1);
  expect(released).toBe(false);
  taken[1]!();
  await release;
  expect(told).toEqual(['hold 1', 'lost 1', 'hold 2', 'lost 2']);
});
