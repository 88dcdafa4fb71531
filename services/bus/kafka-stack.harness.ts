/** A real Kafka for tests: the one of the settings file that PARLEY_TEST_STACK names. Each test has a prefix of its own. */
import { readBackends } from '../backends/read-settings.ts';
import type { KafkaSettings } from '../backends/settings.ts';
import type { MachineFact } from '../runtime/shortfall.ts';
import { kafkaAccess } from './kafka-access.ts';
import { PlatformaticDriver } from './kafka-driver-platformatic.ts';
import { kafkaNames } from './kafka-names.ts';
import { topicSpecs } from './kafka-topics.ts';

export const DRIVERS = ['platformatic', 'kafkajs'] as const;

export const KAFKA: MachineFact = {
  fact: 'a Kafka',
  missing: () => (process.env.PARLEY_TEST_STACK === undefined ? 'no settings of one in PARLEY_TEST_STACK' : undefined),
};

/** What stands between a bus and its broker must be able to read what they say. */
export const OPEN_KAFKA: MachineFact = { fact: 'a Kafka without TLS', missing: () => KAFKA.missing() ?? kind(false) };

export const SECURE_KAFKA: MachineFact = { fact: 'a Kafka with TLS and logins', missing: () => KAFKA.missing() ?? kind(true) };

const made: KafkaSettings[] = [];

export function testKafka(driver: KafkaSettings['driver'], partitions: KafkaSettings['partitions']): KafkaSettings {
  const { kafka } = readBackends(process.env.PARLEY_TEST_STACK!);
  const settings = { ...kafka, driver, partitions, prefix: `test.${process.pid}.${Date.now().toString(36)}.${made.length}.` };
  made.push(settings);
  return settings;
}

/** Deletes the topics of every prefix given out. */
export async function deleteTestTopics(): Promise<void> {
  const first = made[0];
  if (first === undefined) return;
  const driver = new PlatformaticDriver(kafkaAccess(first, 'none'));
  const names = made.splice(0).flatMap((settings) => topicSpecs(settings, kafkaNames(settings.prefix)).map(({ name }) => name));
  await driver.deleteTopics(names).catch(() => undefined); // Some were never made.
  await driver.close();
}

function kind(secure: boolean): string | undefined {
  const { tls } = readBackends(process.env.PARLEY_TEST_STACK!).kafka;
  return (tls !== undefined) === secure ? undefined : `one ${secure ? 'without' : 'with'} TLS`;
}
