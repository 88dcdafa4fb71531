import { afterEach, expect, test } from 'bun:test';
import { createMemoryBus } from '../bus/bus-memory.ts';
import { decodeDelivery, encodeMessage, encodeReceipt } from '../bus/record-codec.ts';
import type { DeliveryRecord, ReceiptRecord } from '../bus/records.ts';
import { deviceKey } from '../protocol/ids.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { Metrics } from '../runtime/metrics.ts';
import { StoreMemory } from '../store/store-memory.ts';
import { Dispatch, type DispatchOptions } from './dispatch.ts';
import { DISPATCH_METRICS, dispatchCells } from './metrics.ts';
import { ownedByAll } from './shared-bus.harness.ts';

const ALICE = deviceKey(1, 1);
const BOB = deviceKey(2, 1);
const BOB_LAPTOP = deviceKey(2, 2);
const CAROL = deviceKey(3, 1);
const PAIR = 77;
const GROUP = 78;

const running: Dispatch[] = [];
afterEach(async () => {
  for (const dispatch of running.splice(0)) await dispatch.stop();
});

async function setUp() {
  const bus = createMemoryBus({ partitions: { messages: 1, receipts: 1, deliveries: 4 }, now: () => 1_000 });
  const store = new StoreMemory({ partitions: 1, recordAt: (partition, offset) => bus.recordAt('messages', partition, offset) });
  const routes = new RoutesMemory(1_000);
  // A gateway each for Alice, Bob's phone and Carol; Bob's laptop is on Carol's.
  const places = [
    [ALICE, 1],
    [BOB, 2],
    [BOB_LAPTOP, 3],
    [CAROL, 3],
  ] as const;
  for (const gateway of [1, 2, 3]) await routes.renewLease(gateway, 1e9, true);
  await routes.put(places.map(([device, gateway]) => ({ device, gateway, edge: 0, connection: device, epoch: 1 })));
  const cells = dispatchCells(new Metrics(DISPATCH_METRICS));
  const options: DispatchOptions = {
    bus: ownedByAll(bus),
    store,
    routes,
    push: undefined,
    cells,
    rulesAt: () => ({ messagesPerSecond: 1_000, burst: 1_000, maxConversations: 100 }),
    messageIdMs: 600_000,
    maxIdsPerPartition: 10_000,
    cachedMembers: 1_000,
    storeOutlives: false,
    deadLetter: async () => undefined,
    now: () => 1_000,
    pause: () => Bun.sleep(1),
    log: () => undefined,
  };
  let nextId = 0;
  const from = (conversation: number, device: number) => ({
    conversation,
    id: new Uint8Array(16).fill(++nextId),
    from: device,
    replyTo: { gateway: 0, edge: 0, connection: 0 },
  });
  const body = Uint8Array.of(1);
  const send = (conversation: number, device: number) =>
    encodeMessage({ kind: 'send', ...from(conversation, device), contentType: 1, bodies: [{ device: 0, body }] });
  await bus.append('messages', 0, [
    encodeMessage({ kind: 'create', ...from(PAIR, ALICE), members: [2] }),
    send(PAIR, ALICE),
    send(PAIR, ALICE),
    encodeMessage({ kind: 'create', ...from(GROUP, ALICE), members: [2, 3] }),
    send(GROUP, ALICE),
    send(GROUP, CAROL),
  ]);
  const start = async (over: Partial<DispatchOptions> = {}) => {
    const dispatch = new Dispatch({ ...options, ...over });
    running.push(dispatch);
    await dispatch.start();
    return dispatch;
  };
  const settled = async () => {
    const end = await bus.end('receipts', 0);
    for (let waited = 0; ((await bus.committed('dispatch', 'receipts', 0)) ?? 0) < end; waited++) {
      if (waited > 2_000) throw new Error('receipts are not committed');
      await Bun.sleep(1);
    }
  };
  const mark = async (...records: ReceiptRecord[]) => {
    await bus.append('receipts', 0, records.map(encodeReceipt));
    await settled();
  };
  /** By gateway: who is told what. */
  const told = () =>
    [1, 2, 3].flatMap((gateway) => {
      const records: DeliveryRecord[] = [];
      for (let offset = 0; ; offset++) {
        const record = bus.recordAt('deliveries', gateway, offset);
        if (record === undefined) break;
        const decoded = decodeDelivery(record.value);
        if (!decoded.ok) throw new Error(decoded.reason);
        records.push(decoded.record);
      }
      return records.flatMap((record) => {
        if (record.kind !== 'receipt') return [];
        const { user, receipt, sequence, sessions, conversation } = record;
        return sessions.map(({ device }) => ({ to: device, conversation, user, receipt, sequence }));
      });
    });
  return { bus, store, cells, options, start, settled, mark, told };
}

