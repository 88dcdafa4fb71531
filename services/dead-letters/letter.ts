/** A dead letter as the bus keeps it, read and checked: JSON with the record's place, the reason, and its bytes. Pure. */
import type { Topic } from '../bus/bus.ts';

export interface KeptLetter {
  readonly topic: Exclude<Topic, 'deliveries'>;
  readonly partition: number;
  readonly offset: number;
  readonly loggedAtMs: number;
  readonly reason: string;
  /** Of the record; `value` may have fewer, then the letter was cut. */
  readonly bytes: number;
  readonly value: Uint8Array;
}

/** Where the record stood: `messages/3@42`. */
export function placeOf({ topic, partition, offset }: Pick<KeptLetter, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}/${partition}@${offset}`;
}

/** Or what is wrong with it, as a text. */
export function readLetter(kept: Uint8Array): KeptLetter | string {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = (JSON.parse(Buffer.from(kept).toString()) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return 'it is no JSON';
  }
  const { topic, partition, offset, loggedAtMs, reason, bytes, value } = fields;
  if (topic !== 'messages' && topic !== 'receipts') return `topic: ${JSON.stringify(topic)}, neither messages nor receipts`;
  if (!isWhole(partition)) return 'partition: no whole number';
  if (!isWhole(offset)) return 'offset: no whole number';
  if (!isWhole(loggedAtMs)) return 'loggedAtMs: no whole number';
  if (!isWhole(bytes)) return 'bytes: no whole number';
  if (typeof reason !== 'string') return 'reason: no text';
  if (typeof value !== 'string') return 'value: no text';
  return { topic, partition, offset, loggedAtMs, reason, bytes, value: Buffer.from(value, 'base64') };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
