/** Names in Kafka. The prefix keeps cells, and tests, on one cluster apart. */
import type { Topic } from './bus.ts';

export interface KafkaNames {
  topic(topic: Topic): string;
  readonly deadLetters: string;
  /** Group whose members share a topic. */
  shared(group: string, topic: Topic): string;
  /** Group that holds one partition's position only: nobody joins it. */
  single(group: string, topic: Topic, partition: number): string;
}

export function kafkaNames(prefix: string): KafkaNames {
  return {
    topic: (topic) => `${prefix}${topic}`,
    deadLetters: `${prefix}dead-letters`,
    shared: (group, topic) => `${prefix}${group}.${topic}`,
    single: (group, topic, partition) => `${prefix}${group}.${topic}.${partition}`,
  };
}
