/** A real Kafka for tests: the one of the run's stack, guarded by `requires('kafka')`. Each test has a prefix of its own. */
import { readBackends } from '../backends/read-settings.ts';
import type { KafkaSettings } from '../backends/settings.ts';
import { removeFromKafka } from '../local/leavings.ts';
import { TEST_STACKS } from '../runtime/test-servers.ts';

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

/** Deletes topics and groups of every prefix given out. */
export async function deleteTestTopics(): Promise<void> {
  const first = made[0];
  if (first === undefined) return;
  const prefixes = made.splice(0).map(({ prefix }) => prefix);
  await removeFromKafka(first, (name) => prefixes.some((prefix) => name.startsWith(prefix)));
}
