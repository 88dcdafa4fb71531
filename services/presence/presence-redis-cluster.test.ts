/** Presence on a cluster of three of the test's own: sharded channels stand on the node of their section. */
import { afterAll, beforeAll, expect } from 'bun:test';
import { RedisServers } from '../backends/redis-server.harness.ts';
import { LEASE_MS } from '../routes/routes.ts';
import { openRedisRoutes } from '../routes/routes-redis.ts';
import { requires } from '../runtime/requires.ts';
import { presenceContract } from './presence.contract.ts';
import { openRedisPresence } from './presence-redis.ts';

const log = () => undefined;
const guarded = requires('redis-server');

guarded.describe('presence over a cluster', () => {
  let cluster: RedisServers;
  let made = 0;
  beforeAll(async () => {
    cluster = await RedisServers.start({ primaries: 3 });
  }, 30_000);
  afterAll(() => cluster.close());

  presenceContract('cluster of three', async () => {
    const settings = { ...cluster.settings, prefix: `${made++}:` };
    const ends: Array<() => Promise<void>> = [];
    return {
      join: async (listener) => {
        const routes = await openRedisRoutes(settings, { log, settleMs: 0 });
        const presence = await openRedisPresence(settings, { routes, listener, nowMs: Date.now, log });
        ends.push(() => presence.close().then(() => routes.close()));
        return { presence, routes };
      },
      close: async () => {
        for (const end of ends.splice(0)) await end();
      },
    };
  });

  guarded.test(
    'channels of a primary that was killed are subscribed again, and the listener hears that changes may be missing',
    async () => {
      const settings = { ...cluster.settings, prefix: 'killed:' };
      const routes = await openRedisRoutes(settings, { log, settleMs: 0, commandDeadlineMs: 500 });
      const typed = new Set<number>();
      let misses = 0;
      const listener = {
        changed: () => undefined,
        typed: ({ conversation }: { conversation: number }) => typed.add(conversation),
        missed: () => {
          misses++;
        },
      };
      const presence = await openRedisPresence(settings, { routes, listener, nowMs: Date.now, log, commandDeadlineMs: 500 });
      const talks = Array.from({ length: 200 }, (_, talk) => talk);
      await routes.renewLease(1, LEASE_MS, true);
      await presence.watch(new Set(), new Set(talks));
      const allType = async () => {
        typed.clear();
        await Promise.allSettled(talks.map((conversation) => presence.type({ conversation, user: 1 })));
        await Bun.sleep(100);
        return typed.size;
      };
      expect(await allType()).toBe(200);
      misses = 0;
      await cluster.kill(1);
      await cluster.run(1);
      let heard = 0;
      for (let times = 0; heard < 200 && times < 150; times++) heard = await allType();
      expect(heard).toBe(200);
      expect(misses).toBeGreaterThan(0);
      await presence.close();
      await routes.close();
    },
    60_000,
  );
});
