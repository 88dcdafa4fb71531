/** The values of the topic of dead letters, from the oldest that is kept. Leaves no position behind. */
import type { KafkaSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { kafkaAccess } from './kafka-access.ts';
import { EARLIEST, LATEST } from './kafka-driver.ts';
import { PlatformaticDriver } from './kafka-driver-platformatic.ts';
import { kafkaNames } from './kafka-names.ts';

const LIMITS = { waitMs: 100, bytes: 8_000_000, partitionBytes: 8_000_000 };

/** In order, up to where the topic ends now; no more than `most`, the oldest first. */
export async function readDeadLetters(settings: KafkaSettings, most: number): Promise<Uint8Array[]> {
  const driver = new PlatformaticDriver(kafkaAccess(settings, 'none'));
  const topic = kafkaNames(settings.prefix).deadLetters;
  const values: Uint8Array[] = [];
  try {
    const [broker] = (await driver.leaders([topic])).get(topic) ?? [];
    if (broker === undefined) throw new BackendError('missing', `there is no topic ${topic}: parley migrate makes it`, false);
    if (broker < 0) throw new BackendError('noLeader', `topic ${topic} has no leader now: try again`, true);
    let offset = await driver.offsetAt(broker, topic, 0, EARLIEST);
    const end = await driver.offsetAt(broker, topic, 0, LATEST);
    while (offset < end && values.length < most) {
      const [found] = await driver.fetch(broker, [{ topic, partition: 0, offset }], LIMITS);
      if (found!.code !== 0) throw new BackendError('fetchFailed', `topic ${topic} can’t be read: Kafka’s code ${found!.code}`, true);
      // An answer without records ends it: what is left up to the end are marks of the broker’s own.
      if (found!.records.length === 0) break;
      for (const record of found!.records) {
        if (record.offset >= end || values.length >= most) break;
        values.push(Uint8Array.from(record.value));
      }
      offset = found!.records.at(-1)!.offset + 1;
    }
    return values;
  } finally {
    await driver.close();
  }
}
