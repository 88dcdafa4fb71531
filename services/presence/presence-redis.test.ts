import { afterEach, expect } from 'bun:test';
import { testRedis, wipe, withNodes } from '../backends/redis.harness.ts';
import { hostOf } from '../backends/redis-client.ts';
import { TcpProxy } from '../backends/tcp-proxy.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { LEASE_MS } from '../routes/routes.ts';
import { openRedisRoutes } from '../routes/routes-redis.ts';
import { requires } from '../runtime/requires.ts';
import { type PresenceCell, presenceContract } from './presence.contract.ts';
import { openRedisPresence } from './presence-redis.ts';

const log = () => undefined;
const onShared = requires('valkey');

onShared.describe('presence over Redis', () => {
  presenceContract('redis', () => cell());
  presenceContract('redis, by keys', () => cell(60_000), { byLeases: false });
});

/** `periodMs`: by keys of that period. */
async function cell(periodMs?: number): Promise<PresenceCell> {
  const settings = testRedis();
  let gateways = 0;
  const ends: Array<() => Promise<void>> = [];
  return {
    join: async (listener) => {
      const routes = await openRedisRoutes(settings, { log, settleMs: 0 });
      const presence = await openRedisPresence(settings, {
        routes,
        listener,
        nowMs: Date.now,
        log,
        ...(periodMs === undefined ? {} : { keys: { gateway: ++gateways, periodMs } }),
      });
      ends.push(() => presence.close().then(() => routes.close()));
      return { presence, routes };
    },
    close: async () => {
      for (const end of ends.splice(0)) await end();
      await wipe(settings);
    },
  };
}

