/** What a cut, silent or absent server does to the store's callers: an error that says so in time, and nothing lost or doubled. */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import type { CassandraSettings } from '../backends/settings.ts';
import { TcpProxy } from '../backends/tcp-proxy.harness.ts';
import { requires } from '../runtime/requires.ts';
import { dropKeyspace, testCassandra } from './cassandra-stack.harness.ts';
import { Traffic } from './costs/traffic.ts';
import { type CassandraStore, openCassandraStore } from './store-cassandra.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 500;
const NOTHING = new Uint8Array(0);

requires('cassandra').describe('a Cassandra that fails', () => {
  let settings: CassandraSettings;
  let proxy: TcpProxy;
  let store: CassandraStore;

  beforeAll(async () => {
    settings = testCassandra('failures');
    const [host, port] = settings.contactPoints[0]!.split(':');
    proxy = await TcpProxy.start({ host: host!, port: Number(port) });
    await (await openCassandraStore(settings, { partitions: 1 })).close();
    const through = { ...settings, contactPoints: [`127.0.0.1:${proxy.port}`] };
    store = await openCassandraStore(through, { partitions: 1, requestDeadlineMs: DEADLINE_MS });
  });

  afterEach(() => {
    proxy.mode = 'through';
  });

  afterAll(async () => {
    await store.close();
    await proxy.close();
    await dropKeyspace(settings);
  });

  const untilItHolds = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    for (let times = 0; ; times++) {
      try {
        return await call();
      } catch (error) {
        if (times > 200) throw error;
        await Bun.sleep(100);
      }
    }
  };

  test('a run whose answers get lost is told as failed; written again it is there once', async () => {
    const traffic = new Traffic({ conversations: 5, members: 3, users: 6, bodyBytes: 50 }, 100, 100);
    const run = traffic.next(40);
    proxy.mode = 'replyLost';
    await expect(store.write(run)).rejects.toMatchObject({ retryable: true });
    proxy.mode = 'through';
    expect(await untilItHolds(() => store.progress(0))).toBeUndefined();
    await untilItHolds(() => store.write(run));
    expect(await store.progress(0)).toMatchObject({ nextOffset: 40 });
    const page = await store.history(100, 100, 0, 50, 1_000_000);
    expect('entries' in page && page.entries.map(({ sequence }) => sequence)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    const list = await store.list(100, NOTHING, 50);
    expect('rows' in list && new Set(list.rows.map(({ conversation }) => conversation)).size).toBe('rows' in list ? list.rows.length : 0);
  });

  test('requests without an answer fail in time, and none is left in flight', async () => {
    proxy.mode = 'silent';
    const reads = Array.from({ length: 50 }, (_, user) => store.list(100 + user, NOTHING, 50));
    for (const result of await Promise.allSettled(reads)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'BackendError', retryable: true } });
    }
    expect(store.client.counts).toMatchObject({ inFlight: 0, waiting: 0 });
    proxy.mode = 'through';
    proxy.cutAll();
    await untilItHolds(() => store.progress(0));
  });

  test('a server that is away makes the store unready, and it comes back by itself', async () => {
    const comesBack = await proxy.goAway();
    await expect(store.progress(0)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(store.unready).toContain('no server of Cassandra answers');
    await comesBack();
    for (let times = 0; store.unready !== undefined && times < 200; times++) await Bun.sleep(100);
    expect(store.unready).toBeUndefined();
    await store.progress(0);
  });
});
