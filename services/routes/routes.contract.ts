/** What every implementation of `Routes` must do. `create` gives a fresh, empty one. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { deviceKey } from '../protocol/ids.ts';
import type { Route, Routes } from './routes.ts';

function route(user: number, device: number, connection: number, epoch: number, gateway = 1): Route {
  return { device: deviceKey(user, device), gateway, edge: 0, connection, epoch };
}

export function routesContract(create: () => Promise<Routes>): void {
  test('all devices of a user are found, in order of their numbers, and nobody else’s', async () => {
    const routes = await create();
    await routes.put([route(7, 2, 20, 1), route(7, 1, 10, 1), route(8, 1, 30, 1)]);
    expect(await routes.lookup([7, 9, 8])).toEqual([[route(7, 1, 10, 1), route(7, 2, 20, 1)], [], [route(8, 1, 30, 1)]]);
    await routes.close();
  });

  test('a newer session of a device displaces the older one, and says which it was', async () => {
    const routes = await create();
    expect(await routes.put([route(7, 1, 10, 100)])).toEqual([undefined]);
    expect(await routes.put([route(7, 1, 11, 200, 2)])).toEqual([route(7, 1, 10, 100)]);
    expect(await routes.lookup([7])).toEqual([[route(7, 1, 11, 200, 2)]]);
    await routes.close();
  });

  test('an older session does not displace a newer one: it is told that it lost', async () => {
    const routes = await create();
    await routes.put([route(7, 1, 11, 200, 2)]);
    expect(await routes.put([route(7, 1, 10, 100)])).toEqual([route(7, 1, 10, 100)]);
    expect(await routes.lookup([7])).toEqual([[route(7, 1, 11, 200, 2)]]);
    await routes.close();
  });

  test('repeating any command changes nothing', async () => {
    const routes = await create();
    const mine = route(7, 1, 10, 100);
    await routes.put([mine]);
    expect(await routes.put([mine])).toEqual([undefined]);
    expect(await routes.lookup([7])).toEqual([[mine]]);
    await routes.remove([mine]);
    await routes.remove([mine]);
    expect(await routes.lookup([7])).toEqual([[]]);
    await routes.close();
  });

  test('a late goodbye removes nothing that belongs to another session, and no other device', async () => {
    const routes = await create();
    const before = route(7, 1, 10, 100);
    const now = route(7, 1, 11, 200, 2);
    const other = route(7, 2, 12, 50);
    await routes.put([before, other]);
    await routes.put([now]);
    await routes.remove([before]);
    expect(await routes.lookup([7])).toEqual([[now, other]]);
    await routes.remove([other]);
    expect(await routes.lookup([7])).toEqual([[now]]);
    await routes.close();
  });

  test('any sequence of puts and removals ends as in a plain map', async () => {
    const step = fc.record({ user: fc.nat(40), device: fc.nat(2), connection: fc.nat(3), epoch: fc.nat(5), puts: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
        const routes = await create();
        const model = new Map<number, Route>();
        for (const { user, device, connection, epoch, puts } of steps) {
          const given = route(user, device, connection, epoch);
          const known = model.get(given.device);
          if (puts) {
            await routes.put([given]);
            if (known === undefined || known.epoch <= epoch) model.set(given.device, given);
          } else {
            await routes.remove([given]);
            if (known !== undefined && known.connection === connection && known.epoch === epoch) model.delete(given.device);
          }
        }
        const users = Array.from({ length: 41 }, (_, user) => user);
        const expected = users.map((user) => [0, 1, 2].flatMap((device) => model.get(deviceKey(user, device)) ?? []));
        expect(await routes.lookup(users)).toEqual(expected);
        await routes.close();
      }),
      { numRuns: 20 },
    );
  });
}
