import { expect, setDefaultTimeout, test } from 'bun:test';
import { Redis } from 'ioredis';
import { openKafkaBus } from '../bus/bus-kafka.ts';
import { requires } from '../runtime/requires.ts';
import { openCassandraStore } from '../store/store-cassandra.ts';
import { namesOfTest, removeLeavings } from './leavings.ts';
import { OwnBackends } from './own-backends.harness.ts';

setDefaultTimeout(30_000);

test('a name is of the process whose number it carries, however it was put together', () => {
  const isMine = namesOfTest(123);
  expect(['test.123.m1.0.messages', 'test_123_m1_0', 'test_cases_123_m1', 'test.123.m1.0:r{1}'].every(isMine)).toBe(true);
  expect(['test.1234.m1.0.messages', 'test_12_m1', 'testing_123_m1', 'parley.messages', 'other.test.123.x'].some(isMine)).toBe(false);
});

requires('kafka', 'cassandra', 'valkey').test(
  'what a process left on the servers is found by its number, removed, and told by name; what is of others stays',
  async () => {
    const own = new OwnBackends();
    const settings = await own.make({ messages: 1, receipts: 1, deliveries: 1 });
    const isMine = namesOfTest(process.pid);
    const bus = await openKafkaBus(settings.kafka, { events: { gap: () => undefined, handlerFailed: () => undefined } });
    await bus.append('messages', 0, [new Uint8Array(1)]);
    await bus.commit('anybody', 'deliveries', 0, 0);
    await bus.close();
    const store = await openCassandraStore(settings.cassandra, { partitions: 1 });
    await store.close();
    const [host, port] = settings.redis.nodes[0]!.split(':') as [string, string];
    const redis = new Redis({ host, port: Number(port) });
    const another = `test.${process.pid + 1_000_000}.key`;
    await redis.mset(`${settings.redis.prefix}key`, 1, another, 1);

    const left = await removeLeavings(settings, isMine);
    const { prefix } = settings.kafka;
    expect(left.map((line) => line.split(' ')[0])).toEqual(['topics', 'keyspaces', 'keys']);
    expect(left[0]).toContain(prefix);
    expect(left[1]).toContain(settings.cassandra.keyspace);
    expect(left[2]).toContain(`${settings.redis.prefix}key`);
    expect(await removeLeavings(settings, isMine)).toEqual([]);
    expect(await redis.exists(another)).toBe(1);
    await redis.unlink(another);
    redis.disconnect();
  },
);