const delivered = (conversation: number, from: number, sequence: number): ReceiptRecord => ({
  kind: 'delivered',
  conversation,
  from,
  sequence,
});
const read = (conversation: number, from: number, sequence: number): ReceiptRecord => ({ kind: 'read', conversation, from, sequence });

test('between two members the other one is told, once for many marks, and never for one that does not move', async () => {
  const { start, mark, told, cells } = await setUp();
  await start();
  await mark(delivered(PAIR, BOB, 1), delivered(PAIR, BOB, 3), delivered(PAIR, BOB, 2), delivered(PAIR, BOB_LAPTOP, 2));
  const once = [{ to: ALICE, conversation: PAIR, user: 2, receipt: 'delivered' as const, sequence: 3 }];
  expect(told()).toEqual(once);
  await mark(delivered(PAIR, BOB_LAPTOP, 3), delivered(PAIR, BOB, 3));
  expect(told()).toEqual(once);
  expect(cells.receiptsTold.value).toBe(1);
});

test('what a user reads is told to the other and to his other devices, not to the one he reads on', async () => {
  const { start, mark, told } = await setUp();
  await start();
  await mark(read(PAIR, BOB, 3));
  expect(told()).toEqual([
    { to: ALICE, conversation: PAIR, user: 2, receipt: 'read', sequence: 3 },
    { to: BOB_LAPTOP, conversation: PAIR, user: 2, receipt: 'read', sequence: 3 },
  ]);
});

test('a read receipt that its owner withholds goes to his own other devices alone; that he received is still told', async () => {
  const { start, mark, told, store, cells } = await setUp();
  await start();
  await store.setReceiptPrivacy(2, true);
  await mark(read(PAIR, BOB, 3));
  expect(told()).toEqual([{ to: BOB_LAPTOP, conversation: PAIR, user: 2, receipt: 'read', sequence: 3 }]);
  expect(cells.receiptsWithheld.value).toBe(1);
  await mark(delivered(PAIR, BOB, 3));
  expect(told()).toContainEqual({ to: ALICE, conversation: PAIR, user: 2, receipt: 'delivered', sequence: 3 });
});

test('a user who shows his receipts again in the moment his mark is stored has that one withheld', async () => {
  const { start, mark, told, store, options } = await setUp();
  await store.setReceiptPrivacy(2, true);
  const changing = new Proxy(options.store, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (name !== 'markReceipts') return typeof value === 'function' ? value.bind(target) : value;
      return async (marks: never) => {
        const moved = await options.store.markReceipts(marks);
        await options.store.setReceiptPrivacy(2, false);
        return moved;
      };
    },
  });
  await start({ store: changing });
  await mark(read(PAIR, BOB, 3));
  expect(told().map(({ to }) => to)).toEqual([BOB_LAPTOP]);
});

test('a mark that was logged while its user withheld has no others to be told to, though he shows again before it is taken', async () => {
  const { start, mark, told, store } = await setUp();
  await store.setReceiptPrivacy(2, true);
  const late = read(PAIR, BOB, 3);
  await start({
    store: new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (name !== 'markReceipts') return typeof value === 'function' ? value.bind(target) : value;
        return async (marks: ReadonlyArray<object>) =>
          (await target.markReceipts(marks as never)).map((one) => ({ ...one, withheld: true }));
      },
    }),
  });
  await store.setReceiptPrivacy(2, false);
  await mark(late);
  expect(told().map(({ to }) => to)).toEqual([BOB_LAPTOP]);
});

test('in a group those who sent the messages are told, and nobody else', async () => {
  const { start, mark, told } = await setUp();
  await start();
  await mark(delivered(GROUP, BOB, 2));
  expect(told().map(({ to }) => to)).toEqual([ALICE]);
  await mark(delivered(GROUP, BOB, 3));
  expect(
    told()
      .slice(1)
      .map(({ to }) => to),
  ).toEqual([CAROL]);
});

test('in one batch a member’s marks are one, told to all who sent since what he had before', async () => {
  const { start, mark, told } = await setUp();
  await start();
  await mark(delivered(GROUP, BOB, 2), { ...delivered(GROUP, BOB, 3), from: deviceKey(2, 7) });
  expect(told().map(({ to, sequence }) => [to, sequence])).toEqual(
    expect.arrayContaining([
      [ALICE, 3],
      [CAROL, 3],
    ]),
  );
  expect(told()).toHaveLength(2);
});

