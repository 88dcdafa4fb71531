/** Cases from the field on a real Cassandra: what is counted is what the server stores and scans, not what the store says. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CassandraSettings } from '../backends/settings.ts';
import { deviceKey } from '../protocol/ids.ts';
import { requires } from '../runtime/requires.ts';
import { VERSIONS } from '../runtime/versions.ts';
import { range, script, writeAll } from './applied-entries.harness.ts';
import { dropKeyspace, testCassandra, withCassandra } from './cassandra-stack.harness.ts';
import { statementsOf } from './cassandra-statements.ts';
import { scannedBy } from './costs/scan.ts';
import { PARTITIONS_LIMIT } from './positions.ts';
import { type CassandraStore, openCassandraStore } from './store-cassandra.ts';

setDefaultTimeout(120_000);

const NOTHING = new Uint8Array(0);
const OPTIONS = { partitions: 1 };
const BATCH = 50;

requires('cassandra').describe('cases from the field on a real Cassandra', () => {
  let settings: CassandraSettings;
  let store: CassandraStore;

  beforeAll(async () => {
    settings = testCassandra('cases');
    store = await openCassandraStore(settings, OPTIONS);
  });

  afterAll(async () => {
    await store.close();
    await dropKeyspace(settings);
  });

  test('S1: 10,000 messages in a group of ten, two writers racing, leave a list row per member and no tombstone to scan', async () => {
    const members = range(1, 10);
    const log = script(1_001, members, 10_000);
    const list = statementsOf(settings.keyspace).listRows;
    for (const part of [log.slice(0, 1_000), log.slice(1_000)]) {
      const racers = [store, await openCassandraStore(settings, OPTIONS)];
      await Promise.all(racers.map((racer, index) => writeAll(racer, part, BATCH + index * 7)));
      await racers[1]!.close();
      // Flat: after ten times the messages the server still looks at one row.
      expect(await withCassandra(settings, (_, client) => scannedBy(client, list, [5n]))).toEqual({ rows: 1, tombstones: 0 });
    }
    await withCassandra(settings, async (look) => {
      for (const user of members) {
        const [count] = await look(`SELECT COUNT(*) AS rows FROM ${settings.keyspace}.user_conversations WHERE user = ?`, [BigInt(user)]);
        expect(Number(count!.rows)).toBe(1);
      }
    });
    const page = await store.list(5, NOTHING, 10);
    expect('rows' in page && page.rows.map(({ sequence }) => sequence)).toEqual([10_001]);
  });

  test('S3: messages without optional fields, written again three times, keep their write times and make no tombstone', async () => {
    const log = script(1_003, [31, 32], 10_000, NOTHING);
    await writeAll(store, log, BATCH);
    const times = () =>
      withCassandra(settings, async (look) => {
        const messages = await look(
          `SELECT sequence, WRITETIME(sender) AS at FROM ${settings.keyspace}.messages_by_conversation WHERE conversation = ? AND bucket = ?`,
          [1_003n, 9],
        );
        const rows = await look(`SELECT WRITETIME("offset") AS at FROM ${settings.keyspace}.user_conversations WHERE user = ?`, [31n]);
        return [...messages, ...rows].map(({ at }) => at);
      });
    const before = await times();
    for (let again = 0; again < 3; again++) await writeAll(store, log, BATCH + again);
    expect(await times()).toEqual(before);
    const newest = statementsOf(settings.keyspace).newestEntries;
    const scanned = await withCassandra(settings, (_, client) => scannedBy(client, newest, [1_003n, 9, 10_001n, 50]));
    expect(scanned).toEqual({ rows: 50, tombstones: 0 });
  });

  test('the last 50 entries are read from one partition, two where a bucket ends', async () => {
    await writeAll(store, script(1_004, [41, 42], 1_100), BATCH);
    const reads = async (before: number) => {
      const { reads: start } = store.client.counts;
      const page = await store.history(41, 1_004, before, 50, 1_000_000);
      expect('entries' in page && page.entries.length).toBe(50);
      return store.client.counts.reads - start - 1;
    };
    expect(await reads(0)).toBe(1);
    expect(await reads(1_050)).toBe(2);
  });

  test('numbers up to 2^53 come back as they were', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    const user = 2 ** 45 - 1;
    const [create, message] = script(most, [1, user], 1);
    const entry = { ...message!.entry, sender: deviceKey(user, 255), loggedAtMs: most };
    const state = { ...message!.conversation, offset: most - 1, changedAtMs: most, restedAtMs: most };
    await writeAll(store, [create!, { ...message!, entry, conversation: state }], 2);
    expect((await store.conversations([most])).get(most)).toEqual(state);
    const page = await store.history(user, most, 0, 1, 1_000);
    expect('entries' in page && page.entries[0]!.sender).toBe(most);
    expect(await store.outcomesAt([{ conversation: most, offset: most - 1 }])).toEqual([{ sequence: 2 }]);
  });

  test('a keyspace of a schema that is too new or too old, or of another partition count, is refused by name', async () => {
    await expect(openCassandraStore(settings, { partitions: 2 })).rejects.toThrow('made for 1 partitions of messages, not 2');
    await expect(openCassandraStore(settings, { partitions: PARTITIONS_LIMIT + 1 })).rejects.toMatchObject({ code: 'partitions' });
    const other = testCassandra('newer');
    const made = await openCassandraStore(other, OPTIONS);
    await made.close();
    const { oldest, newest } = VERSIONS.schema;
    for (const [version, advice] of [
      [newest + 1, 'start a newer one'],
      [oldest - 1, 'start one in between first'],
    ] as const) {
      await withCassandra(other, async (look) => {
        await look(`UPDATE ${other.keyspace}.settings SET value = ? WHERE name = ? IF EXISTS`, [version, 'schema']);
      });
      const refused = await openCassandraStore(other, OPTIONS).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'schema', retryable: false });
      expect(String(refused)).toContain(`has schema ${version}; this version knows schema`);
      expect(String(refused)).toContain(advice);
    }
    await dropKeyspace(other);
  });

  test('a server that is not there is told as such, and may be tried again; a wrong password never appears', async () => {
    const nowhere = { ...settings, contactPoints: ['127.0.0.1:1'] };
    await expect(openCassandraStore(nowhere, OPTIONS)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    const passwordFile = join(tmpdir(), `parley-password-${process.pid}`);
    writeFileSync(passwordFile, 'not-to-be-shown', { mode: 0o600 });
    const login = { user: 'parley', passwordFile };
    const error = await openCassandraStore({ ...nowhere, login }, OPTIONS).catch((one: unknown) => one);
    expect(Bun.inspect(error)).not.toContain('not-to-be-shown');
  });

  test('more requests than may be in flight wait, and more than may wait are refused', async () => {
    const narrow = await openCassandraStore(settings, { ...OPTIONS, inFlightLimit: 2, waitingLimit: 10 });
    let most = 0;
    const asked = range(1, 30).map(async (user) => {
      const read = narrow.devices([user]);
      most = Math.max(most, narrow.client.counts.inFlight);
      return read;
    });
    const results = await Promise.allSettled(asked);
    expect(most).toBe(2);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(12);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'full', retryable: true } });
    expect(narrow.client.counts).toMatchObject({ inFlight: 0, waiting: 0, refused: 18 });
    await narrow.close();
  });
});
