/**
 * How a bus in another process is asked over `rpc`: numbers of methods and the bytes of their requests and answers.
 *
 *   describe              → (partitions)* in order of TOPICS
 *   append    topic partition (value)*            → offset
 *   fetch     topic partition from waitMs         → earliest end (offset loggedAtMs value)*
 *   commit    topic partition next group          →
 *   committed topic partition group               → 0 | 1 offset
 *   end       topic partition                     → offset
 */
import { BackendError } from '../runtime/backend-error.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import { PEER_FRAME_BYTES } from '../runtime/peer-link.ts';
import { type BusRecord, MAX_RECORD_BYTES, TOPICS, type Topic } from './bus.ts';
import type { Fetched } from './consumer.ts';

export const BUS_METHODS = { describe: 1, append: 2, fetch: 3, commit: 4, committed: 5, end: 6 } as const;

/** A fetch that finds nothing answers after this time, so that a reader whose peer is gone is not kept for ever. */
export const FETCH_WAIT_MS = 20_000;

export interface Place {
  readonly topic: Topic;
  readonly partition: number;
}

const MAX_VALUES = 65_536;
const writer = () => new ByteWriter().start();

export function encodePlace({ topic, partition }: Place): ByteWriter {
  return writer().byte(TOPICS.indexOf(topic)).varint(partition);
}

export function readPlace(reader: ByteReader): Place {
  const topic = TOPICS[reader.byte('topic')];
  if (topic === undefined) reader.fail('topic', 'not a topic');
  return { topic: topic ?? 'messages', partition: reader.varint('partition') };
}

/** Ends a request: throws what was wrong with it, as its answer. */
export function checked<Value>(reader: ByteReader, value: Value): Value {
  reader.end();
  if (reader.failure !== undefined) throw new BackendError('badRequest', reader.failure, false);
  return value;
}

export function encodeAppend(place: Place, values: readonly Uint8Array[]): Uint8Array {
  const target = encodePlace(place).varint(values.length);
  for (const value of values) target.sized(value);
  return target.take();
}

export function readAppend(payload: Uint8Array): Place & { readonly values: readonly Uint8Array[] } {
  const reader = new ByteReader(payload);
  const place = readPlace(reader);
  const values = reader.list('values', MAX_VALUES, () => reader.sized('value', PEER_FRAME_BYTES));
  return checked(reader, { ...place, values });
}

export function encodeFetched({ records, earliest, end }: Fetched): Uint8Array {
  const target = writer().varint(earliest).varint(end).varint(records.length);
  for (const { offset, loggedAtMs, value } of records) target.varint(offset).varint(loggedAtMs).sized(value);
  return target.take();
}

export function readFetched(payload: Uint8Array): Fetched {
  const reader = new ByteReader(payload);
  const earliest = reader.varint('earliest');
  const end = reader.varint('end');
  const records = reader.list(
    'records',
    MAX_VALUES,
    (): BusRecord => ({
      offset: reader.varint('offset'),
      loggedAtMs: reader.varint('loggedAtMs'),
      value: reader.sized('value', MAX_RECORD_BYTES),
    }),
  );
  return checked(reader, { records, earliest, end });
}
