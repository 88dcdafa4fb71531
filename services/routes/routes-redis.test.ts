import { afterEach, expect } from 'bun:test';
import { testRedis, wipe, withNodes } from '../backends/redis.harness.ts';
import { hostOf } from '../backends/redis-client.ts';
import type { RedisSettings } from '../backends/settings.ts';
import { TcpProxy } from '../backends/tcp-proxy.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { requires } from '../runtime/requires.ts';
import { routesContract } from './routes.contract.ts';
import { LEASE_MS, type Route } from './routes.ts';
import { openRedisRoutes, type RedisRoutesOptions } from './routes-redis.ts';

const SETTLE_MS = 100;
const onShared = requires('valkey');

onShared.describe('routes in Redis', () => {
  routesContract('redis', async () => {
    const { direct, settings, proxy } = await behindProxy();
    const routes = await openRedisRoutes(settings, { log: () => undefined, settleMs: SETTLE_MS });
    return {
      routes,
      lose: async () => {
        await wipe(direct);
        const heard = new Promise<void>((resolve) => routes.onLost(resolve));
        proxy.cutAll();
        await heard;
      },
      close: async () => {
        await routes.close();
        await proxy.close();
        await wipe(direct);
      },
    };
  });
});

const ends: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function behindProxy(): Promise<{ direct: RedisSettings; settings: RedisSettings; proxy: TcpProxy }> {
  const direct = testRedis();
  const proxy = await TcpProxy.start(hostOf(direct.nodes[0]!));
  return { direct, settings: { ...direct, nodes: [`127.0.0.1:${proxy.port}`] }, proxy };
}

async function open(options: Partial<RedisRoutesOptions> = {}) {
  const { direct, settings, proxy } = await behindProxy();
  const routes = await openRedisRoutes(settings, { log: () => undefined, settleMs: 0, ...options });
  ends.push(
    () => wipe(direct),
    () => proxy.close(),
    () => routes.close(),
  );
  await routes.renewLease(1, LEASE_MS, true);
  await routes.renewLease(2, LEASE_MS, true);
  return { settings, direct, proxy, routes };
}

async function untilItHolds<Value>(call: () => Promise<Value>): Promise<Value> {
  for (let times = 0; ; times++) {
    try {
      return await call();
    } catch (error) {
      if (times > 100) throw error;
      await Bun.sleep(20);
    }
  }
}

const ALICE = 7;
const phone = deviceKey(ALICE, 1);
const route = (gateway: number, connection: number, epoch: number): Route => ({ device: phone, gateway, edge: 3, connection, epoch });

onShared.test('R1: a reply that got lost leaves the state of one application, an error that says so, and nothing pending', async () => {
  const { proxy, routes } = await open();
  const onA = route(1, 10, 100);
  const onB = route(2, 20, 200);
  await routes.put([onA]);
  const found = async () => (await untilItHolds(() => routes.lookup([ALICE]))).routes[0];
  const commands: ReadonlyArray<readonly [string, () => Promise<unknown>, readonly Route[]]> = [
    ['put', () => routes.put([onB]), [onB]],
    ['put of an older one', () => routes.put([onA]), [onB]],
    ['remove of another’s', () => routes.remove([onA]), [onB]],
    ['renew', () => routes.renewLease(2, LEASE_MS, true), [onB]],
    ['lookup', () => routes.lookup([ALICE]), [onB]],
    ['leases', () => routes.leases(), [onB]],
    ['remove', () => routes.remove([onB]), []],
    ['drop', () => routes.dropLease(1), []],
  ];
  for (const [name, call, after] of commands) {
    await untilItHolds(() => routes.leases());
    proxy.mode = 'replyLost';
    const cutBefore = proxy.cuts;
    const outcome = await call().then(
      () => undefined,
      (error) => error,
    );
    proxy.mode = 'through';
    expect([name, proxy.cuts > cutBefore, outcome?.name, outcome?.retryable]).toEqual([name, true, 'BackendError', true]);
    expect([name, await found()]).toEqual([name, [...after]]);
    const again = await untilItHolds(call);
    // Who lost is told again: nobody heard it the first time.
    if (name.startsWith('put')) expect([name, again]).toEqual([name, [onA]]);
    expect([name, await found()]).toEqual([name, [...after]]);
    expect(routes.client.counts.pending).toBe(0);
  }
  expect(await routes.leases()).toEqual(new Set([2]));
});

