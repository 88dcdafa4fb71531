/** What becomes of production and consumption, by both drivers at once, when brokers of three die, leave in turn or are all away. */
import { afterAll, beforeAll, expect } from 'bun:test';
import type { KafkaSettings } from '../backends/settings.ts';
import { Metrics } from '../runtime/metrics.ts';
import { requires } from '../runtime/requires.ts';
import { bytes, collect, text } from './bus.harness.ts';
import { openKafkaBus } from './bus-kafka.ts';
import { fillKafkaMetrics, KAFKA_METRICS } from './kafka-metrics.ts';
import { DRIVERS } from './kafka-stack.harness.ts';
import { KafkaTraffic } from './kafka-traffic.harness.ts';
import { ThreeBrokers } from './three-brokers.harness.ts';

const TEST_MS = 240_000;
const PARTITIONS = { messages: 3, receipts: 1, deliveries: 1 };
const on = requires('java', 'mvn', 'python');

on.describe('three brokers', () => {
  let brokers: ThreeBrokers;
  let settings: KafkaSettings[] = [];
  let traffic: KafkaTraffic[] = [];
  const goesOn = () => Promise.all(traffic.map((one) => one.progress()));
  const holds = async () => {
    for (const one of traffic) await one.check();
    for (const one of traffic) one.goOn();
  };

  beforeAll(async () => {
    brokers = await ThreeBrokers.start();
    settings = DRIVERS.map((driver) => brokers.settings(driver, PARTITIONS));
    traffic = await Promise.all(settings.map(KafkaTraffic.start));
    await goesOn();
  }, TEST_MS);

  afterAll(async () => {
    for (const one of traffic) await one.close();
    await brokers?.close();
  }, TEST_MS);

  on.test(
    'kill -9 of a leader: the two others go on alone, then all three; what was accepted stands once, at its offset',
    async () => {
      const dead = await brokers.leaderOf(settings[0]!, 0);
      await brokers.kill(dead);
      await goesOn();
      await dead.start();
      await brokers.whole(settings);
      await goesOn();
      await holds();
    },
    TEST_MS,
  );

  on.test(
    'kill -9 of the controller: another one is chosen, and appends and consumers go on',
    async () => {
      const dead = await brokers.controller();
      await brokers.kill(dead);
      await goesOn();
      expect((await brokers.controller()).plan.name).not.toBe(dead.plan.name);
      await dead.start();
      await brokers.whole(settings);
      await goesOn();
      await holds();
    },
    TEST_MS,
  );

  on.test(
    'a rolling restart of all three is seen by nobody who appends or takes',
    async () => {
      for (const server of brokers.servers) {
        await server.stop();
        await server.start();
        await brokers.whole(settings);
        await goesOn();
      }
      await holds();
    },
    TEST_MS,
  );

  on.test(
    'while none of them answers, appends wait within their limit and are refused beyond it, as the metric shows; then all goes on',
    async () => {
      const limit = 200_000;
      const options = { events: { gap: () => undefined, handlerFailed: () => undefined }, pendingBytes: limit, appendDeadlineMs: 3_000 };
      const buses = await Promise.all(settings.map(({ driver }) => openKafkaBus(brokers.settings(driver, PARTITIONS), options)));
      const metrics = new Metrics(KAFKA_METRICS);
      await Promise.all(brokers.servers.map((server) => brokers.kill(server)));
      const outcomes: Array<Promise<string>> = [];
      let most = 0;
      for (let round = 0; round < 25; round++) {
        for (const bus of buses) {
          for (let index = 0; index < 20; index++) {
            const append = bus.append('messages', index % 3, [new Uint8Array(1_000)]);
            outcomes.push(
              append.then(
                () => 'stored',
                (error: { code: string; retryable: boolean }) => `${error.code} ${error.retryable}`,
              ),
            );
          }
          fillKafkaMetrics(metrics, bus);
          most = Math.max(most, metrics.cell('parley_kafka_pending_bytes').value);
        }
        await Bun.sleep(100);
      }
      expect(most).toBeGreaterThan(limit / 2);
      expect(most).toBeLessThanOrEqual(limit);
      const told = new Set(await Promise.all(outcomes));
      expect([...told].sort()).toEqual(['full true', 'unavailable true']);
      expect(buses.map(({ counts }) => counts.pendingBytes)).toEqual([0, 0]);

      await Promise.all(brokers.servers.map((server) => server.start()));
      await brokers.whole(settings);
      for (const bus of buses) {
        const end = await bus.end('messages', 0);
        expect(await bus.append('messages', 0, [bytes('after')])).toBe(end);
        expect((await collect(bus, 'g', 'messages', 0, 1, end)).map(({ value }) => text(value))).toEqual(['after']);
        await bus.close();
      }
      await goesOn();
      await holds();
    },
    TEST_MS,
  );
});
