/** Everything that the topic of dead letters holds, in order. */
import type { KafkaSettings } from '../backends/settings.ts';
import { kafkaAccess } from './kafka-access.ts';
import { PlatformaticDriver } from './kafka-driver-platformatic.ts';
import { kafkaNames } from './kafka-names.ts';

export interface KeptLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly loggedAtMs: number;
  readonly reason: string;
  readonly bytes: number;
  /** Base64. */
  readonly value: string;
}

export async function deadLettersIn(settings: KafkaSettings): Promise<KeptLetter[]> {
  const driver = new PlatformaticDriver(kafkaAccess(settings, 'none'));
  const topic = kafkaNames(settings.prefix).deadLetters;
  const letters: KeptLetter[] = [];
  try {
    const [broker] = (await driver.leaders([topic])).get(topic)!;
    for (let end = 1; letters.length < end; ) {
      const limits = { waitMs: 100, bytes: 8_000_000, partitionBytes: 8_000_000 };
      const [found] = await driver.fetch(broker!, [{ topic, partition: 0, offset: letters.length }], limits);
      end = found!.end;
      for (const { value } of found!.records) letters.push(JSON.parse(Buffer.from(value).toString()) as KeptLetter);
    }
    return letters;
  } finally {
    await driver.close();
  }
}
