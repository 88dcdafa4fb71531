/** A real Cassandra that forgets under dispatchers that hold their partitions: nothing accepted is lost, and it is told. */
import { afterAll, afterEach, expect, setDefaultTimeout } from 'bun:test';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { requires } from '../runtime/requires.ts';
import { dropKeyspace, emptyTables, withCassandra } from '../store/cassandra-stack.harness.ts';
import { openCassandraStore } from '../store/store-cassandra.ts';
import type { DispatchProcess } from './dispatch-process.harness.ts';
import { RealDispatch } from './real-dispatch.harness.ts';

setDefaultTimeout(180_000);

const PARTITIONS = { messages: 4, receipts: 4, deliveries: 4 };
const own = new OwnBackends();
const real: RealDispatch[] = [];

afterEach(async () => {
  for (const one of real.splice(0)) await one.close();
});
afterAll(() => own.giveBack());

async function open(): Promise<RealDispatch> {
  const opened = await RealDispatch.open(await own.make(PARTITIONS), 40);
  real.push(opened);
  return opened;
}

const forgotten = (process: DispatchProcess) => process.metric('parley_dispatch_store_forgot_total');

async function untilSeen(processes: readonly DispatchProcess[], partitions: number): Promise<void> {
  const untilMs = Date.now() + 60_000;
  for (;;) {
    const counts = await Promise.all(processes.map(forgotten));
    if (counts.reduce((sum, count) => sum + count, 0) >= partitions) return;
    if (Date.now() > untilMs) throw new Error(`seen of ${counts} partitions: ${processes.map(({ stderr }) => stderr).join('\n')}`);
    await Bun.sleep(50);
  }
}

const guarded = requires('kafka', 'cassandra', 'valkey');

guarded.test(
  'a keyspace that is lost and made anew under load gets back all that was accepted, once, by the numbers that were told',
  async () => {
    const dispatch = await open();
    const processes = [await dispatch.startProcess(), await dispatch.startProcess()];
    await dispatch.send(2_000);
    await dispatch.dispatched();
    let sending = true;
    const load = (async () => {
      while (sending) {
        await dispatch.send(40);
        await Bun.sleep(20);
      }
    })();
    await Bun.sleep(1_000);
    await dropKeyspace(dispatch.settings.cassandra);
    const made = await openCassandraStore(dispatch.settings.cassandra, { partitions: PARTITIONS.messages });
    await made.close();
    await untilSeen(processes, PARTITIONS.messages);
    await Bun.sleep(2_000);
    sending = false;
    await load;
    await dispatch.dispatched();
    await dispatch.check();
    for (const one of processes) expect(await one.metric('parley_dispatch_unknown_outcomes_total')).toBe(0);
  },
);

guarded.test(
  'tables that are emptied while nothing comes are seen within seconds, and filled again before the next message has its number',
  async () => {
    const dispatch = await open();
    const process = await dispatch.startProcess();
    await dispatch.send(400);
    await dispatch.dispatched();
    await emptyTables(dispatch.settings.cassandra);
    await untilSeen([process], PARTITIONS.messages);
    await dispatch.send(40);
    await dispatch.dispatched();
    await dispatch.check();
    expect(process.stderr).toContain('THE STORE FORGOT');
  },
);

guarded.test('tables that were emptied while nobody dispatched are filled again, and that is told', async () => {
  const dispatch = await open();
  const first = await dispatch.startProcess();
  await dispatch.send(400);
  await dispatch.dispatched();
  expect(await first.stop()).toBe(0);
  await emptyTables(dispatch.settings.cassandra);
  const second = await dispatch.startProcess();
  await dispatch.send(40);
  await dispatch.dispatched();
  await dispatch.check();
  expect(await forgotten(second)).toBe(PARTITIONS.messages);
});

guarded.test('a store that was put back to an earlier state is seen by its older marks', async () => {
  const dispatch = await open();
  const process = await dispatch.startProcess();
  await dispatch.send(400);
  await dispatch.dispatched();
  const { keyspace } = dispatch.settings.cassandra;
  const older = () =>
    withCassandra(dispatch.settings.cassandra, async (look) => {
      const rows = await look(`SELECT partition, next_offset FROM ${keyspace}.progress WHERE log = 'kept'`);
      return rows.map(({ partition, next_offset }) => [partition as number, Number(next_offset)] as const);
    });
  const untilMs = Date.now() + 20_000;
  while ((await older()).length < 2 * PARTITIONS.messages && Date.now() < untilMs) await Bun.sleep(50);
  const marks = await older();
  await Bun.sleep(4_000);
  await withCassandra(dispatch.settings.cassandra, async (look) => {
    await look(`TRUNCATE ${keyspace}.progress`);
    for (const [partition, value] of marks) {
      await look(
        `INSERT INTO ${keyspace}.progress (log, partition, next_offset, first_logged_at) VALUES ('kept', ${partition}, ${value}, 1) USING TIMESTAMP ${value}`,
      );
    }
  });
  await untilSeen([process], PARTITIONS.messages);
  await dispatch.send(40);
  await dispatch.dispatched();
  await dispatch.check();
});
