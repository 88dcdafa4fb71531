import { expect, test } from 'bun:test';
import type { LogEntry } from '../bus/records.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { type DeviceKey, deviceKey, type UserId } from '../protocol/ids.ts';
import type { Push, PushNotice, PushResult } from '../push/push.ts';
import { Metrics } from '../runtime/metrics.ts';
import { DISPATCH_METRICS, dispatchCells } from './metrics.ts';
import { OfflinePush } from './offline-push.ts';

const ALICE = deviceKey(1, 1);
const ALICE_LAPTOP = deviceKey(1, 2);
const BOB = deviceKey(2, 1);
const BOB_LAPTOP = deviceKey(2, 2);
const DEVICES: Readonly<Record<UserId, readonly DeviceKey[]>> = { 1: [ALICE, ALICE_LAPTOP], 2: [BOB, BOB_LAPTOP] };
const TAKEN: PushResult = { kind: 'taken' };

function setUp(answer: (notices: readonly PushNotice[], call: number) => readonly PushResult[]) {
  const calls: PushNotice[][] = [];
  const pauses: number[] = [];
  let reads = 0;
  const push: Push = {
    send: async (notices) => {
      calls.push([...notices]);
      return answer(notices, calls.length);
    },
    close: async () => undefined,
  };
  const cells = dispatchCells(new Metrics(DISPATCH_METRICS));
  const offline = new OfflinePush({
    push,
    store: {
      devices: async (users) => {
        reads++;
        return users.map((user) => DEVICES[user] ?? []);
      },
    },
    cells,
    now: () => 1_000,
    pause: async (ms) => void pauses.push(ms),
    log: () => undefined,
  });
  return { offline, calls, pauses, cells, reads: () => reads };
}

function message(sequence: number, kind: number = ENTRY_KINDS.message): { entry: LogEntry; recipients: readonly UserId[] } {
  const entry = { conversation: 77, sequence, kind, sender: ALICE, id: new Uint8Array(16), loggedAtMs: 1, contentType: 0, bodies: [] };
  return { entry, recipients: [1, 2] };
}

const route = (device: DeviceKey) => ({ device, gateway: 1, edge: 0, connection: 1, epoch: 1 });

test('a device without a route is told once of each message; one that is connected, and the sender’s own, are not', async () => {
  const { offline, calls, cells, reads } = setUp((notices) => notices.map(() => TAKEN));
  await offline.tell([message(2), message(3)], new Map([[2, [route(BOB)]]]), true);
  await Bun.sleep(1);
  expect(calls.flat()).toEqual([2, 3].map((sequence) => ({ device: BOB_LAPTOP, conversation: 77, sequence })));
  expect(cells.pushed.value).toBe(2);
  await offline.tell([message(4)], new Map(), true);
  await Bun.sleep(1);
  expect(
    calls
      .flat()
      .slice(2)
      .map(({ device }) => device),
  ).toEqual([BOB, BOB_LAPTOP]);
  expect(reads()).toBe(1);
});

test('nobody is told while routes may be missing, nor of a change of membership', async () => {
  const { offline, calls, cells } = setUp((notices) => notices.map(() => TAKEN));
  await offline.tell([message(2)], new Map(), false);
  await offline.tell([message(3, ENTRY_KINDS.memberAdded)], new Map(), true);
  await Bun.sleep(1);
  expect(calls).toEqual([]);
  expect(cells.pushUncertain.value).toBe(1);
});

test('what is not taken now is tried again after its time, what was taken is not', async () => {
  const later: PushResult = { kind: 'later', retryAfterMs: 700 };
  const { offline, calls, pauses, cells } = setUp((notices, call) =>
    notices.map((_, index) => (call === 1 && index === 1 ? later : TAKEN)),
  );
  await offline.tell([message(2)], new Map(), true);
  await Bun.sleep(1);
  expect(calls.map((notices) => notices.map(({ device }) => device))).toEqual([[BOB, BOB_LAPTOP], [BOB_LAPTOP]]);
  expect(pauses).toEqual([700]);
  expect(cells.pushed.value).toBe(2);
});

test('a service that fails is given up after some attempts, counted, and a device that is gone is told no more', async () => {
  const { offline, calls, cells } = setUp((_, call) => {
    if (call > 1) return [{ kind: 'unregistered' }, { kind: 'unregistered' }];
    throw new Error('not there');
  });
  await offline.tell([message(2)], new Map(), true);
  await Bun.sleep(1);
  expect(calls).toHaveLength(2);
  const broken = setUp(() => {
    throw new Error('not there');
  });
  await broken.offline.tell([message(2)], new Map(), true);
  await Bun.sleep(5);
  expect(broken.calls).toHaveLength(5);
  expect([broken.cells.pushDropped.value, broken.cells.pushWaiting.value, cells.pushDropped.value]).toEqual([2, 0, 0]);
});
