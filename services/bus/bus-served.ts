/** Serves a bus of this process to others; the far end is `bus-embedded.ts`. */
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import type { RpcServer } from '../runtime/rpc.ts';
import { TOPICS } from './bus.ts';
import { encodeNumber } from './bus-embedded.ts';
import { BUS_METHODS, checked, encodeFetched, FETCH_WAIT_MS, readAppend, readPlace } from './bus-wire.ts';
import type { LogBus } from './log-bus.ts';

const MAX_GROUP_BYTES = 128;
const NOTHING = new Uint8Array(0);

export function serveBus(server: RpcServer, bus: LogBus): void {
  server.handle(BUS_METHODS.describe, () => {
    const target = new ByteWriter().start();
    for (const topic of TOPICS) target.varint(bus.partitions(topic));
    return target.take();
  });
  server.handle(BUS_METHODS.append, async (payload) => {
    const { topic, partition, values } = readAppend(payload);
    return encodeNumber(await bus.append(topic, partition, values));
  });
  server.handle(BUS_METHODS.fetch, async (payload) => {
    const reader = new ByteReader(payload);
    const { topic, partition } = readPlace(reader);
    const from = reader.varint('from');
    const waitMs = checked(reader, reader.varint('waitMs', FETCH_WAIT_MS));
    return encodeFetched(await bus.fetch(topic, partition, from, waitMs));
  });
  server.handle(BUS_METHODS.commit, async (payload) => {
    const reader = new ByteReader(payload);
    const { topic, partition } = readPlace(reader);
    const next = reader.varint('next');
    await bus.commit(checked(reader, reader.text('group', MAX_GROUP_BYTES)), topic, partition, next);
    return NOTHING;
  });
  server.handle(BUS_METHODS.committed, async (payload) => {
    const reader = new ByteReader(payload);
    const { topic, partition } = readPlace(reader);
    const offset = await bus.committed(checked(reader, reader.text('group', MAX_GROUP_BYTES)), topic, partition);
    const target = new ByteWriter().start();
    return offset === undefined ? target.byte(0).take() : target.byte(1).varint(offset).take();
  });
  server.handle(BUS_METHODS.end, async (payload) => {
    const reader = new ByteReader(payload);
    const { topic, partition } = checked(reader, readPlace(reader));
    return encodeNumber(await bus.end(topic, partition));
  });
}
