import { afterAll, expect, setDefaultTimeout } from 'bun:test';
import { requires } from '../runtime/requires.ts';
import { busContract } from './bus.contract.ts';
import { type KafkaBus, openKafkaBus } from './bus-kafka.ts';
import { DRIVERS, deleteTestTopics, testKafka } from './kafka-stack.harness.ts';

const EVENTS = { gap: () => undefined, handlerFailed: () => undefined };
const kafka = requires('kafka');

// Each test makes topics of its own, on a server that shares the processors with all else.
setDefaultTimeout(60_000);
afterAll(deleteTestTopics);

kafka.describe('the bus on Kafka', () => {
  for (const driver of DRIVERS) {
    busContract(
      `kafka by ${driver}`,
      async ({ partitions, events }) => {
        const settings = testKafka(driver, partitions);
        const opened: KafkaBus[] = [];
        const open = async () => {
          const bus = await openKafkaBus(settings, { events, lingerMs: 2 });
          opened.push(bus);
          return bus;
        };
        const bus = await open();
        return {
          bus,
          another: open,
          truncate: (topic, partition, before) => bus.truncate(topic, partition, before),
          restart: async () => {
            await bus.close();
            return open();
          },
          close: async () => void (await Promise.all(opened.map((one) => one.close()))),
        };
      },
      { injectedClock: false, sizeLimit: false },
    );
  }
});

kafka.test('topics that have another number of partitions are refused by name', async () => {
  const settings = testKafka('platformatic', { messages: 3, receipts: 1, deliveries: 2 });
  await (await openKafkaBus(settings, { events: EVENTS })).close();
  for (const driver of DRIVERS) {
    const other = { ...settings, driver, partitions: { ...settings.partitions, messages: 4 } };
    const opening = openKafkaBus(other, { events: EVENTS });
    await expect(opening).rejects.toMatchObject({ code: 'partitionsChanged', retryable: false });
    await expect(opening).rejects.toThrow(`${settings.prefix}messages has 3 partitions, not 4`);
  }
});

kafka.test('of the brokers that are named one may be gone, also the first: the others are asked', async () => {
  for (const driver of DRIVERS) {
    const settings = testKafka(driver, { messages: 1, receipts: 1, deliveries: 1 });
    const bus = await openKafkaBus({ ...settings, brokers: ['127.0.0.1:1', ...settings.brokers] }, { events: EVENTS });
    const held = Promise.withResolvers<void>();
    await bus.share('g', 'messages', async () => {
      held.resolve();
      return { from: undefined, take: async () => undefined, lost: () => undefined };
    });
    await held.promise;
    expect(await bus.append('messages', 0, [new Uint8Array(1)])).toBe(0);
    await bus.close();
  }
});

kafka.test(
  'a Kafka that is not there is said at the start, and may be tried again',
  async () => {
    for (const driver of DRIVERS) {
      const settings = { ...testKafka(driver, { messages: 1, receipts: 1, deliveries: 1 }), brokers: ['127.0.0.1:1'] };
      const opening = openKafkaBus(settings, { events: EVENTS, openDeadlineMs: 500 });
      await expect(opening).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    }
  },
  30_000,
);
