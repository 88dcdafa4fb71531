/** S2 two clocks in one row, on a real Cassandra: 10,000 operations of writers whose clocks are ten seconds apart. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, policies, types } from 'cassandra-driver';
import type { CassandraSettings } from '../backends/settings.ts';
import { requires } from '../runtime/requires.ts';
import { batchOf, range, script, writeAll } from './applied-entries.harness.ts';
import { driverOptions } from './cassandra-client.ts';
import { dropKeyspace, testCassandra } from './cassandra-stack.harness.ts';
import { statementsOf } from './cassandra-statements.ts';
import { type CassandraStore, openCassandraStore } from './store-cassandra.ts';

setDefaultTimeout(240_000);

const OPTIONS = { partitions: 1 };
const OPERATIONS = 10_000;
/** Conversations, or rows, that are written side by side, each by itself in order. */
const LANES = 16;
const APART_MS = [-5_000, 5_000] as const;

requires('cassandra').describe('case S2 on a real Cassandra', () => {
  let settings: CassandraSettings;
  let store: CassandraStore;

  beforeAll(async () => {
    settings = testCassandra('clocks');
    store = await openCassandraStore(settings, OPTIONS);
  });

  afterAll(async () => {
    await store.close();
    await dropKeyspace(settings);
  });

  test('of writers whose clocks are seconds apart the later sequence wins, each of 10,000 times, and no row is written both ways', async () => {
    const behind = await openCassandraStore(settings, { ...OPTIONS, nowMs: () => Date.now() + APART_MS[0] });
    const ahead = await openCassandraStore(settings, { ...OPTIONS, nowMs: () => Date.now() + APART_MS[1] });
    let seen = 0;
    const lane = async (conversation: number) => {
      const [create, ...messages] = script(conversation, [21, 22], OPERATIONS / LANES);
      await writeAll(store, [create!], 1);
      for (const [index, message] of messages.entries()) {
        const [first, second] = index % 2 === 0 ? [ahead, behind] : [behind, ahead];
        await first.write(batchOf([message]));
        if ((await second.conversations([conversation])).get(conversation)!.lastSequence === message.entry.sequence) seen++;
        // The other one is late with what is stored already.
        if (index > 0) await second.write(batchOf([messages[index - 1]!]));
      }
      expect((await store.conversations([conversation])).get(conversation)!.lastSequence).toBe(messages.length + 1);
    };
    await Promise.all(range(1_010, LANES).map(lane));
    expect(seen).toBe(OPERATIONS);
    for (let times = 0; times < 20; times++) {
      await (times % 2 === 0 ? ahead : behind).setReceiptPrivacy(21, times % 2 === 0);
      expect((await store.withholding([21])).size).toBe(times % 2 === 0 ? 1 : 0);
    }
    const conditional = Object.values(statementsOf(settings.keyspace)).filter((statement) => /\bIF\b/.test(statement));
    expect(conditional).toEqual([]);
    await behind.close();
    await ahead.close();
  });

  test('the one table that is written conditionally shows what was applied, 10,000 times of clocks five seconds apart, to serial reads', async () => {
    const { keyspace } = settings;
    const clients = APART_MS.map((apartMs) => clockedClient(settings, apartMs));
    const lane = async (name: string) => {
      await clients[0]!.execute(`INSERT INTO ${keyspace}.settings (name, value) VALUES (?, 0) IF NOT EXISTS`, [name], { prepare: true });
      for (let value = 1; value <= OPERATIONS / LANES; value++) {
        const [writer, reader] = value % 2 === 0 ? clients : clients.toReversed();
        const update = `UPDATE ${keyspace}.settings SET value = ? WHERE name = ? IF value = ?`;
        const [applied] = (await writer!.execute(update, [value, name, value - 1], { prepare: true })).rows;
        const look = { prepare: true, consistency: types.consistencies.localSerial };
        const [row] = (await reader!.execute(`SELECT value FROM ${keyspace}.settings WHERE name = ?`, [name], look)).rows;
        if (applied!['[applied]'] !== true || row!.value !== value) throw new Error(`${name}: ${value} applied, and ${row!.value} stands`);
      }
      return OPERATIONS / LANES;
    };
    const seen = await Promise.all(range(1, LANES).map((index) => lane(`lane ${index}`)));
    expect(seen.reduce((sum, count) => sum + count, 0)).toBe(OPERATIONS);
    await Promise.all(clients.map((client) => client.shutdown()));
    // And nothing of the product writes it in any other way.
    const sources = readdirSync(import.meta.dirname).filter(
      (name) => /^(cassandra|store)-.*\.ts$/.test(name) && !/test|harness/.test(name),
    );
    const writes = sources.flatMap(
      (name) => readFileSync(join(import.meta.dirname, name), 'utf8').match(/(INSERT INTO|UPDATE) [^`']*\.settings[^`']*/g) ?? [],
    );
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.filter((statement) => !/ IF /.test(statement))).toEqual([]);
  });
});

/** A client whose clock is apart from the server's: plain statements would take their time from it. */
function clockedClient(settings: CassandraSettings, apartMs: number): Client {
  class Clock extends policies.timestampGeneration.MonotonicTimestampGenerator {
    override getDate(): number {
      return Date.now() + apartMs;
    }
  }
  return new Client({ ...driverOptions(settings, { requestDeadlineMs: 60_000 }), policies: { timestampGeneration: new Clock(0, 1_000) } });
}
