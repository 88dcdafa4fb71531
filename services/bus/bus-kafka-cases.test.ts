/** Cases B1 to B4 on a real Kafka, by both drivers. B5 is in the contract. */
import { afterAll, expect } from 'bun:test';
import { conversationId } from '../protocol/ids.ts';
import { requires } from '../runtime/requires.ts';
import { seededNumbers } from '../runtime/seeded-numbers.ts';
import { bytes, collect, text } from './bus.harness.ts';
import type { BusEvents, Holding } from './bus.ts';
import { type KafkaBus, openKafkaBus } from './bus-kafka.ts';
import { DRIVERS, deleteTestTopics, testKafka } from './kafka-stack.harness.ts';
import { KafkaWall, REQUESTS } from './kafka-wall.harness.ts';
import { partitionOf } from './partition.ts';

const EVENTS: BusEvents = { gap: () => undefined, handlerFailed: () => undefined };
const TEST_MS = 90_000;
const SESSION_MS = 6_000;
const kafka = requires('kafka');

afterAll(deleteTestTopics);

kafka.test(
  'B1: a conversation has one partition, whichever driver wrote to it',
  async () => {
    const counts = { messages: 12, receipts: 1, deliveries: 1 };
    const settings = testKafka('platformatic', counts);
    const buses = [
      await openKafkaBus(settings, { events: EVENTS }),
      await openKafkaBus({ ...settings, driver: 'kafkajs' }, { events: EVENTS }),
    ];
    const conversations = Array.from({ length: 1_000 }, (_, local) => conversationId(1, local * 977));
    await Promise.all(
      buses.flatMap((bus, writer) =>
        conversations.map((conversation) => bus.append('messages', partitionOf(conversation, 12), [bytes(`${conversation} ${writer}`)])),
      ),
    );
    const found = new Map<string, number>();
    for (let partition = 0; partition < 12; partition++) {
      const end = await buses[0]!.end('messages', partition);
      for (const { value } of await collect(buses[partition % 2]!, 'g', 'messages', partition, end)) {
        expect(found.has(text(value))).toBe(false);
        found.set(text(value), partition);
      }
    }
    expect(found.size).toBe(2_000);
    for (const conversation of conversations) {
      for (const writer of [0, 1]) expect(found.get(`${conversation} ${writer}`)).toBe(partitionOf(conversation, 12));
    }
    for (const bus of buses) await bus.close();
  },
  TEST_MS,
);

