/** What every route table must do. An implementation's test calls `routesContract` with a harness that makes it. */
import { afterEach, describe, expect, test } from 'bun:test';
import { deviceKey, MAX_USER, userOf } from '../protocol/ids.ts';
import { seededNumbers } from '../runtime/seeded-numbers.ts';
import { LEASE_MS, type Route, type Routes } from './routes.ts';

export interface RoutesHarness {
  readonly routes: Routes;
  /** The table loses everything, leases too, as after a restart; resolves when the listeners must have heard of it. */
  lose(): Promise<void>;
  close(): Promise<void>;
}

const ALICE = 7;
const GATEWAYS = [0, 1, 2, 3, 65_535];
const phone = deviceKey(ALICE, 1);
const laptop = deviceKey(ALICE, 2);

function route(device: number, gateway: number, connection: number, epoch: number): Route {
  return { device, gateway, edge: 3, connection, epoch };
}

export function routesContract(name: string, make: () => Promise<RoutesHarness>): void {
  describe(`routes contract: ${name}`, () => {
    const harnesses: RoutesHarness[] = [];
    const start = async () => {
      const harness = await make();
      harnesses.push(harness);
      await renewAll(harness.routes);
      return harness;
    };
    const renewAll = (routes: Routes) => Promise.all(GATEWAYS.map((gateway) => routes.renewLease(gateway, LEASE_MS, true)));
    const routesOf = async (routes: Routes, user: number) =>
      [...(await routes.lookup([user])).routes[0]!].sort((a, b) => a.device - b.device);
    const until = async (holds: () => Promise<boolean>) => {
      for (let times = 0; !(await holds()); times++) {
        if (times > 300) throw new Error('waited too long');
        await Bun.sleep(10);
      }
    };

    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });

    test('a route that was put is found under its user, in the order that was asked', async () => {
      const { routes } = await start();
      const bob = route(deviceKey(MAX_USER, 255), 65_535, 0xffff_ffff, 1_800_000_000_000);
      expect(await routes.put([route(phone, 1, 10, 100), bob])).toEqual([undefined, undefined]);
      expect((await routes.lookup([MAX_USER, 999, ALICE])).routes).toEqual([[bob], [], [route(phone, 1, 10, 100)]]);
      expect((await routes.lookup([])).routes).toEqual([]);
      expect(await routes.put([])).toEqual([]);
    });

    test('a newer epoch displaces the older route and is told which', async () => {
      const { routes } = await start();
      await routes.put([route(phone, 1, 10, 100)]);
      expect(await routes.put([route(phone, 2, 20, 101)])).toEqual([route(phone, 1, 10, 100)]);
      expect(await routesOf(routes, ALICE)).toEqual([route(phone, 2, 20, 101)]);
    });

    test('an older epoch is not taken and is told that it lost', async () => {
      const { routes } = await start();
      await routes.put([route(phone, 2, 20, 101)]);
      expect(await routes.put([route(phone, 1, 10, 100)])).toEqual([route(phone, 1, 10, 100)]);
      expect(await routesOf(routes, ALICE)).toEqual([route(phone, 2, 20, 101)]);
    });

    test('of two sessions with one epoch the one put last stands, also within one call', async () => {
      const { routes } = await start();
      expect(await routes.put([route(phone, 1, 10, 100), route(phone, 2, 20, 100)])).toEqual([undefined, route(phone, 1, 10, 100)]);
      expect(await routesOf(routes, ALICE)).toEqual([route(phone, 2, 20, 100)]);
    });

    test('a repeated put or remove changes nothing, whatever became of its first answer (R1)', async () => {
      const { routes } = await start();
      const first = route(phone, 1, 10, 100);
      const second = route(phone, 1, 11, 101);
      for (let times = 0; times < 3; times++) expect(await routes.put([first])).toEqual([undefined]);
      await routes.put([second]);
      expect(await routes.put([first])).toEqual([first]);
      expect(await routesOf(routes, ALICE)).toEqual([second]);
      for (let times = 0; times < 3; times++) await routes.remove([second]);
      expect(await routesOf(routes, ALICE)).toEqual([]);
    });

    test('a put that is repeated names the session that it displaced again, until it is gone: its first answer may have been lost (R1)', async () => {
      const { routes } = await start();
      const [onA, onB, onC] = [route(phone, 1, 10, 100), route(phone, 1, 11, 101), route(phone, 2, 12, 102)];
      await routes.put([onA, route(laptop, 1, 20, 100)]);
      for (let times = 0; times < 3; times++) expect(await routes.put([onB, route(laptop, 1, 20, 100)])).toEqual([onA, undefined]);
      expect(await routes.put([{ ...onB, epoch: 99 }])).toEqual([onA]);
      for (let times = 0; times < 2; times++) expect(await routes.put([onC])).toEqual([onB]);
      expect(await routes.put([onB])).toEqual([onB]);
      await routes.remove([onC]);
      for (let times = 0; times < 2; times++) expect(await routes.put([onC])).toEqual([undefined]);
      expect(await routesOf(routes, ALICE)).toEqual([onC, route(laptop, 1, 20, 100)]);
    });

    test('a late goodbye removes nothing that belongs to another session (R2)', async () => {
      const { routes } = await start();
      const onA = route(phone, 1, 10, 100);
      const onB = route(phone, 2, 10, 200);
      await routes.put([onA]);
      await routes.put([onB]);
      await routes.remove([onA]);
      expect(await routesOf(routes, ALICE)).toEqual([onB]);
      const reused = { ...onB, epoch: 300 };
      await routes.put([reused]);
      await routes.remove([onB, { ...reused, edge: 4 }, { ...reused, connection: 11 }, { ...reused, gateway: 1 }]);
      expect(await routesOf(routes, ALICE)).toEqual([reused]);
    });

    test('each device of a user has a route of its own, and one leaving leaves the others (R2)', async () => {
      const { routes } = await start();
      await routes.put([route(phone, 1, 10, 100), route(laptop, 2, 20, 100)]);
      expect(await routesOf(routes, ALICE)).toEqual([route(phone, 1, 10, 100), route(laptop, 2, 20, 100)]);
      await routes.remove([route(phone, 1, 10, 100)]);
      expect(await routesOf(routes, ALICE)).toEqual([route(laptop, 2, 20, 100)]);
      expect(await routesOf(routes, ALICE + 1)).toEqual([]);
    });

    test('a long random history ends as in a plain map', async () => {
      const { routes } = await start();
      const model = new Map<number, Route>();
      const displaced = new Map<number, Route>();
      const random = seededNumbers(42);
      for (let round = 0; round < 60; round++) {
        const puts = Array.from({ length: 100 }, () => route(deviceKey(random(400), random(3)), random(4), random(50), random(1_000)));
        const lost = await routes.put(puts);
        puts.forEach((put, index) => {
          const stands = model.get(put.device);
          const same = stands !== undefined && stands.gateway === put.gateway && stands.connection === put.connection;
          const wins = stands === undefined || stands.epoch <= put.epoch;
          expect(lost[index]).toEqual(same ? displaced.get(put.device) : wins ? stands : put);
          if (wins && !same && stands !== undefined) displaced.set(put.device, stands);
          if (wins) model.set(put.device, put);
        });
        const known = [...model.values()];
        const removes = Array.from({ length: 80 }, () => {
          const some = known[random(known.length)]!;
          return random(4) === 0 ? { ...some, epoch: some.epoch + 1 } : some;
        });
        await routes.remove(removes);
        for (const removed of removes) {
          if (model.get(removed.device)?.epoch !== removed.epoch) continue;
          model.delete(removed.device);
          displaced.delete(removed.device);
        }
      }
      const users = Array.from({ length: 400 }, (_, user) => user);
      const found = (await routes.lookup(users)).routes.flat().sort((a, b) => a.device - b.device);
      expect(found).toEqual([...model.values()].sort((a, b) => a.device - b.device));
      for (const [user, list] of (await routes.lookup(users)).routes.entries())
        for (const { device } of list) expect(userOf(device)).toBe(user);
    });

    test('listeners hear of a loss, and routes that are put again are found', async () => {
      const { routes, lose } = await start();
      let losses = 0;
      routes.onLost(() => losses++);
      await routes.put([route(phone, 1, 10, 100)]);
      expect(losses).toBe(0);
      await lose();
      expect(losses).toBe(1);
      await renewAll(routes);
      expect(await routesOf(routes, ALICE)).toEqual([]);
      expect(await routes.put([route(phone, 1, 10, 100)])).toEqual([undefined]);
      expect(await routesOf(routes, ALICE)).toEqual([route(phone, 1, 10, 100)]);
    });

    test('routes of a gateway whose lease lapsed or was given back count for nothing, and count again when it lives again', async () => {
      const { routes } = await start();
      await routes.put([route(phone, 1, 10, 100), route(laptop, 2, 20, 100)]);
      expect(await routes.leases()).toEqual(new Set(GATEWAYS));
      await routes.dropLease(1);
      await routes.dropLease(1);
      expect(await routesOf(routes, ALICE)).toEqual([route(laptop, 2, 20, 100)]);
      await routes.renewLease(2, 50, true);
      await until(async () => (await routesOf(routes, ALICE)).length === 0);
      expect(await routes.leases()).toEqual(new Set([0, 3, 65_535]));
      await routes.renewLease(1, LEASE_MS, true);
      expect(await routesOf(routes, ALICE)).toEqual([route(phone, 1, 10, 100)]);
    });

    test('routes that are left over from a former life of a gateway count for nothing', async () => {
      const { routes } = await start();
      await routes.put([route(phone, 1, 10, 100), route(laptop, 1, 20, 200)]);
      await routes.renewLease(1, LEASE_MS, true, 150);
      expect(await routesOf(routes, ALICE)).toEqual([route(laptop, 1, 20, 200)]);
    });

    test('a table that was lost is not certain until every live gateway says that its routes are whole', async () => {
      const { routes, lose } = await start();
      const isCertain = async () => (await routes.lookup([ALICE])).certain;
      await until(isCertain);
      await routes.renewLease(2, LEASE_MS, false);
      expect(await isCertain()).toBe(false);
      await routes.renewLease(2, LEASE_MS, true);
      await until(isCertain);
      await lose();
      expect(await isCertain()).toBe(false);
      await routes.renewLease(1, LEASE_MS, false);
      expect(await isCertain()).toBe(false);
      await routes.renewLease(1, LEASE_MS, true);
      await until(isCertain);
    });
  });
}
