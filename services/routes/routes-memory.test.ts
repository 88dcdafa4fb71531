import { expect, test } from 'bun:test';
import { deviceKey } from '../protocol/ids.ts';
import { routesContract } from './routes.contract.ts';
import { RoutesMemory } from './routes-memory.ts';

routesContract(async () => new RoutesMemory());

test('a table that lost everything says so and takes the routes again', async () => {
  const routes = new RoutesMemory();
  let losses = 0;
  routes.onLost(() => losses++);
  const mine = { device: deviceKey(7, 1), gateway: 1, edge: 0, connection: 3, epoch: 1 };
  await routes.put([mine]);
  routes.lose();
  expect(losses).toBe(1);
  expect(await routes.lookup([7])).toEqual([[]]);
  await routes.put([mine]);
  expect(await routes.lookup([7])).toEqual([[mine]]);
});

test('a hundred thousand routes that come and go leave no trace but their columns', async () => {
  const routes = new RoutesMemory();
  const at = (user: number, epoch: number) => ({ device: deviceKey(user, 0), gateway: 1, edge: 0, connection: user, epoch });
  for (let round = 0; round < 5; round++) {
    for (let user = 0; user < 20_000; user += 1_000) {
      const page = Array.from({ length: 1_000 }, (_, index) => at(user + index, round));
      await routes.put(page);
      await routes.remove(page);
    }
  }
  expect(routes.size).toBe(0);
  expect(await routes.lookup([5])).toEqual([[]]);
});
