/** A real Kafka for tests: the one of the run's stack, guarded by `requires('kafka')`. Each test has a prefix of its own. */
import { readBackends } from '../backends/read-settings.ts';
import type { KafkaSettings } from '../backends/settings.ts';
import { TEST_STACKS } from '../runtime/test-servers.ts';
import { kafkaAccess } from './kafka-access.ts';
import { PlatformaticDriver } from './kafka-driver-platformatic.ts';
import { kafkaNames } from './kafka-names.ts';
import { topicSpecs } from './kafka-topics.ts';

export const DRIVERS = ['platformatic', 'kafkajs'] as const;

const made: KafkaSettings[] = [];

export function testKafka(
  driver: KafkaSettings['driver'],
  partitions: KafkaSettings['partitions'],
  stack: 'plain' | 'secure' = 'plain',
): KafkaSettings {
  const { kafka } = readBackends(process.env[TEST_STACKS[stack].file]!);
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
