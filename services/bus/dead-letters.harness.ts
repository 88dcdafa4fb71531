/** Everything that the topic of dead letters holds, in order. */
import type { KafkaSettings } from '../backends/settings.ts';
import { readDeadLetters } from './kafka-dead-letters.ts';

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
  const values = await readDeadLetters(settings, 100_000);
  return values.map((value) => JSON.parse(Buffer.from(value).toString()) as KeptLetter);
}