test('marks that are stored, but whose answer is lost, are told when they are stored again', async () => {
  const { start, mark, told, store } = await setUp();
  let lost = 0;
  const losing = new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (name !== 'markReceipts') return typeof value === 'function' ? value.bind(target) : value;
      return async (marks: never) => {
        const moved = await target.markReceipts(marks);
        if (moved.length > 0 && told().length > 0 && lost++ === 0) throw new BackendError('timedOut', 'no answer', true);
        return moved;
      };
    },
  });
  await start({ store: losing });
  await mark(delivered(PAIR, BOB, 2));
  await mark(delivered(PAIR, BOB, 3));
  expect(lost).toBeGreaterThan(0);
  expect(told().map(({ to, sequence }) => [to, sequence])).toContainEqual([ALICE, 3]);
});

test('a stranger’s mark tells nobody', async () => {
  const { start, mark, told } = await setUp();
  await start();
  await mark(delivered(PAIR, CAROL, 3), read(PAIR, CAROL, 3), read(999, BOB, 1));
  expect(told()).toEqual([]);
});

test('marks that were stored and told to nobody, since their dispatcher died, are told by the next one, as they may be seen', async () => {
  const { start, mark, told, store } = await setUp();
  const first = await start();
  await first.stop();
  const stored = ({ from: device, ...record }: ReceiptRecord) => ({ ...record, device });
  await store.markReceipts([stored(delivered(PAIR, BOB, 2)), stored(read(GROUP, CAROL, 3))]);
  await store.setReceiptPrivacy(2, true);
  await store.markReceipts([stored(read(PAIR, BOB, 3))]);
  await start({ storeOutlives: true });
  await mark(delivered(PAIR, BOB, 2), read(PAIR, BOB, 3), read(GROUP, CAROL, 3));
  const { to: _, ...seen } = told().find(({ to, conversation }) => to === ALICE && conversation === PAIR)!;
  expect(seen).toMatchObject({ user: 2, receipt: 'delivered', sequence: 3 });
  expect(told()).toContainEqual({ to: BOB_LAPTOP, conversation: PAIR, user: 2, receipt: 'read', sequence: 3 });
  expect(told().filter(({ to, receipt, user }) => to === ALICE && receipt === 'read' && user === 2)).toEqual([]);
  expect(told()).toContainEqual({ to: ALICE, conversation: GROUP, user: 3, receipt: 'read', sequence: 3 });
  const before = told().length;
  await mark(delivered(PAIR, BOB, 2), read(GROUP, CAROL, 3));
  expect(told()).toHaveLength(before);
});

test('marks that were told before a restart are made again in a new store, and told to nobody', async () => {
  const { bus, start, mark, told, settled } = await setUp();
  const first = await start();
  await mark(delivered(PAIR, BOB, 2));
  expect(told()).toHaveLength(1);
  await first.stop();
  const store = new StoreMemory({ partitions: 1, recordAt: (partition, offset) => bus.recordAt('messages', partition, offset) });
  await bus.append('receipts', 0, [encodeReceipt(delivered(PAIR, BOB, 3))]);
  await start({ store });
  await settled();
  expect(told().map(({ sequence }) => sequence)).toEqual([2, 3]);
});

test('a receipt that the version before had no words for is shown to who asks, and told with the next mark of its user when all are new', async () => {
  const { start, mark, told, store, cells } = await setUp();
  const before = await start({ speaks: 'predecessor', storeOutlives: true });
  await mark(delivered(PAIR, BOB, 2), read(PAIR, BOB, 2), read(GROUP, CAROL, 3));
  await before.stop();
  expect([told().length, cells.unsaid.value > 0]).toEqual([0, true]);
  const asked = await store.receipts(1, PAIR, new Uint8Array(0), 10);
  expect('receipts' in asked && asked.receipts.map(({ user, kind, sequence }) => [user, kind, sequence])).toEqual([[2, 'read', 2]]);

  await start({ storeOutlives: true });
  // By itself nothing is told again: its position is behind the marks.
  expect(told()).toEqual([]);
  await mark(read(PAIR, BOB, 3));
  expect(told()).toContainEqual({ to: ALICE, conversation: PAIR, user: 2, receipt: 'read', sequence: 3 });
  expect(told().filter(({ conversation }) => conversation === GROUP)).toEqual([]);
});