const ends: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open() {
  const direct = testRedis();
  const proxy = await TcpProxy.start(hostOf(direct.nodes[0]!));
  const settings = { ...direct, nodes: [`127.0.0.1:${proxy.port}`] };
  const routes = await openRedisRoutes(direct, { log, settleMs: 0 });
  await routes.renewLease(1, LEASE_MS, true);
  const heard: string[] = [];
  const listener = {
    changed: ({ user, state }: { user: number; state: string }) => heard.push(`${user} ${state}`),
    typed: ({ user }: { user: number }) => heard.push(`${user} types`),
    missed: () => heard.push('missed'),
  };
  const presence = await openRedisPresence(settings, { routes, listener, nowMs: Date.now, log });
  ends.push(
    () => wipe(direct),
    () => routes.close(),
    () => proxy.close(),
    () => presence.close(),
  );
  const until = async (holds: () => boolean | Promise<boolean>) => {
    for (let times = 0; !(await holds()); times++) {
      if (times > 300) throw new Error(`waited too long: ${heard.join(', ')}`);
      await Bun.sleep(10);
    }
  };
  return { direct, proxy, routes, presence, heard, until };
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

onShared.test('R1: after a lost reply to each command the state is that of one application, and nothing is pending', async () => {
  const { proxy, routes, presence, heard, until } = await open();
  await presence.watch(new Set([7]), new Set([70]));
  const gone = [{ user: 7, online: false, atMs: 9_000 }];
  const commands: ReadonlyArray<() => Promise<unknown>> = [
    () => presence.announce(gone),
    () => presence.type({ conversation: 70, user: 8 }),
    () => presence.read([7]),
    () => presence.watch(new Set([7, 9]), new Set([70])),
    () => presence.watch(new Set([7]), new Set()),
  ];
  for (const call of commands) {
    await untilItHolds(() => presence.announce(gone));
    proxy.mode = 'replyLost';
    const outcome = await call().then(
      () => undefined,
      (error) => error,
    );
    proxy.mode = 'through';
    expect([outcome?.name, outcome?.retryable]).toEqual(['BackendError', true]);
    await untilItHolds(call);
    expect(presence.client.counts.pending).toBe(0);
    expect(await untilItHolds(() => presence.read([7]))).toEqual([{ user: 7, state: 'offline', lastSeenMs: 9_000 }]);
  }
  await until(() => presence.subscribed === 1);
  await routes.put([{ device: deviceKey(7, 0), gateway: 1, edge: 0, connection: 1, epoch: 1 }]);
  heard.length = 0;
  await presence.announce([{ user: 7, online: true, atMs: 1 }]);
  await until(() => heard.includes('7 online'));
});

onShared.test('subscriptions stand again after the connection was lost, and the listener hears that changes may be missing', async () => {
  const { proxy, presence, heard, until } = await open();
  await presence.watch(new Set([7]), new Set([70]));
  const comeBack = await proxy.goAway();
  await expect(presence.announce([{ user: 7, online: true, atMs: 1 }])).rejects.toMatchObject({ retryable: true });
  await expect(presence.watch(new Set([7, 8]), new Set([70]))).rejects.toMatchObject({ retryable: true });
  await comeBack();
  await until(() => heard.includes('missed') && presence.subscribed === 3);
  await untilItHolds(() => presence.type({ conversation: 70, user: 5 }));
  await until(() => heard.includes('5 types'));
});

onShared.test('typing and coming leave nothing in the server', async () => {
  const { direct, presence } = await open();
  const keys = async () => {
    const found: string[] = [];
    await withNodes(direct, async (node) => found.push(...(await node.keys(`${direct.prefix}*`))));
    return found.sort();
  };
  const before = await keys();
  await presence.type({ conversation: 70, user: 5 });
  await presence.announce([{ user: 7, online: true, atMs: 1 }]);
  expect(await keys()).toEqual(before);
});

const PERIOD_MS = 600;

async function byKeys() {
  const settings = testRedis();
  const routes = await openRedisRoutes(settings, { log, settleMs: 0 });
  const opened = async (gateway: number) => {
    const heard: string[] = [];
    const listener = {
      changed: ({ user, state }: { user: number; state: string }) => void heard.push(`${user} ${state}`),
      typed: () => undefined,
      missed: () => undefined,
    };
    const keys = { gateway, periodMs: PERIOD_MS };
    return { heard, presence: await openRedisPresence(settings, { routes, listener, nowMs: Date.now, log, keys }) };
  };
  const [one, two] = [await opened(1), await opened(2)];
  ends.push(
    () => wipe(settings),
    () => routes.close(),
    () => one.presence.close(),
  );
  return { settings, one, two };
}

onShared.test(
  'by keys: who is there stays there by his gateway’s refreshes, and goes two periods after it died, told to nobody',
  async () => {
    const { one, two } = await byKeys();
    await one.presence.watch(new Set([7]), new Set());
    await two.presence.announce([{ user: 7, online: true, atMs: 1 }]);
    await Bun.sleep(4 * PERIOD_MS);
    expect(new Set(one.heard)).toEqual(new Set(['7 online']));
    await two.presence.close();
    const diedMs = Date.now();
    while (one.heard.at(-1) !== '7 offline' && Date.now() - diedMs < 10 * PERIOD_MS) await Bun.sleep(20);
    expect(one.heard.at(-1)).toBe('7 offline');
    expect((await one.presence.read([7]))[0]).toMatchObject({ state: 'offline', lastSeenMs: 0 });
  },
);

onShared.test(
  'by keys: a user of two gateways who leaves the one that set his key last is away until the other’s next period',
  async () => {
    const { one, two } = await byKeys();
    ends.push(() => two.presence.close());
    for (const { presence } of [one, two]) await presence.announce([{ user: 7, online: true, atMs: 1 }]);
    await two.presence.announce([{ user: 7, online: false, atMs: 2 }]);
    const untilMs = Date.now() + 4 * PERIOD_MS;
    while ((await one.presence.read([7]))[0]!.state !== 'online' && Date.now() < untilMs) await Bun.sleep(10);
    expect((await one.presence.read([7]))[0]!.state).toBe('online');
  },
);
