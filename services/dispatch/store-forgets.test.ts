/**
 * Dispatchers on a store that forgets everything between any two of its steps, so in the midst of a write too: what the log has
 * is stored again under the numbers that were told, and every outcome is known.
 */
import { expect, test } from 'bun:test';
import { createMemoryBus } from '../bus/bus-memory.ts';
import { partitionOf } from '../bus/partition.ts';
import { decodeDelivery, encodeMessage } from '../bus/record-codec.ts';
import type { MessageRecord } from '../bus/records.ts';
import { deviceKey } from '../protocol/ids.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { createLog } from '../runtime/log.ts';
import { Metrics } from '../runtime/metrics.ts';
import { Dispatcher } from './dispatcher.ts';
import { ForgetfulStore, type Mishaps } from './forgetful-store.harness.ts';
import { DISPATCH_METRICS } from './metrics.ts';

const ALICE = 1;
const CONVERSATIONS = [70, 71, 72, 73];
const PARTITIONS = 2;
const GATEWAY = 1;
const LIMIT_MS = 60_000;
/** They mostly wait for the watch's next look. */
const AT_ONCE = 500;
const QUIET = createLog('test', () => undefined);

/** Every other change is one of membership: only with one has a state that was left over all of its fields. */
class Talk {
  readonly sent = new Map<number, number>();
  readonly records: MessageRecord[] = [];
  private nextId = 1;

  constructor() {
    for (const conversation of CONVERSATIONS) this.say(conversation, (from) => ({ kind: 'create', ...from, members: [2] }));
    for (let user = 3; user < 8; user++)
      for (const conversation of CONVERSATIONS) {
        this.say(conversation, (from) => ({ kind: 'send', ...from, contentType: 0, bodies: [{ device: 0, body: Uint8Array.of(user) }] }));
        this.say(conversation, (from) => ({ kind: 'addMember', ...from, user }));
      }
  }

  isStoredIn(forgetful: ForgetfulStore): boolean {
    return [...this.sent].every(([conversation, sent]) => {
      const { lastSequence, entries } = forgetful.stored(conversation);
      return lastSequence === sent && entries.length === sent;
    });
  }

  private say(
    conversation: number,
    record: (from: Pick<MessageRecord, 'conversation' | 'id' | 'from' | 'replyTo'>) => MessageRecord,
  ): void {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, this.nextId++);
    this.records.push(record({ conversation, id, from: deviceKey(ALICE, 1), replyTo: { gateway: GATEWAY, edge: 0, connection: 1 } }));
    this.sent.set(conversation, (this.sent.get(conversation) ?? 0) + 1);
  }
}

/** Gives the steps that the store has done. */
async function talkWhile(mishaps: Mishaps, dispatchers: number): Promise<number> {
  const talk = new Talk();
  const forgetful = new ForgetfulStore(mishaps);
  const bus = createMemoryBus({ partitions: { messages: PARTITIONS, receipts: 1, deliveries: 2 }, now: Date.now });
  const last = Math.max(0, ...(mishaps.forgetsBefore ?? []));
  const metrics: Metrics[] = [];
  const running: Dispatcher[] = [];
  const start = async () => {
    const own = new Metrics(DISPATCH_METRICS);
    metrics.push(own);
    const { store, keepsakes } = forgetful;
    const systems = { bus: bus.another(), store, keepsakes, routes: new RoutesMemory(1_000), push: undefined };
    const said = { rules: undefined, speaks: 'newest', deadLetter: async () => undefined, metrics: own, log: QUIET } as const;
    const dispatcher = new Dispatcher({ ...systems, ...said });
    running.push(dispatcher);
    await dispatcher.start();
  };
  try {
    for (let number = 0; number < dispatchers; number++) await start();
    for (const record of talk.records) {
      await bus.append('messages', partitionOf(record.conversation, PARTITIONS), [encodeMessage(record)]);
      // In several batches.
      if (record.kind === 'addMember') await Bun.sleep(1);
    }
    const untilMs = Date.now() + LIMIT_MS;
    while (forgetful.steps <= last || !talk.isStoredIn(forgetful)) {
      if (Date.now() > untilMs) throw new Error(`${JSON.stringify(mishaps)}: not stored again`);
      await Bun.sleep(100);
    }
  } finally {
    for (const dispatcher of running) await dispatcher.stop();
  }
  const unknown = metrics.map((own) => own.cell('parley_dispatch_unknown_outcomes_total').value);
  expect([mishaps, ...unknown]).toEqual([mishaps, ...unknown.map(() => 0)]);
  const told = new Map<string, Set<number>>();
  for (let offset = 0; ; offset++) {
    const delivery = bus.recordAt('deliveries', GATEWAY, offset);
    if (delivery === undefined) break;
    const decoded = decodeDelivery(delivery.value);
    const said = decoded.ok && decoded.record.kind === 'entry' ? decoded.record.entry : undefined;
    expect([mishaps, decoded.ok && decoded.record.kind, said !== undefined]).toEqual([mishaps, 'entry', true]);
    const id = Buffer.from(said!.id).toString('hex');
    told.set(id, (told.get(id) ?? new Set()).add(said!.sequence));
  }
  expect([mishaps, told.size, [...told.values()].every(({ size }) => size === 1)]).toEqual([mishaps, talk.records.length, true]);
  for (const conversation of CONVERSATIONS)
    for (const { id, sequence } of forgetful.stored(conversation).entries)
      expect([mishaps, ...(told.get(Buffer.from(id).toString('hex')) ?? [])]).toEqual([mishaps, sequence]);
  return forgetful.steps;
}

for (const [dispatchers, words] of [
  [1, 'a dispatcher'],
  [2, 'two dispatchers'],
] as const) {
  test(
    `whichever step the store forgets before, once, twice or while that step stands still, ${words} store all again by the numbers that were told`,
    async () => {
      const steps = await talkWhile({}, dispatchers);
      expect(steps).toBeGreaterThan(50);
      const all = Array.from({ length: steps }, (_, index) => index + 1);
      const some = all.filter((step) => step % 4 === 0);
      const mishaps: Mishaps[] = [
        ...all.map((step) => ({ forgetsBefore: [step] })),
        ...some.map((step) => ({ forgetsBefore: [step, step + 3 + (step % 40)] })),
        ...some.map((step) => ({ standsStillBefore: step + (step % 3), forgetsBefore: [step + (step % 3) + 1] })),
      ];
      for (const together of inSome(mishaps, AT_ONCE)) await Promise.all(together.map((one) => talkWhile(one, dispatchers)));
    },
    LIMIT_MS,
  );
}

function inSome<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}
