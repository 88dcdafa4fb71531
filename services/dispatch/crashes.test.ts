/**
 * Dispatch is killed at any effect, before it or after it, as often as a schedule says, alone or beside a second owner of the
 * partition. Whatever happens: one row per record that the rules let through, the same as without any crash.
 */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Bus, SharedBus } from '../bus/bus.ts';
import { createMemoryBus } from '../bus/bus-memory.ts';
import { entryOf } from '../bus/entry-of-record.ts';
import { decodeDelivery, decodeMessage, encodeMessage } from '../bus/record-codec.ts';
import type { LogEntry, MessageRecord } from '../bus/records.ts';
import { deviceKey } from '../protocol/ids.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { Metrics } from '../runtime/metrics.ts';
import type { Conversation, Store } from '../store/store.ts';
import { StoreMemory } from '../store/store-memory.ts';
import type { PartitionRules } from './decider.ts';
import { Dispatch, type DispatchOptions } from './dispatch.ts';
import { DISPATCH_METRICS, dispatchCells } from './metrics.ts';
import { applyRecord } from './sequence.ts';
import { ownedByAll } from './shared-bus.harness.ts';

const CONVERSATIONS = [11, 12, 13];
const USERS = [1, 2, 3, 4];
const RULES: PartitionRules = { messagesPerSecond: 3, burst: 4, maxConversations: 100 };

/** What outlives a process, and what it keeps of states. */
interface Memory {
  readonly storeOutlives: boolean;
  readonly cachedMembers: number;
}

/** Few ids, so that many are repeated, by other sessions and after other things. */
const record: fc.Arbitrary<MessageRecord> = fc
  .record({
    conversation: fc.constantFrom(...CONVERSATIONS),
    user: fc.constantFrom(...USERS),
    other: fc.constantFrom(...USERS),
    id: fc.nat(25),
    connection: fc.nat(3),
    kind: fc.constantFrom(
      'send' as const,
      'send' as const,
      'send' as const,
      'create' as const,
      'addMember' as const,
      'removeMember' as const,
    ),
  })
  .map(({ conversation, user, other, id, connection, kind }): MessageRecord => {
    const from = {
      conversation,
      id: new Uint8Array(16).fill(id),
      from: deviceKey(user, 1),
      replyTo: { gateway: 1, edge: 0, connection },
    };
    switch (kind) {
      case 'send':
        return { kind, ...from, contentType: 0, bodies: [{ device: 0, body: Uint8Array.of(id) }] };
      case 'create':
        return { kind, ...from, members: [other] };
      default:
        return { kind, ...from, user: other };
    }
  });

const schedule = fc.record({
  records: fc.array(record, { minLength: 20, maxLength: 120, size: 'max' }),
  /** Records that come before each life of dispatch, and the effect at which it is killed. */
  lives: fc.array(fc.record({ records: fc.nat(20), effects: fc.nat(12), afterEffect: fc.boolean() }), { maxLength: 8 }),
  storeOutlives: fc.boolean(),
  cachedMembers: fc.constantFrom(0, 1_000),
  rival: fc.boolean(),
});

test('whatever is killed whenever, every id has one number, no sequence has a gap, and all owners write the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async ({ records, lives, storeOutlives, cachedMembers, rival }) => {
      const memory = { storeOutlives, cachedMembers };
      let nowMs = 0;
      const bus = createMemoryBus({
        partitions: { messages: 1, receipts: 1, deliveries: 2 },
        now: () => nowMs,
        sleep: () => Bun.sleep(0),
      });
      const newStore = () =>
        new StoreMemory({ partitions: 1, recordAt: (partition, offset) => bus.recordAt('messages', partition, offset) });
      let store = newStore();
      const queue = records.map(encodeMessage);
      const append = async (count: number) => {
        for (const value of queue.splice(0, count)) {
          nowMs += 100;
          await bus.append('messages', 0, [value]);
        }
      };
      const rivalDispatch = rival && storeOutlives ? new Dispatch(optionsOf(ownedByAll(bus), store, memory)) : undefined;
      void rivalDispatch?.start();
      for (const life of lives) {
        await append(life.records);
        if (!storeOutlives) store = newStore();
        await liveUntilKilled(bus, store, memory, life.effects, life.afterEffect);
      }
      await append(queue.length);
      if (!storeOutlives) store = newStore();
      const last = new Dispatch(optionsOf(ownedByAll(bus), store, memory));
      await last.start();
      await committedAll(bus);
      await last.stop();
      await rivalDispatch?.stop();

      const expected = outcomesWithoutCrash(bus);
      for (const conversation of CONVERSATIONS) {
        const rows = expected.rows.get(conversation) ?? [];
        const state = (await store.conversations([conversation])).get(conversation);
        expect(state?.lastSequence ?? 0).toBe(rows.length);
        if (state === undefined || state.members.length === 0) continue;
        const page = await store.entries(state.members[0]!, conversation, 1, 1_000, 1_000, 1e9);
        if ('refused' in page) throw new Error(page.refused);
        expect(page.entries.map(plain)).toEqual(rows.map(plain));
      }
      expectAnswers(bus, expected);
      await bus.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

function optionsOf(bus: SharedBus, store: Store, { storeOutlives, cachedMembers }: Memory): DispatchOptions {
  return {
    bus,
    storeOutlives,
    cachedMembers,
    push: undefined,
    now: () => 0,
    store,
    routes: new RoutesMemory(100),
    cells: dispatchCells(new Metrics(DISPATCH_METRICS)),
    rulesAt: () => RULES,
    messageIdMs: 600_000,
    maxIdsPerPartition: 10_000,
    deadLetter: async () => undefined,
    pause: () => Bun.sleep(0),
    log: () => undefined,
  };
}

/** Runs a dispatch whose effects stop at one of them: from then on nothing it does reaches anyone. */
async function liveUntilKilled(
  bus: ReturnType<typeof createMemoryBus>,
  store: Store,
  memory: Memory,
  effects: number,
  afterEffect: boolean,
): Promise<void> {
  let left = effects;
  const killed = () => left < 0;
  const counted = <Port extends object>(port: Port, methods: readonly string[]): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (!methods.includes(String(name))) return value.bind(target);
        return async (...given: unknown[]) => {
          if (killed()) throw new Error('killed');
          left--;
          if (killed() && !afterEffect) throw new Error('killed before its effect');
          const result = await value.apply(target, given);
          if (killed()) throw new Error('killed after its effect');
          return result;
        };
      },
    });
  const shared = ownedByAll(bus);
  const dispatch = new Dispatch(
    optionsOf(counted(shared, ['append', 'commit']), counted(store, ['write', 'conversations', 'outcomesAt', 'progress']), memory),
  );
  void dispatch.start().catch(() => undefined);
  for (let turn = 0; turn < 20 && !killed(); turn++) await Bun.sleep(0);
  left = -1;
  shared.drop();
  await dispatch.stop();
}

