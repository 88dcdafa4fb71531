import { afterEach, expect, test } from 'bun:test';
import type { Topic } from '../bus/bus.ts';
import { createMemoryBus } from '../bus/bus-memory.ts';
import { partitionOf } from '../bus/partition.ts';
import { encodeMessage } from '../bus/record-codec.ts';
import type { MessageRecord } from '../bus/records.ts';
import { DISPATCH_GROUP, Dispatch } from '../dispatch/dispatch.ts';
import { DISPATCH_METRICS, dispatchCells } from '../dispatch/metrics.ts';
import { ownedByAll } from '../dispatch/shared-bus.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { Metrics } from '../runtime/metrics.ts';
import { StoreMemory } from '../store/store-memory.ts';
import { traceMessage } from './trace.ts';
import { traceText } from './trace-text.ts';

const ALICE = deviceKey(1, 1);
const BOB = deviceKey(2, 1);
const running: Dispatch[] = [];
afterEach(async () => {
  for (const dispatch of running.splice(0)) await dispatch.stop();
});

const PARTITION = partitionOf(77, 2);

const idOf = (value: number) => new Uint8Array(16).fill(value);

function setUp() {
  let nowMs = 1_000;
  const bus = createMemoryBus({ partitions: { messages: 2, receipts: 2, deliveries: 4 }, now: () => nowMs });
  const shared = ownedByAll(bus);
  const store = new StoreMemory({ partitions: 2, recordAt: (partition, offset) => bus.recordAt('messages', partition, offset) });
  const routes = new RoutesMemory(100);
  const record = (value: number, sender: number): MessageRecord => ({
    kind: 'send',
    conversation: 77,
    id: idOf(value),
    from: sender,
    replyTo: { gateway: 1, edge: 0, connection: 5 },
    contentType: 1,
    bodies: [{ device: 0, body: Uint8Array.of(1) }],
  });
  const append = (...records: MessageRecord[]) => bus.append('messages', PARTITION, records.map(encodeMessage));
  const create: MessageRecord = {
    kind: 'create',
    conversation: 77,
    id: idOf(99),
    from: ALICE,
    replyTo: { gateway: 1, edge: 0, connection: 5 },
    members: [2, 3],
  };
  const dispatched = async () => {
    if (running.length === 0) {
      const dispatch = new Dispatch({
        bus: shared,
        store,
        routes,
        push: undefined,
        cells: dispatchCells(new Metrics(DISPATCH_METRICS)),
        rulesAt: () => ({ messagesPerSecond: 1_000, burst: 1_000, maxConversations: 100 }),
        messageIdMs: 600_000,
        maxIdsPerPartition: 10_000,
        cachedMembers: 0,
        storeOutlives: false,
        deadLetter: async () => undefined,
        now: () => nowMs,
        pause: () => Bun.sleep(1),
        log: () => undefined,
      });
      running.push(dispatch);
      await dispatch.start();
    }
    const end = await bus.end('messages', PARTITION);
    for (let waited = 0; ((await bus.committed(DISPATCH_GROUP, 'messages', PARTITION)) ?? 0) < end && waited < 1_000; waited++)
      await Bun.sleep(1);
  };
  // This bus deletes what every group has committed; a relay that is far is only said to be.
  let handedOut = false;
  const read = new Proxy(shared, {
    get: (target, name) => {
      if (name === 'committed' && handedOut) {
        return async (group: string, topic: Topic, partition: number) =>
          group === 'relay' ? bus.end(topic, partition) : bus.committed(group, topic, partition);
      }
      return Reflect.get(target, name, target);
    },
  });
  const handOut = () => {
    handedOut = true;
  };
  const trace = (value: number, fromMs = 0) =>
    traceMessage({
      bus: read,
      store,
      id: idOf(value),
      fromMs,
      dispatchGroup: DISPATCH_GROUP,
      relayGroup: 'relay',
      name: 'test',
      deadlineMs: 5_000,
    });
  return { handOut, store, routes, record, append, create, dispatched, trace, setNow: (ms: number) => (nowMs = ms) };
}

test('a message is followed from the log over the store and its gateways to who has received it', async () => {
  const { handOut, store, routes, record, append, create, dispatched, trace } = setUp();
  for (const gateway of [1, 2]) await routes.renewLease(gateway, 1e9, true);
  await routes.put([{ device: BOB, gateway: 2, edge: 0, connection: 8, epoch: 1 }]);
  await append(create, record(1, ALICE));
  expect(await trace(1)).toMatchObject({
    where: `in the log, not dispatched: dispatch has 1 records of partition ${PARTITION} before it`,
    complete: true,
  });
  await dispatched();
  const stored = await trace(1);
  expect(stored).toMatchObject({
    where: 'stored as 2 of conversation 77; gateway 1, 2 has not handed it out yet',
    records: [{ kind: 'send', partition: PARTITION, offset: 1, user: 1, device: 1, gateway: 1 }],
    outcome: { sequence: 2 },
    deliveries: [
      { gateway: 1, sessions: 0, answersSender: true, handed: false },
      { gateway: 2, sessions: 1, answersSender: false, handed: false },
    ],
  });
  handOut();
  expect((await trace(1)).where).toBe('stored as 2 of conversation 77; handed to the gateways; not acknowledged by 2 of 2: user 2, 3');
  await store.markReceipts([
    { kind: 'delivered', conversation: 77, device: BOB, sequence: 2 },
    { kind: 'read', conversation: 77, device: BOB, sequence: 2 },
    { kind: 'delivered', conversation: 77, device: deviceKey(3, 1), sequence: 2 },
  ]);
  const last = await trace(1);
  expect(last.where).toBe('stored as 2 of conversation 77; delivered to all 2 others, read by 1');
  const text = traceText(last);
  for (const part of ['send logged', `messages/${PARTITION} at 1`, 'sequence 2', 'deliveries/2', 'user 2', 'now: stored as 2'])
    expect(text).toContain(part);
});

test('a rejection, a repetition and an id that is not there are told as such', async () => {
  const { record, append, create, dispatched, trace, setNow } = setUp();
  await append(create, record(4, deviceKey(9, 1)), record(5, ALICE));
  setNow(50_000);
  await append(record(5, ALICE));
  await dispatched();
  expect(await trace(4)).toMatchObject({ where: 'rejected: notMember (32)', deliveries: [{ kind: 'rejection', gateway: 1 }] });
  expect((await trace(5)).records.map(({ offset }) => offset)).toEqual([2, 3]);
  expect(await trace(6)).toMatchObject({ where: 'not in the log of this time: never accepted, or accepted before it', records: [] });
  expect((await trace(5, 40_000)).records.map(({ offset }) => offset)).toEqual([3]);
});
