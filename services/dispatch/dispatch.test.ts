import { afterEach, describe, expect, test } from 'bun:test';
import type { SharedBus } from '../bus/bus.ts';
import { createMemoryBus } from '../bus/bus-memory.ts';
import { decodeDelivery, encodeMessage, encodeReceiptAs } from '../bus/record-codec.ts';
import type { DeliveryRecord, MessageRecord } from '../bus/records.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import { deviceKey } from '../protocol/ids.ts';
import type { Routes } from '../routes/routes.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { Metrics } from '../runtime/metrics.ts';
import { VERSIONS } from '../runtime/versions.ts';
import type { DecidedBatch, Store } from '../store/store.ts';
import { StoreMemory } from '../store/store-memory.ts';
import type { DeadLetter } from './dead-letter.ts';
import { Dispatch, type DispatchOptions } from './dispatch.ts';
import { DISPATCH_METRICS, dispatchCells } from './metrics.ts';
import { ownedByAll } from './shared-bus.harness.ts';

const ALICE = deviceKey(1, 1);
const ALICE_LAPTOP = deviceKey(1, 2);
const BOB = deviceKey(2, 1);
const CONVERSATION = 77;

let nextId = 1;
function from(device: number, gateway = 1, connection = device) {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, nextId++);
  return { conversation: CONVERSATION, id, from: device, replyTo: { gateway, edge: 0, connection } };
}
const create = (device: number, ...members: number[]): MessageRecord => ({ kind: 'create', ...from(device), members });
const send = (device: number, body = 'hi'): MessageRecord => ({
  kind: 'send',
  ...from(device),
  contentType: 1,
  bodies: [{ device: 0, body: new TextEncoder().encode(body) }],
});
const route = (device: number, gateway: number) => ({ device, gateway, edge: 0, connection: device, epoch: 1 });

function setUp(overrides: Partial<DispatchOptions> = {}) {
  let nowMs = 1_000;
  const bus = createMemoryBus({ partitions: { messages: 1, receipts: 1, deliveries: 4 }, now: () => nowMs });
  const routes = new RoutesMemory(1_000);
  for (let gateway = 0; gateway < 4; gateway++) void routes.renewLease(gateway, 1e9, true);
  const newStore = () => new StoreMemory({ partitions: 1, recordAt: (partition, offset) => bus.recordAt('messages', partition, offset) });
  const store = newStore();
  const letters: DeadLetter[] = [];
  const cells = dispatchCells(new Metrics(DISPATCH_METRICS));
  const options: DispatchOptions = {
    bus: ownedByAll(bus),
    store,
    routes,
    push: undefined,
    cells,
    cachedMembers: 1_000,
    storeOutlives: false,
    now: () => nowMs,
    rulesAt: () => ({ messagesPerSecond: 1_000, burst: 1_000, maxConversations: 100 }),
    messageIdMs: 600_000,
    maxIdsPerPartition: 10_000,
    deadLetter: async (letter) => void letters.push({ ...letter, record: { ...letter.record, value: letter.record.value.slice() } }),
    pause: () => Bun.sleep(1),
    log: () => undefined,
    ...overrides,
  };
  const append = (...records: readonly (MessageRecord | Uint8Array)[]) =>
    bus.append(
      'messages',
      0,
      records.map((record) => (record instanceof Uint8Array ? record : encodeMessage(record))),
    );
  const settled = async () => {
    const end = await bus.end('messages', 0);
    for (let waited = 0; ((await bus.committed('dispatch', 'messages', 0)) ?? 0) < end; waited++) {
      if (waited > 1_000) throw new Error('dispatch does not commit');
      await Bun.sleep(1);
    }
  };
  const deliveries = (gateway: number) => {
    const records: DeliveryRecord[] = [];
    for (let offset = 0; ; offset++) {
      const record = bus.recordAt('deliveries', gateway, offset);
      if (record === undefined) return records;
      const decoded = decodeDelivery(record.value);
      if (!decoded.ok) throw new Error(decoded.reason);
      records.push(decoded.record);
    }
  };
  const setNow = (ms: number) => {
    nowMs = ms;
  };
  return { bus, routes, store, newStore, cells, options, letters, append, settled, deliveries, setNow };
}

