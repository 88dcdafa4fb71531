/** The Redis of the run's stack, guarded by `requires('valkey')`: each test has a prefix of its own, and cleans up. */
import { Redis } from 'ioredis';
import { readBackends } from './read-settings.ts';
import { hostOf } from './redis-client.ts';
import type { RedisSettings } from './settings.ts';

let made = 0;

export function testRedis(): RedisSettings {
  const { redis } = readBackends(process.env.PARLEY_TEST_STACK!);
  return { ...redis, prefix: `test.${process.pid}.${Date.now().toString(36)}.${made++}:` };
}

/** A plain connection to each node, to look at what is there and to do harm. */
export async function withNodes(settings: RedisSettings, use: (node: Redis) => Promise<unknown>): Promise<void> {
  for (const address of settings.nodes) {
    const node = new Redis({ ...hostOf(address), retryStrategy: () => null });
    try {
      await use(node);
    } finally {
      node.disconnect();
    }
  }
}

/** Everything under the prefix is gone, as when the server was started again. */
export async function wipe(settings: RedisSettings): Promise<void> {
  await withNodes(settings, async (node) => {
    for (let cursor = '0'; ; ) {
      const [next, keys] = await node.scan(cursor, 'MATCH', `${settings.prefix}*`, 'COUNT', 1_000);
      // One by one: keys of a cluster's node are in many slots.
      for (const key of keys) await node.unlink(key);
      if (next === '0') return;
      cursor = next;
    }
  });
}