onShared.test('R1: a server that does not answer costs a time-out, and what waits for one is bounded', async () => {
  const { proxy, routes } = await open({ commandDeadlineMs: 300, pendingLimit: 150 });
  proxy.mode = 'silent';
  const calls = [1, 2].map(() =>
    routes.put(Array.from({ length: 100 }, (_, user) => ({ ...route(1, user, 1), device: deviceKey(user, 0) }))),
  );
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && [outcome.reason.code, outcome.reason.retryable])).toEqual([
    ['unavailable', true],
    ['busy', true],
  ]);
  expect(routes.client.counts).toMatchObject({ pending: 0, refused: 100 });
});

onShared.test('R1: while the server is away calls fail at once and keep nothing; it is used again when it is back', async () => {
  const { proxy, routes } = await open();
  const comeBack = await proxy.goAway();
  for (let times = 0; times < 50; times++) {
    await expect(routes.put([route(1, times, times)])).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(routes.client.counts.pending).toBe(0);
  }
  expect(routes.unready).toBeString();
  await comeBack();
  await untilItHolds(() => routes.put([route(1, 10, 100)]));
  expect((await routes.lookup([ALICE])).routes[0]).toEqual([route(1, 10, 100)]);
  expect(routes.unready).toBeUndefined();
});

onShared.test('R2: the goodbye of a relay that stood still takes nothing from the one that its user came back on', async () => {
  const { settings, routes: onA } = await open();
  const onB = await openRedisRoutes(settings, { log: () => undefined, settleMs: 0 });
  ends.push(() => onB.close());
  await onA.put([route(1, 10, 100)]);
  expect(await onB.put([route(2, 20, 200)])).toEqual([route(1, 10, 100)]);
  await onA.remove([route(1, 10, 100)]);
  await onA.put([route(1, 10, 100)]);
  expect(await onB.lookup([ALICE])).toEqual({ certain: true, routes: [[route(2, 20, 200)]] });
});

onShared.test('a lookup right after the table came back empty does not call it certain, though no reconnect told of it', async () => {
  const { direct, routes } = await open();
  await routes.put([route(1, 10, 100)]);
  expect((await routes.lookup([ALICE])).certain).toBe(true);
  let losses = 0;
  routes.onLost(() => losses++);
  await wipe(direct);
  expect((await routes.lookup([ALICE])).certain).toBe(false);
  for (let times = 0; losses === 0 && times < 100; times++) await Bun.sleep(10);
  expect(losses).toBe(1);
});

onShared.test('a lease that says whole for a table that is no more makes the one after it not certain', async () => {
  const { settings, routes } = await open();
  const dispatcher = await openRedisRoutes(settings, { log: () => undefined, settleMs: 0 });
  ends.push(() => dispatcher.close());
  expect((await dispatcher.lookup([ALICE])).certain).toBe(true);
  await withNodes(settings, async (node) => {
    // All but the leases: the node that holds them stands.
    for (const key of await node.keys(`${settings.prefix}m*`)) await node.unlink(key);
  });
  expect((await dispatcher.lookup([ALICE])).certain).toBe(false);
  await Bun.sleep(50);
  expect((await dispatcher.lookup([ALICE])).certain).toBe(false);
  await routes.renewLease(1, LEASE_MS, true);
  await routes.renewLease(1, LEASE_MS, true);
  await routes.renewLease(2, LEASE_MS, true);
  await dispatcher.leases();
  expect((await dispatcher.lookup([ALICE])).certain).toBe(true);
});