for (const driver of DRIVERS) {
  kafka.test(
    `B2: ${driver}: what was accepted is in the log once, under its offset, though answers are lost`,
    async () => {
      const settings = testKafka(driver, { messages: 3, receipts: 1, deliveries: 1 });
      const wall = new KafkaWall();
      // At once after the topics were made.
      const bus = await wall.open(settings, { events: EVENTS, lingerMs: 1, appendDeadlineMs: 60_000 });
      const random = seededNumbers(5);
      let cut = 0;
      wall.cuts = (kind) => kind === REQUESTS.produce && cut < 12 && random(4) === 0 && ++cut > 0;
      const accepted = new Map<string, string>();
      for (let round = 0; round < 40; round++) {
        await Promise.all(
          Array.from({ length: 50 }, async (_, index) => {
            const value = `${round}.${index}`;
            const offset = await bus.append('messages', index % 3, [bytes(value)]);
            const place = `${index % 3}/${offset}`;
            expect(accepted.has(place)).toBe(false);
            accepted.set(place, value);
          }),
        );
      }
      expect(cut).toBeGreaterThan(3);
      expect(bus.counts.retries).toBeGreaterThan(3);
      let stored = 0;
      for (let partition = 0; partition < 3; partition++) {
        const end = await bus.end('messages', partition);
        stored += end;
        for (const { offset, value } of await collect(bus, 'g', 'messages', partition, end)) {
          expect(accepted.get(`${partition}/${offset}`)).toBe(text(value));
        }
      }
      expect(stored).toBe(2_000);
      await bus.close();
      wall.close();
    },
    TEST_MS,
  );

  kafka.test(
    `${driver}: while the broker takes nothing, appends wait within a limit, then are refused as ones to be repeated; later ones go on`,
    async () => {
      const settings = testKafka(driver, { messages: 2, receipts: 1, deliveries: 1 });
      const wall = new KafkaWall();
      const bus = await wall.open(settings, { events: EVENTS, lingerMs: 1, appendDeadlineMs: 1_000, pendingBytes: 100_000 });
      wall.cuts = (kind) => kind === REQUESTS.produce;
      const outcomes = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          bus.append('messages', index % 2, [new Uint8Array(1_000)]).then(
            () => 'stored',
            (error: { code: string; retryable: boolean }) => `${error.code} ${error.retryable}`,
          ),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'full true').length).toBeGreaterThan(90);
      expect(outcomes.filter((outcome) => outcome === 'unavailable true').length).toBeGreaterThan(90);
      expect(bus.counts.pendingBytes).toBe(0);
      wall.cuts = () => false;
      const end = await bus.end('messages', 0);
      expect(await bus.append('messages', 0, [bytes('after')])).toBe(end);
      await bus.close();
      wall.close();
    },
    TEST_MS,
  );

  kafka.test(
    `B3: ${driver}: a member that was stopped past its session commits nothing, while another takes all`,
    async () => {
      const settings = testKafka(driver, { messages: 1, receipts: 1, deliveries: 1 });
      const bus = await openKafkaBus(settings, { events: EVENTS, lingerMs: 1, sessionMs: SESSION_MS });
      await bus.append('messages', 0, [bytes('first')]);
      const member = Bun.spawn([process.execPath, new URL('kafka-member.harness.ts', import.meta.url).pathname, JSON.stringify(settings)], {
        stdin: 'pipe',
        stdout: 'pipe',
        stderr: 'inherit',
      });
      try {
        const lines = linesOf(member.stdout);
        await eventually(() => lines.includes('took 0 0'));
        member.kill('SIGSTOP');
        const taken: number[] = [];
        const subscription = await bus.share('g', 'messages', (partition) => taking(bus, partition, taken));
        for (let index = 1; index <= 100; index++) await bus.append('messages', 0, [bytes(`${index}`)]);
        await eventually(() => taken.includes(100));
        expect(taken).toEqual(Array.from({ length: 101 }, (_, index) => index));
        member.kill('SIGCONT');
        member.stdin.write('go\n');
        member.stdin.flush();
        await eventually(() => lines.some((line) => line === 'refused fenced' || line === 'committed'));
        expect(lines).toContain('refused fenced');
        expect(lines).toContain('event fenced');
        expect(await bus.committed('g', 'messages', 0)).toBe(101);
        await subscription.stop();
      } finally {
        member.kill('SIGKILL');
        await member.exited;
        await bus.close();
      }
    },
    TEST_MS,
  );

  kafka.test(
    `B4: ${driver}: a member whose heartbeats go and whose fetches do not leaves and joins again, is not ready the second time, and loses nothing`,
    async () => {
      const settings = testKafka(driver, { messages: 2, receipts: 1, deliveries: 1 });
      const wall = new KafkaWall();
      const stalled: number[] = [];
      const events = { ...EVENTS, stalled: (_group: string, _topic: string, partition: number) => void stalled.push(partition) };
      const bus = await wall.open(settings, { events, lingerMs: 1, sessionMs: SESSION_MS, stallMs: 1_000 });
      const taken: number[] = [];
      wall.swallowed.add(REQUESTS.fetch);
      const subscription = await bus.share('g', 'messages', (partition) => taking(bus, partition, taken));
      for (let index = 0; index < 20; index++) await bus.append('messages', index % 2, [bytes(`${index}`)]);
      await eventually(() => stalled.length > 0);
      expect(taken).toEqual([]);
      await eventually(() => bus.unready !== undefined);
      expect(bus.counts.stalls).toBeGreaterThan(1);
      wall.swallowed.clear();
      await eventually(() => taken.length === 20);
      await eventually(() => bus.unready === undefined);
      await subscription.stop();
      await bus.close();
      wall.close();
    },
    TEST_MS,
  );

  kafka.test(
    `B4: ${driver}: a member on an idle topic whose heartbeats never arrive has lost its partitions, and gets them again`,
    async () => {
      const settings = testKafka(driver, { messages: 2, receipts: 1, deliveries: 1 });
      const wall = new KafkaWall();
      const bus = await wall.open(settings, { events: EVENTS, lingerMs: 1, sessionMs: SESSION_MS });
      let held = 0;
      const taken: number[] = [];
      const subscription = await bus.share('g', 'messages', async (partition) => {
        const holding = await taking(bus, partition, taken);
        held++;
        return { ...holding, lost: () => void held-- };
      });
      await eventually(() => held === 2);
      wall.swallowed.add(REQUESTS.heartbeat);
      wall.swallowed.add(REQUESTS.join);
      await eventually(() => held === 0);
      wall.swallowed.clear();
      await eventually(() => held === 2);
      await bus.append('messages', 1, [bytes('a')]);
      await eventually(() => taken.length === 1);
      await subscription.stop();
      await bus.close();
      wall.close();
    },
    TEST_MS,
  );
}

async function taking(bus: KafkaBus, partition: number, taken: number[]): Promise<Holding> {
  return {
    from: await bus.committed('g', 'messages', partition),
    take: async (batch) => {
      for (const { offset } of batch) taken.push(offset);
      await bus.commit('g', 'messages', partition, batch.at(-1)!.offset + 1);
    },
    lost: () => undefined,
  };
}

function linesOf(stream: ReadableStream<Uint8Array>): string[] {
  const lines: string[] = [];
  void (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop()!;
      lines.push(...parts);
    }
  })();
  return lines;
}

async function eventually(condition: () => boolean): Promise<void> {
  for (const until = Date.now() + 40_000; !condition(); ) {
    if (Date.now() > until) throw new Error('it did not come true in time');
    await Bun.sleep(20);
  }
}
