/** What the run does to the real systems themselves: records that no client would send, records and tables that go away. */
import { Client } from 'cassandra-driver';
import { readBackends } from '../../services/backends/read-settings.ts';
import { type KafkaBus, openKafkaBus } from '../../services/bus/bus-kafka.ts';
import { kafkaAccess } from '../../services/bus/kafka-access.ts';
import { LATEST } from '../../services/bus/kafka-driver.ts';
import { PlatformaticDriver } from '../../services/bus/kafka-driver-platformatic.ts';
import { kafkaNames } from '../../services/bus/kafka-names.ts';
import { partitionOf } from '../../services/bus/partition.ts';
import { encodeMessage } from '../../services/bus/record-codec.ts';
import { deviceKey } from '../../services/protocol/ids.ts';
import { driverOptions } from '../../services/store/cassandra-client.ts';
import { openCassandraStore } from '../../services/store/store-cassandra.ts';

export type { BackendsSettings } from '../../services/backends/settings.ts';
export { PushStandIn } from '../../services/push/push-stand-in.ts';
export { readBackends };

const NOBODYS_CONVERSATION = 4_242;
/** Of no partition of deliveries. */
const NO_GATEWAY = 77;

async function withBus<T>(backends: string, use: (bus: KafkaBus) => Promise<T>): Promise<T> {
  const { kafka } = readBackends(backends);
  const bus = await openKafkaBus(kafka, { openDeadlineMs: 30_000, events: { gap: () => undefined, handlerFailed: () => undefined } });
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}

function leave(id: number, gateway: number): Uint8Array {
  const message = { kind: 'leave', conversation: NOBODYS_CONVERSATION, id: new Uint8Array(16).fill(id), from: deviceKey(1, 1) } as const;
  return encodeMessage({ ...message, replyTo: { gateway, edge: 0, connection: 1 } });
}

/** Bytes that no version can read. */
export function appendPoison(backends: string): Promise<unknown> {
  return withBus(backends, (bus) => bus.append('messages', 0, [Uint8Array.of(0xff, 0xfe, 0xfd)]));
}

/** A message whose answer is for a gateway that has no partition. */
export function appendUnroutable(backends: string): Promise<unknown> {
  return withBus(backends, (bus) =>
    bus.append('messages', partitionOf(NOBODYS_CONVERSATION, bus.partitions('messages')), [leave(1, NO_GATEWAY)]),
  );
}

/** The same message, again and again. */
export function appendRepetitions(backends: string, count: number): Promise<unknown> {
  const repeated = Array.from({ length: count }, () => leave(2, 1));
  return withBus(backends, (bus) => bus.append('messages', partitionOf(NOBODYS_CONVERSATION, bus.partitions('messages')), repeated));
}

/** All records of messages that are there now. */
export async function deleteMessages(backends: string): Promise<void> {
  const { kafka } = readBackends(backends);
  const driver = new PlatformaticDriver(kafkaAccess(kafka, 'none'));
  const topic = kafkaNames(kafka.prefix).topic('messages');
  try {
    const leaders = (await driver.leaders([topic])).get(topic) ?? [];
    for (const [partition, leader] of leaders.entries()) {
      const end = await driver.offsetAt(leader, topic, partition, LATEST);
      await driver.deleteRecords(leader, topic, partition, end);
    }
  } finally {
    await driver.close();
  }
}

/** The keyspace is lost and made anew, empty. */
export async function loseKeyspace(backends: string): Promise<void> {
  const { cassandra, kafka } = readBackends(backends);
  const client = new Client(driverOptions(cassandra, { requestDeadlineMs: 60_000 }));
  try {
    await client.connect();
    await client.execute(`DROP KEYSPACE ${cassandra.keyspace}`);
  } finally {
    await client.shutdown();
  }
  await (await openCassandraStore(cassandra, { partitions: kafka.partitions.messages })).close();
}
