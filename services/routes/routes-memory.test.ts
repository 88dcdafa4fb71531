import { expect, test } from 'bun:test';
import { deviceKey } from '../protocol/ids.ts';
import { routesContract } from './routes.contract.ts';
import { LEASE_MS, type Route } from './routes.ts';
import { RoutesMemory } from './routes-memory.ts';

routesContract('memory', async () => {
  const routes = new RoutesMemory(1_000_000);
  return { routes, lose: async () => routes.lose(), close: () => routes.close() };
});

const route = (user: number): Route => ({ device: deviceKey(user, 0), gateway: 1, edge: user % 8, connection: user, epoch: 1 });

test('300,000 routes take at most 48 bytes each, are all found, and their room is given back', async () => {
  const routes = new RoutesMemory(1_000_000);
  for (let user = 0; user < 300_000; user += 1_000) {
    await routes.put(Array.from({ length: 1_000 }, (_, index) => route(user + index)));
  }
  expect(routes.size).toBe(300_000);
  expect(routes.bytes / routes.size).toBeLessThan(48);
  await routes.renewLease(1, 10_000, true);
  for (let user = 0; user < 300_000; user += 997) expect((await routes.lookup([user])).routes[0]).toEqual([route(user)]);
  for (let user = 0; user < 300_000; user += 1_000) {
    await routes.remove(Array.from({ length: 1_000 }, (_, index) => route(user + index)));
  }
  expect(routes.size).toBe(0);
  expect(routes.bytes).toBeLessThan(500_000);
});

test('at its limit the table takes no new route and keeps those it has', async () => {
  const routes = new RoutesMemory(2);
  await routes.put([route(1), route(2)]);
  await expect(routes.put([route(3)])).rejects.toMatchObject({ code: 'routesFull' });
  await routes.remove([route(1)]);
  await routes.put([route(3)]);
  expect(routes.size).toBe(2);
});

test('a route out of range is a bug of the caller and stores nothing', async () => {
  const routes = new RoutesMemory(10);
  await expect(routes.put([route(1), { ...route(2), gateway: 65_536 }])).rejects.toThrow(RangeError);
  expect(routes.size).toBe(0);
});

test('while gateways that there are have no lease the table is not certain, until it has stood for longer than a lease', async () => {
  let nowMs = 1_000;
  const routes = new RoutesMemory(10, { nowMs: () => nowMs, gateways: 2 });
  await routes.renewLease(1, LEASE_MS, true);
  expect((await routes.lookup([])).certain).toBe(false);
  await routes.renewLease(2, LEASE_MS, true);
  expect((await routes.lookup([])).certain).toBe(true);
  await routes.dropLease(2);
  expect((await routes.lookup([])).certain).toBe(false);
  nowMs += LEASE_MS;
  expect((await routes.lookup([])).certain).toBe(true);
});
