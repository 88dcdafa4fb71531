/**
 * A cluster of many brokers, played by the one that is there: partition p is led by broker p modulo their number, so that the
 * producer makes as many requests as it would make there. What the one broker spends is what all of them would.
 */
import type { KafkaDriver, ProduceBatch, ProduceResult, ProducerIdentity } from '../kafka-driver.ts';

/** One request at a time and broker, as a single connection would have it. */
export function playBrokers(driver: KafkaDriver, brokers: number): KafkaDriver {
  let real = 0;
  const changed: Partial<KafkaDriver> = {
    leaders: async (topics) => {
      const found = await driver.leaders(topics);
      real = [...found.values()][0]?.[0] ?? 0;
      return new Map([...found].map(([topic, ids]) => [topic, ids.map((_, partition) => partition % brokers)]));
    },
    produce: (_broker: number, producer: ProducerIdentity, batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> =>
      driver.produce(real, producer, batches),
    fetch: (_broker, wants, limits) => driver.fetch(real, wants, limits),
    offsetAt: (_broker, topic, partition, time) => driver.offsetAt(real, topic, partition, time),
  };
  return new Proxy(driver, {
    get: (target, name) => {
      const own = changed[name as keyof KafkaDriver];
      if (own !== undefined) return own;
      const value = target[name as keyof KafkaDriver] as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
