/**
 * Parts of a real box are killed or stopped while it is under load, and the ledger of every message says what came of it:
 * nothing accepted is lost, nobody gets an entry twice or out of order, and only the clients of a killed edge notice.
 */
import { describe, expect, test } from 'bun:test';
import type { RunRecord } from '../../capacity/run-record.ts';
import { type Box, gatewayCommand, sumOf } from '../coordinator/box.ts';
import { testRun } from '../coordinator/test-run.ts';

const CONNECTIONS = 1_000;
const SENDS_PER_SECOND = 300;
const CHAT_SECONDS = 12;
const HEARTBEAT_SECONDS = 3;
const LIMIT_MS = 90_000;
/** A fault comes when so many sends of the chat were accepted. */
const SENDS_BEFORE = SENDS_PER_SECOND * 2;

const BOX = gatewayCommand([
  '--edges=3',
  `--max-connections=${CONNECTIONS * 2}`,
  '--admissions-per-second=100000',
  '--admission-burst=100000',
  '--attempts-per-address-per-second=100000',
  '--attempts-per-address-burst=100000',
  '--drain-closes-per-second=100000',
]);

async function underLoad(fault: (box: Box) => Promise<void>): Promise<RunRecord> {
  const { record } = await testRun(
    {
      connections: CONNECTIONS,
      connectionsPerSecond: 1_000,
      sendsPerSecond: SENDS_PER_SECOND,
      chatSeconds: CHAT_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      // A client that lost its edge comes back within seconds, resends, and pulls what it missed.
      quietSeconds: 25,
    },
    2,
    async (box, workerPids) => {
      await workerPids();
      await untilSent(box);
      await fault(box);
    },
    BOX,
  );
  return record;
}

/** What no fault may break. */
function expectNothingLost({ ledger }: RunRecord): void {
  expect(ledger).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0, unsent: 0, unknown: 0 });
  expect(ledger.due).toBeGreaterThan(SENDS_PER_SECOND * CHAT_SECONDS * 0.8);
  expect(ledger.accepted + ledger.refused).toBe(ledger.due);
  expect(ledger.delivered + ledger.waiting + ledger.rejected).toBe(ledger.recipientsExpected);
  expect(ledger.waiting).toBe(0);
}

async function untilSent(box: Box): Promise<void> {
  const conversations = CONNECTIONS / 10;
  for (let attempt = 0; attempt < 300; attempt++) {
    const metrics = await (await fetch(`${box.info.adminUrl}/metrics`)).text();
    if ((sumOf(metrics, 'parley_relay_accepted_total') ?? 0) > conversations + SENDS_BEFORE) return;
    await Bun.sleep(100);
  }
  throw new Error('no sends after 30 s');
}

async function pids(box: Box): Promise<Box['info']['pids']> {
  return ((await (await fetch(`${box.info.adminUrl}/box`)).json()) as Box['info']).pids;
}

function kill(pid: number | undefined, signal: NodeJS.Signals = 'SIGKILL'): void {
  process.kill(pid!, signal);
}

describe('killed under load', () => {
  test(
    'an edge: its clients come back, the others stay, the ledger is clean',
    async () => {
      const record = await underLoad(async (box) => kill((await pids(box)).edges[1]));
      expectNothingLost(record);
      expect(record.connections.dropped).toBeGreaterThan(CONNECTIONS / 6);
      expect(record.connections.dropped).toBeLessThan(CONNECTIONS / 2);
    },
    LIMIT_MS,
  );

  test(
    'the relay: not one client disconnects, the ledger is clean',
    async () => {
      const record = await underLoad(async (box) => kill((await pids(box)).relay));
      expectNothingLost(record);
      expect(record.connections.dropped).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    'the embedded backends: not one client disconnects, the ledger is clean',
    async () => {
      const record = await underLoad(async (box) => kill((await pids(box)).embedded));
      expectNothingLost(record);
      expect(record.connections.dropped).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    'all but the supervisor, one after another: the box comes back and the ledger is clean',
    async () => {
      const record = await underLoad(async (box) => {
        const before = await pids(box);
        for (const pid of [before.relay, before.embedded, ...before.edges]) {
          kill(pid);
          await Bun.sleep(1_500);
        }
      });
      expectNothingLost(record);
    },
    LIMIT_MS,
  );
});

describe('stopped under load', () => {
  test(
    'the relay for 4 s: nobody disconnects, nothing is lost',
    async () => {
      const record = await underLoad(async (box) => {
        const { relay } = await pids(box);
        kill(relay, 'SIGSTOP');
        await Bun.sleep(4_000);
        kill(relay, 'SIGCONT');
      });
      expectNothingLost(record);
      expect(record.connections.dropped).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    'an edge for longer than its grace: its routes are dropped and written again, nothing is lost',
    async () => {
      const record = await underLoad(async (box) => {
        const edge = (await pids(box)).edges[2];
        kill(edge, 'SIGSTOP');
        await Bun.sleep(5_000);
        kill(edge, 'SIGCONT');
      });
      expectNothingLost(record);
    },
    LIMIT_MS,
  );
});
