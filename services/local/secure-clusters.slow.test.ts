/** A secured stack of three brokers and three Redis: each lets in who has the login and speaks TLS, they find each other, and one may die. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readBackends } from '../backends/read-settings.ts';
import type { BackendsSettings } from '../backends/settings.ts';
import { openKafkaBus } from '../bus/bus-kafka.ts';
import { deviceKey } from '../protocol/ids.ts';
import { openRedisRoutes } from '../routes/routes-redis.ts';
import { requires } from '../runtime/requires.ts';
import { openCassandraStore } from '../store/store-cassandra.ts';
import { DEFAULT_STACK, Stack } from './stack.ts';
import { STACK_ROOT } from './verbs/shown.ts';

setDefaultTimeout(180_000);

const ignore = () => undefined;
const BUS = { events: { gap: ignore, handlerFailed: ignore } };

requires('secure-kafka', 'secure-cassandra', 'secure-redis').describe('a secured stack of three of each', () => {
  let stack: Stack;
  let settings: BackendsSettings;

  beforeAll(async () => {
    // By this name the next run of the tests ends it, should this one be killed.
    const options = { ...DEFAULT_STACK, brokers: 3, valkeys: 3, secure: true, jit: 'quick', schemaChanges: 'quick' } as const;
    stack = await Stack.up(STACK_ROOT, `test-${process.pid}-clusters`, options, ignore);
    settings = readBackends(stack.backendsFile);
  });

  afterAll(async () => {
    await stack?.stop();
    stack?.wipe();
  });

  test('all are ready, and the settings name them all', async () => {
    expect((await stack.status()).filter(({ ready }) => ready).map(({ name }) => name)).toEqual(stack.servers.map(({ plan }) => plan.name));
    expect([settings.kafka.brokers.length, settings.redis.nodes.length, settings.redis.cluster]).toEqual([3, 3, true]);
    expect([settings.kafka.replicas, settings.kafka.inSyncReplicas]).toEqual([3, 2]);
  });

  test.each(['platformatic', 'kafkajs'] as const)('a topic of three copies is written and read by %s', async (driver) => {
    const bus = await openKafkaBus(
      { ...settings.kafka, driver, prefix: `${driver}.`, partitions: { messages: 6, receipts: 1, deliveries: 1 } },
      BUS,
    );
    try {
      for (let partition = 0; partition < 6; partition++)
        expect(await bus.append('messages', partition, [Uint8Array.of(partition)])).toBe(0);
      const read: number[] = [];
      for (let partition = 0; partition < 6; partition++) {
        await bus.consume('readers', 'messages', partition, async (batch) => void read.push(...batch.map(({ value }) => value[0]!)));
      }
      for (let waited = 0; read.length < 6 && waited < 300; waited++) await Bun.sleep(50);
      expect(read.sort()).toEqual([0, 1, 2, 3, 4, 5]);
    } finally {
      await bus.close();
    }
  });

  test('routes of users of every node are put and found', async () => {
    const routes = await openRedisRoutes(settings.redis, { log: ignore, settleMs: 0 });
    try {
      const users = Array.from({ length: 200 }, (_, index) => index + 1);
      await routes.renewLease(1, 60_000, true);
      await routes.put(users.map((user) => ({ device: deviceKey(user, 1), gateway: 1, edge: 0, connection: user, epoch: 1 })));
      const found = await routes.lookup(users);
      expect(found.routes.map(([route]) => route?.connection)).toEqual(users);
    } finally {
      await routes.close();
    }
  });

  test('the store is open to who has the login', async () => {
    const store = await openCassandraStore(settings.cassandra, { partitions: 1 });
    try {
      await store.write({ partition: 0, applied: [], rejections: [], nextOffset: 7, firstLoggedAtMs: 5 });
      expect(await store.progress(0)).toEqual({ nextOffset: 7, firstLoggedAtMs: 5 });
    } finally {
      await store.close();
    }
  });

  test('a broker that is killed takes nothing with it: the others write on, and it comes back', async () => {
    const kafka = { ...settings.kafka, prefix: 'killed.', partitions: { messages: 6, receipts: 1, deliveries: 1 } };
    const bus = await openKafkaBus(kafka, BUS);
    try {
      await bus.append('messages', 0, [Uint8Array.of(1)]);
      const victim = stack.servers.find(({ plan }) => plan.name === 'kafka-2')!;
      victim.kill('SIGKILL');
      for (let partition = 0; partition < 6; partition++) await bus.append('messages', partition, [Uint8Array.of(2)]);
      const again = await Stack.up(STACK_ROOT, stack.name, DEFAULT_STACK, ignore);
      expect((await again.status()).every(({ ready }) => ready)).toBe(true);
      for (let partition = 0; partition < 6; partition++) await bus.append('messages', partition, [Uint8Array.of(3)]);
      expect(await bus.end('messages', 0)).toBe(3);
    } finally {
      await bus.close();
    }
  });
});