describe('dispatch', () => {
  const running: Dispatch[] = [];
  const run = async (options: DispatchOptions) => {
    const dispatch = new Dispatch(options);
    running.push(dispatch);
    await dispatch.start();
    return dispatch;
  };
  afterEach(async () => {
    for (const dispatch of running.splice(0)) await dispatch.stop();
  });

  test('an entry goes once to every gateway that has recipients; the asking session gets the answer instead', async () => {
    const { options, routes, append, settled, deliveries } = setUp();
    await routes.put([route(ALICE, 1), route(ALICE_LAPTOP, 2), route(BOB, 2)]);
    await run(options);
    await append(create(ALICE, 2), send(ALICE));
    await settled();
    const [, onOne] = deliveries(1);
    const [, onTwo] = deliveries(2);
    expect(onOne).toMatchObject({ kind: 'entry', sessions: [], origin: { edge: 0, connection: ALICE }, entry: { sequence: 2 } });
    expect(onTwo).toMatchObject({
      kind: 'entry',
      entry: { sequence: 2, sender: ALICE, bodies: [{ device: 0 }] },
      sessions: [
        { connection: ALICE_LAPTOP, body: 0 },
        { connection: BOB, body: 0 },
      ],
    });
    expect('origin' in onTwo!).toBe(false);
    expect([deliveries(1).length, deliveries(2).length, deliveries(3).length]).toEqual([2, 2, 0]);
  });

  test('each record is timed once in each step; where the broker’s clock is ahead of ours its waiting is invalid, not zero', async () => {
    const { options, cells, append, settled, setNow } = setUp();
    await append(create(ALICE, 2), send(ALICE));
    setNow(1_300);
    await run(options);
    await settled();
    const { queued, stored, delivered } = cells.steps;
    const counted = () => [queued, stored, delivered].map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
    expect(counted()).toEqual([2, 2, 2]);
    expect(queued.sum).toBeCloseTo(0.6);
    const behind = setUp({ now: () => 950 });
    await behind.append(create(ALICE, 2));
    await run(behind.options);
    await behind.settled();
    expect([behind.cells.timesInvalid.value, behind.cells.steps.queued.sum]).toEqual([1, 0]);
  });

  test('a dispatcher that writes records as before beside one that writes the newest: what each writes can be read, and says the same', async () => {
    const { options, routes, append, settled, deliveries, bus } = setUp({ storeOutlives: true });
    await routes.put([route(ALICE, 1), route(BOB, 2)]);
    await run({ ...options, speaks: 'predecessor' });
    await run(options);
    await append(create(ALICE, 2), ...Array.from({ length: 20 }, () => send(ALICE)));
    await settled();
    const written = (version: number) =>
      deliveries(2)
        .filter((_, offset) => bus.recordAt('deliveries', 2, offset)!.value[0] === version)
        .map((record) => (record.kind === 'entry' ? [record.entry.sequence, record.sessions[0]!.connection] : []));
    const { newest } = VERSIONS.record;
    const [before, now] = [written(newest - 1), written(newest)];
    const all = Array.from({ length: 21 }, (_, index) => [index + 1, BOB]);
    expect(
      [...before, ...now].sort((a, b) => a[0]! - b[0]!).filter(([sequence], index, sorted) => sorted[index - 1]?.[0] !== sequence),
    ).toEqual(all);
    expect(before.length).toBeGreaterThan(0);
    expect(now.length).toBeGreaterThan(0);
  });

  test('a receipt has no words in the records of before: it is counted, and nothing of it is written', async () => {
    const { options, routes, append, settled, bus, cells } = setUp({ storeOutlives: true });
    await routes.put([route(ALICE, 1), route(BOB, 2)]);
    await run({ ...options, speaks: 'predecessor' });
    await append(create(ALICE, 2));
    await settled();
    const end = await bus.end('deliveries', 1);
    await bus.append('receipts', 0, [encodeReceiptAs(1, { kind: 'delivered', conversation: CONVERSATION, from: BOB, sequence: 1 })]);
    for (let waited = 0; cells.unsaid.value === 0; waited++) {
      if (waited > 1_000) throw new Error('the receipt is not dispatched');
      await Bun.sleep(1);
    }
    expect(await bus.end('deliveries', 1)).toBe(end);
  });

  test('a device that came back on another session gets its own entry, the session that asked still gets the answer', async () => {
    const { options, routes, append, settled, deliveries } = setUp();
    await run(options);
    await append(create(ALICE, 2));
    await settled();
    await routes.put([{ ...route(ALICE, 1), connection: 999 }]);
    await append(send(ALICE));
    await settled();
    expect(deliveries(1)[1]).toMatchObject({ sessions: [{ connection: 999 }], origin: { connection: ALICE } });
  });

  test('each gateway gets the bodies of its own devices; a device without one gets none', async () => {
    const { options, routes, append, settled, deliveries } = setUp();
    await routes.put([route(ALICE_LAPTOP, 2), route(BOB, 3), route(deviceKey(2, 9), 3)]);
    await run(options);
    const body = (text: string) => new TextEncoder().encode(text);
    const bodies = [
      { device: ALICE_LAPTOP, body: body('for the laptop') },
      { device: BOB, body: body('for Bob') },
    ];
    await append(create(ALICE, 2), { kind: 'send', ...from(ALICE), contentType: 1, bodies });
    await settled();
    expect(deliveries(1)[1]).toMatchObject({ sessions: [], entry: { bodies: [] } });
    expect(deliveries(2)[1]).toMatchObject({ sessions: [{ body: 0 }], entry: { bodies: [{ device: ALICE_LAPTOP }] } });
    expect(deliveries(3)[1]).toMatchObject({ sessions: [{ body: 0 }, { body: 1 }], entry: { bodies: [{ device: BOB }] } });
  });

  test('a rejection reaches its sender alone and leaves no row', async () => {
    const { options, routes, store, append, settled, deliveries } = setUp();
    await routes.put([route(ALICE, 1), route(BOB, 2)]);
    await run(options);
    await append(create(ALICE, 2), { ...send(deviceKey(9, 1)), replyTo: { gateway: 3, edge: 4, connection: 5 } });
    await settled();
    expect(deliveries(3)).toEqual([
      expect.objectContaining({
        kind: 'rejection',
        origin: { edge: 4, connection: 5, device: deviceKey(9, 1) },
        code: ERROR_CODES.notMember.code,
      }),
    ]);
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(1);
  });

  test('a repeated id is answered with its recorded result, on the session that repeats it, and changes nothing', async () => {
    const { options, routes, store, append, settled, deliveries, setNow } = setUp();
    await routes.put([route(BOB, 2)]);
    let reads = 0;
    await run({ ...options, store: before(store as Store, 'outcomesAt', async () => void reads++) });
    const message = send(ALICE);
    const rejected = send(deviceKey(9, 1));
    await append(create(ALICE, 2), message, rejected);
    await settled();
    setNow(9_000);
    const elsewhere = { gateway: 3, edge: 7, connection: 8 };
    await append({ ...message, replyTo: elsewhere }, { ...rejected, replyTo: elsewhere });
    await settled();
    expect(deliveries(3)).toMatchObject([
      {
        kind: 'entry',
        entry: { sequence: 2, loggedAtMs: 1_000, bodies: [], id: message.id },
        sessions: [],
        origin: { edge: 7, connection: 8 },
      },
      { kind: 'rejection', code: ERROR_CODES.notMember.code, origin: { edge: 7, connection: 8, device: deviceKey(9, 1) } },
    ]);
    expect(deliveries(2)).toHaveLength(2);
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(2);
    expect(reads).toBe(0);
  });

  test('of an id that was decided by a holder before, the store is asked, once', async () => {
    const { options, store, append, settled, deliveries } = setUp({ storeOutlives: true });
    const message = send(ALICE);
    const former = await run(options);
    await append(create(ALICE, 2), message);
    await settled();
    await former.stop();
    let reads = 0;
    await run({ ...options, store: before(store as Store, 'outcomesAt', async () => void reads++) });
    const elsewhere = { gateway: 3, edge: 7, connection: 8 };
    for (let use = 1; use <= 2; use++) {
      await append({ ...message, replyTo: elsewhere });
      await settled();
      expect(deliveries(3)).toHaveLength(use);
      expect(deliveries(3).at(-1)).toMatchObject({ kind: 'entry', entry: { sequence: 2, id: message.id } });
    }
    expect(reads).toBe(1);
  });

  test('a record that can’t be read is kept with its reason and place, and the partition goes on', async () => {
    const { options, letters, cells, append, settled, deliveries } = setUp();
    await run(options);
    await append(create(ALICE, 2), Uint8Array.of(9, 1, 2), Uint8Array.of(1, 1), send(ALICE));
    await settled();
    expect(letters.map(({ topic, partition, record, reason }) => [topic, partition, record.offset, reason.slice(0, 16)])).toEqual([
      ['messages', 0, 1, 'record version 9'],
      ['messages', 0, 2, 'conversation at '],
    ]);
    expect(cells.poison.value).toBe(2);
    expect(deliveries(1).map((record) => record.kind === 'entry' && record.entry.sequence)).toEqual([1, 2]);
  });

  test('every effect that fails is tried again until it holds, and the position moves only after it', async () => {
    const { options, bus, store, routes, append, settled, deliveries } = setUp();
    let failures = 0;
    const twice = () => {
      let left = 2;
      return async () => {
        if (left-- <= 0) return;
        expect(await bus.committed('dispatch', 'messages', 0)).toBeUndefined();
        failures++;
        throw new Error('not now');
      };
    };
    const broken: DispatchOptions = {
      ...options,
      store: before(store as Store, 'write', twice()),
      routes: before(routes as Routes, 'lookup', twice()),
      bus: before(options.bus as SharedBus, 'append', twice()),
    };
    await run(broken);
    await bus.append('messages', 0, [encodeMessage(create(ALICE, 2))]);
    await settled();
    expect(failures).toBe(6);
    expect(options.cells.retries.value).toBe(6);
    expect(deliveries(1)).toHaveLength(1);
    await append(send(ALICE));
    await settled();
    expect(deliveries(1)).toHaveLength(2);
  });

  test('a restart reads again what is committed without telling anyone, and tells what is not', async () => {
    const { options, bus, append, settled, deliveries, newStore, cells } = setUp();
    const first = await run(options);
    await append(create(ALICE, 2), send(ALICE));
    await settled();
    await first.stop();
    const late = send(ALICE, 'while nobody dispatched');
    await append(late);
    const store = newStore();
    await run({ ...options, store });
    // Whole before start has resolved.
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(3);
    await settled();
    expect(deliveries(1).map((record) => record.kind === 'entry' && record.entry.sequence)).toEqual([1, 2, 3]);
    expect(cells.replayed.value).toBe(2);
    await append({ ...late, replyTo: { gateway: 2, edge: 0, connection: 1 } });
    await settled();
    expect(deliveries(2)).toMatchObject([{ kind: 'entry', entry: { sequence: 3 }, sessions: [] }]);
    await bus.close();
  });

  test('two owners of one partition and one store write the same rows, and the slower one is seen (B3)', async () => {
    const { options, bus, store, append, settled, cells, deliveries } = setUp();
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slowStore = before(store as Store, 'conversations', () => held);
    await append(create(ALICE, 2), send(ALICE));
    const slowStart = new Dispatch({ ...options, store: slowStore, bus: ownedByAll(bus) });
    running.push(slowStart);
    const starting = slowStart.start();
    await run(options);
    for (let index = 0; index < 100; index++) await append(send(index % 2 === 0 ? ALICE : BOB, `${index}`));
    await settled();
    const rows = await store.entries(1, CONVERSATION, 1, 1_000, 256, 1_000_000);
    release!();
    await starting;
    for (let waited = 0; deliveries(1).length < 204 && waited < 1_000; waited++) await Bun.sleep(1);
    expect(await store.entries(1, CONVERSATION, 1, 1_000, 256, 1_000_000)).toEqual(rows);
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(102);
    expect(cells.behind.value).toBeGreaterThan(0);
    const sequences = new Map<string, Set<number>>();
    for (const record of deliveries(1)) {
      if (record.kind !== 'entry') throw new Error('a rejection');
      const key = Buffer.from(record.entry.id).toString('hex');
      sequences.set(key, (sequences.get(key) ?? new Set()).add(record.entry.sequence));
    }
    expect([...sequences.values()].map((numbers) => numbers.size)).toEqual(new Array(102).fill(1));
  });

  test('records that the log lost before they were dispatched are counted, and all that is left is sequenced (B5)', async () => {
    const { options, bus, store, append, settled, cells } = setUp();
    const first = await run(options);
    await append(create(ALICE, 2), ...Array.from({ length: 9 }, () => send(ALICE)));
    await settled();
    await first.stop();
    await append(...Array.from({ length: 140 }, () => send(BOB)));
    bus.release('messages', 0, 50);
    await run(options);
    await settled();
    expect(cells.gaps.value).toBe(40);
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(10 + 100);
  });

  test('at the limit of conversations a creation is refused for now, and its id may be tried again', async () => {
    let maxConversations = 1;
    const { options, append, settled, deliveries } = setUp({
      rulesAt: () => ({ messagesPerSecond: 1_000, burst: 1_000, maxConversations }),
    });
    await run(options);
    const second = { ...create(ALICE, 2), conversation: 78 };
    await append(create(ALICE, 2), second);
    await settled();
    expect(deliveries(1)[1]).toMatchObject({ kind: 'rejection', code: ERROR_CODES.busy.code, retryAfterMs: 60_000 });
    maxConversations = 2;
    await append(second);
    await settled();
    expect(deliveries(1)[2]).toMatchObject({ kind: 'entry', entry: { conversation: 78, sequence: 1 } });
  });

  test('on a store that outlives it, what is committed is read for its ids alone, and repeats get the stored outcome', async () => {
    const { options, store, append, settled, deliveries, cells, setNow } = setUp({ storeOutlives: true });
    const first = await run(options);
    const [message, refused] = [send(ALICE), send(deviceKey(9, 1))];
    await append(create(ALICE, 2), message, refused);
    await settled();
    await first.stop();
    let writes = 0;
    const counted = before(store as Store, 'write', async () => void writes++);
    setNow(500_000);
    await run({ ...options, store: counted });
    const elsewhere = { gateway: 3, edge: 7, connection: 8 };
    await append({ ...message, replyTo: elsewhere }, { ...refused, replyTo: elsewhere });
    await settled();
    expect(deliveries(3)).toMatchObject([
      { kind: 'entry', entry: { sequence: 2, loggedAtMs: 1_000 } },
      { kind: 'rejection', code: ERROR_CODES.notMember.code },
    ]);
    await append(send(BOB));
    await settled();
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(3);
    expect([cells.replayed.value, writes, cells.unknownOutcomes.value]).toEqual([3, 1, 0]);
  });

  test('a store that forgot its last writes gets them once more, also below the committed position', async () => {
    const { options, store, newStore, append, settled } = setUp({ storeOutlives: true });
    const written: DecidedBatch[] = [];
    const recorded = Object.assign(Object.create(store) as Store, {
      write: (batch: DecidedBatch) => {
        written.push(batch);
        return store.write(batch);
      },
    });
    const first = await run({ ...options, store: recorded });
    await append(create(ALICE, 2), send(ALICE));
    await settled();
    await append(send(ALICE), send(BOB));
    await settled();
    await first.stop();
    const forgetful = newStore();
    for (const batch of written.slice(0, -1)) await forgetful.write(batch);
    expect((await forgetful.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(2);
    await run({ ...options, store: forgetful });
    const lastSequence = async () => (await forgetful.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence;
    for (let waited = 0; (await lastSequence()) < 4 && waited < 1_000; waited++) await Bun.sleep(1);
    expect(await lastSequence()).toBe(4);
  });

  test('a store that was lost is made again from the log', async () => {
    const { options, append, settled, newStore, deliveries } = setUp({ storeOutlives: true });
    const first = await run(options);
    await append(create(ALICE, 2), send(ALICE));
    await settled();
    await first.stop();
    const store = newStore();
    await run({ ...options, store });
    await append(send(BOB));
    await settled();
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(3);
    expect(deliveries(1)).toHaveLength(3);
  });

  test('whose partition goes to another stops at its next step and is counted; the other one does the rest', async () => {
    const { bus, options, store, append, cells, deliveries, settled } = setUp({ storeOutlives: true });
    const shared = ownedByAll(bus);
    const slow = before(store as Store, 'write', async () => shared.drop());
    await run({ ...options, bus: shared, store: slow });
    await append(create(ALICE, 2), send(ALICE));
    for (let waited = 0; cells.staleOwner.value === 0 && waited < 1_000; waited++) await Bun.sleep(1);
    await Bun.sleep(5);
    expect([cells.staleOwner.value, deliveries(1).length, await bus.committed('dispatch', 'messages', 0)]).toEqual([1, 0, undefined]);
    await run({ ...options, bus: ownedByAll(bus) });
    await settled();
    expect(deliveries(1).map((record) => record.kind === 'entry' && record.entry.sequence)).toEqual([1, 2]);
    expect(cells.retries.value).toBe(0);
  });

  test('an owner whose commit is fenced goes no further, and is counted', async () => {
    const { options, append, cells } = setUp({ storeOutlives: true });
    const fenced = before(options.bus, 'commit', async () => {
      throw new BackendError('fenced', 'another member has it', false);
    });
    await run({ ...options, bus: fenced });
    await append(create(ALICE, 2));
    for (let waited = 0; cells.staleOwner.value === 0 && waited < 1_000; waited++) await Bun.sleep(1);
    await Bun.sleep(20);
    expect([cells.staleOwner.value, cells.retries.value]).toEqual([1, 0]);
  });

  test('a group whose positions were deleted goes on at the earliest record, and the gap is counted from what is stored (B5)', async () => {
    const { options, bus, store, append, settled, cells } = setUp({ storeOutlives: true });
    const first = await run(options);
    await append(create(ALICE, 2), ...Array.from({ length: 9 }, () => send(ALICE)));
    await settled();
    await first.stop();
    await append(...Array.from({ length: 140 }, () => send(BOB)));
    bus.release('messages', 0, 50);
    let lost = true;
    const forgetful = new Proxy(options.bus, {
      get: (target, name) => {
        if (name === 'committed' && lost) {
          lost = false;
          return async () => undefined;
        }
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await run({ ...options, bus: forgetful });
    await settled();
    expect(cells.gaps.value).toBe(40);
    expect((await store.conversations([CONVERSATION])).get(CONVERSATION)!.lastSequence).toBe(10 + 100);
  });

  test('two owners tell the same code of a record that was rejected, whatever came after it', async () => {
    const { options, bus, store, append, settled, deliveries } = setUp({ storeOutlives: true });
    await run(options);
    const stranger = send(deviceKey(9, 1));
    await append(create(ALICE, 2), stranger, { kind: 'addMember', ...from(ALICE), user: 9 });
    await settled();
    const again = new Proxy(options.bus, {
      get: (target, name) => {
        if (name === 'committed') return async () => 0;
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await run({ ...options, bus: again, store });
    for (let waited = 0; deliveries(1).length < 6 && waited < 1_000; waited++) await Bun.sleep(1);
    const codes = deliveries(1).flatMap((record) => (record.kind === 'rejection' ? [record.code] : []));
    expect(codes).toEqual([ERROR_CODES.notMember.code, ERROR_CODES.notMember.code]);
    await bus.close();
  });
});

/** The port with something to wait for, or to fail, before one of its methods. */
function before<Port extends object>(port: Port, method: keyof Port, first: () => Promise<void>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== method) return value.bind(target);
      return (...given: unknown[]) => first().then(() => value.apply(target, given));
    },
  });
}
