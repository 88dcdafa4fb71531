/** Routes on servers of the test's own: a cluster of three, TLS with a login, and servers that come back empty. */
import { afterAll, beforeAll, expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisServers } from '../backends/redis-server.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { requires } from '../runtime/requires.ts';
import { routesContract } from './routes.contract.ts';
import { LEASE_MS } from './routes.ts';
import { openRedisRoutes } from './routes-redis.ts';

const log = () => undefined;
const USERS = Array.from({ length: 500 }, (_, user) => user);
const routeOf = (user: number) => ({ device: deviceKey(user, 0), gateway: 1, edge: 0, connection: user, epoch: 1 });

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let times = 0; !(await holds().catch(() => false)); times++) {
    if (times > 500) throw new Error('waited too long');
    await Bun.sleep(20);
  }
}

requires('redis-server').describe('on servers of its own', () => {
  const servers: RedisServers[] = [];
  beforeAll(async () => {
    servers.push(await RedisServers.start({ primaries: 3 }));
    servers.push(await RedisServers.start({ secured: true }));
  }, 30_000);
  afterAll(async () => {
    for (const one of servers) await one.close();
  });
  const [cluster, secured] = [() => servers[0]!, () => servers[1]!];
  let made = 0;

  for (const [name, its] of [
    ['cluster of three', cluster],
    ['TLS and a login', secured],
  ] as const) {
    routesContract(name, async () => {
      const routes = await openRedisRoutes({ ...its().settings, prefix: `${made++}:` }, { log, settleMs: 100 });
      return {
        routes,
        lose: async () => {
          const heard = new Promise<void>((resolve) => routes.onLost(resolve));
          for (const index of its().settings.nodes.keys()) await its().ask(index, (node) => node.flushall());
          // The next renewal of any lease sees it.
          await routes.renewLease(9, 1, true);
          await heard;
        },
        close: () => routes.close(),
      };
    });
  }

  const guarded = requires('redis-server');

  guarded.test(
    'a primary that is killed fails its own part only; back and empty it makes the table uncertain until all is put again',
    async () => {
      const routes = await openRedisRoutes({ ...cluster().settings, prefix: 'killed:' }, { log, settleMs: 100, commandDeadlineMs: 500 });
      let losses = 0;
      routes.onLost(() => losses++);
      const all = async () => (await routes.lookup(USERS)).routes.flat().length;
      await routes.renewLease(1, LEASE_MS, true);
      await routes.put(USERS.map(routeOf));
      await until(async () => (await routes.lookup(USERS)).certain);
      expect(await all()).toBe(USERS.length);
      await cluster().kill(1);
      await expect(routes.lookup(USERS)).rejects.toMatchObject({ name: 'BackendError', retryable: true });
      // What looks for a loss meanwhile has its time-out too.
      await until(async () => routes.client.counts.pending === 0);
      await cluster().run(1);
      await until(async () => (await all()) < USERS.length);
      expect((await routes.lookup(USERS)).certain).toBe(false);
      await until(async () => losses > 0);
      await until(() => routes.renewLease(1, LEASE_MS, false).then(() => true));
      await until(() => routes.put(USERS.map(routeOf)).then(() => true));
      expect((await routes.lookup(USERS)).certain).toBe(false);
      await routes.renewLease(1, LEASE_MS, true);
      await until(async () => (await routes.lookup(USERS)).certain);
      expect(await all()).toBe(USERS.length);
      await routes.close();
    },
    30_000,
  );

  guarded.test(
    'a server that is killed and comes back empty is noticed without a call',
    async () => {
      const single = await RedisServers.start();
      try {
        const routes = await openRedisRoutes(single.settings, { log, settleMs: 100, commandDeadlineMs: 500 });
        await routes.renewLease(1, LEASE_MS, true);
        await routes.put([routeOf(1)]);
        let losses = 0;
        routes.onLost(() => losses++);
        await single.kill();
        await expect(routes.put([routeOf(2)])).rejects.toMatchObject({ name: 'BackendError', retryable: true });
        await single.run();
        await until(async () => losses === 1);
        expect((await routes.lookup([1])).certain).toBe(false);
        await routes.close();
      } finally {
        await single.close();
      }
    },
    20_000,
  );

  guarded.test('a wrong password, or a server that another authority vouches for, is refused, and no secret is told', async () => {
    const passwordFile = join(secured().directory, 'wrong');
    writeFileSync(passwordFile, 'hunter2-is-wrong');
    const { settings } = secured();
    const wrong = await openRedisRoutes({ ...settings, login: { user: 'parley', passwordFile } }, { log, openDeadlineMs: 2_000 }).then(
      () => undefined,
      (error) => error,
    );
    expect([wrong?.name, wrong?.code, wrong?.retryable]).toEqual(['BackendError', 'denied', false]);
    expect(Bun.inspect(wrong)).not.toContain('hunter2');
    const tls = { authorityFile: join(secured().directory, 'server.pem') };
    await expect(openRedisRoutes({ ...settings, tls }, { log, openDeadlineMs: 2_000 })).rejects.toMatchObject({ name: 'BackendError' });
    const named = (serverName: string) => ({ ...settings, tls: { ...settings.tls!, serverName } });
    const other = openRedisRoutes(named('other.example'), { log, openDeadlineMs: 2_000 });
    await expect(other).rejects.toMatchObject({ name: 'BackendError' });
    await (await openRedisRoutes(named('localhost'), { log })).close();
    const { tls: _, ...plain } = settings;
    await expect(openRedisRoutes(plain, { log, openDeadlineMs: 1_000 })).rejects.toMatchObject({ name: 'BackendError' });
  });
});
