/**
 * The bus's topics in Kafka: made where they are missing, and refused where they have another number of partitions, since a
 * conversation's partition is a function of that number.
 */
import type { KafkaSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { MAX_RECORD_BYTES, TOPICS } from './bus.ts';
import type { KafkaDriver, TopicSpec } from './kafka-driver.ts';
import { asBackendError, CODES, codeOf, heals } from './kafka-failure.ts';
import type { KafkaNames } from './kafka-names.ts';

const DAY_MS = 86_400_000;
/** Room of a batch for what stands around its values. */
export const BATCH_OVERHEAD_BYTES = 262_144;
export const MAX_BATCH_BYTES = MAX_RECORD_BYTES + BATCH_OVERHEAD_BYTES;
const RETENTION_MS = { messages: 7 * DAY_MS, receipts: DAY_MS, deliveries: DAY_MS, deadLetters: 28 * DAY_MS };
const PAUSE_MS = 250;

export function topicSpecs(settings: KafkaSettings, names: KafkaNames): TopicSpec[] {
  const spec = (name: string, partitions: number, retentionMs: number): TopicSpec => ({
    name,
    partitions,
    replicas: settings.replicas,
    settings: {
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': String(settings.inSyncReplicas),
      'max.message.bytes': String(MAX_BATCH_BYTES),
      'retention.ms': String(retentionMs),
      'unclean.leader.election.enable': 'false',
    },
  });
  return [
    ...TOPICS.map((topic) => spec(names.topic(topic), settings.partitions[topic], RETENTION_MS[topic])),
    spec(names.deadLetters, 1, RETENTION_MS.deadLetters),
  ];
}

/** Resolves when each topic is there with all its leaders; gives up after the time with what was missing last. */
export async function ensureTopics(
  driver: KafkaDriver,
  specs: readonly TopicSpec[],
  deadlineMs: number,
): Promise<Map<string, readonly number[]>> {
  const names = specs.map(({ name }) => name);
  const until = Date.now() + deadlineMs;
  for (;;) {
    let missing: string;
    try {
      const leaders = await driver.leaders(names);
      for (const spec of specs) {
        const found = leaders.get(spec.name)?.length;
        if (found === undefined) await create(driver, spec);
        else if (found !== spec.partitions && !leaders.get(spec.name)!.includes(-1)) refuse(spec, found);
      }
      const unready = specs.find(({ name, partitions }) => {
        const ids = leaders.get(name);
        return ids === undefined || ids.length !== partitions || ids.includes(-1);
      });
      if (unready === undefined) return new Map(leaders);
      missing = `topic ${unready.name} has no leader for each partition yet`;
    } catch (error) {
      if (!heals(codeOf(error))) throw asBackendError(error, 'looking for the topics');
      missing = (error as Error).message;
    }
    if (Date.now() > until) throw new BackendError('unavailable', `Kafka is not ready: ${missing}`, true);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function create(driver: KafkaDriver, spec: TopicSpec): Promise<void> {
  try {
    await driver.createTopic(spec);
  } catch (error) {
    if (codeOf(error) !== CODES.topicExists) throw error;
  }
}

function refuse({ name, partitions }: TopicSpec, found: number): never {
  const message = `topic ${name} has ${found} partitions, not ${partitions}: their number never changes in place, so take another prefix`;
  throw new BackendError('partitionsChanged', message, false);
}