async function committedAll(bus: Bus): Promise<void> {
  const end = await bus.end('messages', 0);
  for (let turn = 0; ((await bus.committed('dispatch', 'messages', 0)) ?? 0) < end; turn++) {
    if (turn > 2_000) throw new Error('dispatch does not come to the end of the log');
    await Bun.sleep(0);
  }
}

interface Outcomes {
  readonly rows: ReadonlyMap<number, readonly LogEntry[]>;
  /** Codes by id. */
  readonly rejections: ReadonlyMap<string, number>;
}

/** What comes of it by the rules alone: a fold over the log with a plain set of ids. */
function outcomesWithoutCrash(bus: ReturnType<typeof createMemoryBus>): Outcomes {
  const states = new Map<number, Conversation>();
  const rows = new Map<number, LogEntry[]>();
  const rejections = new Map<string, number>();
  const ids = new Set<string>();
  for (let offset = 0; ; offset++) {
    const at = bus.recordAt('messages', 0, offset);
    if (at === undefined) return { rows, rejections };
    const decoded = decodeMessage(at.value);
    if (!decoded.ok) throw new Error(decoded.reason);
    const { record } = decoded;
    const key = idKey(record.from, record.conversation, record.id);
    if (ids.has(key)) continue;
    ids.add(key);
    const outcome = applyRecord(states.get(record.conversation), record, offset, at.loggedAtMs, RULES);
    if (outcome.kind === 'rejected') {
      rejections.set(key, outcome.code);
      continue;
    }
    states.set(outcome.conversation.id, outcome.conversation);
    const { id, lastSequence } = outcome.conversation;
    rows.set(id, [...(rows.get(id) ?? []), entryOf(record, id, lastSequence, at.loggedAtMs)]);
  }
}

/** Every record was answered, and an id always with the same result. */
function expectAnswers(bus: ReturnType<typeof createMemoryBus>, { rows, rejections }: Outcomes): void {
  const sequences = new Map<string, Set<number>>();
  const codes = new Map<string, Set<number>>();
  for (let offset = 0; ; offset++) {
    const at = bus.recordAt('deliveries', 1, offset);
    if (at === undefined) break;
    const decoded = decodeDelivery(at.value);
    if (!decoded.ok) throw new Error(decoded.reason);
    const delivery = decoded.record;
    if (delivery.kind === 'receipt') continue;
    if (delivery.kind === 'rejection') {
      const key = idKey(delivery.origin.device, delivery.conversation, delivery.id);
      codes.set(key, (codes.get(key) ?? new Set()).add(delivery.code));
    } else {
      const { conversation, id, sender, sequence } = delivery.entry;
      const key = idKey(sender, conversation, id);
      sequences.set(key, (sequences.get(key) ?? new Set()).add(sequence));
    }
  }
  const expected = new Map([...rows.values()].flat().map((row) => [idKey(row.sender, row.conversation, row.id), new Set([row.sequence])]));
  expect(sequences).toEqual(expected);
  expect(codes).toEqual(new Map([...rejections].map(([key, code]) => [key, new Set([code])])));
}

function idKey(device: number, conversation: number, id: Uint8Array): string {
  return `${device} ${conversation} ${id[0]}`;
}

function plain({ sequence, kind, sender, id, loggedAtMs, bodies }: LogEntry): unknown {
  return [sequence, kind, sender, id[0], loggedAtMs, bodies.map(({ body }) => [...body])];
}
