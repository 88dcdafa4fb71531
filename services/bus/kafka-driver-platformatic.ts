/** Requests by @platformatic/kafka: its connections, encoders and decoders, below its producer and consumer. */
import {
  type Connection,
  ConnectionPool,
  createTopicsV7,
  deleteRecordsV2,
  deleteTopicsV6,
  fetchV12,
  findCoordinatorV4,
  GenericError,
  heartbeatV4,
  initProducerIdV4,
  joinGroupV9,
  leaveGroupV5,
  listOffsetsV7,
  type MessageRecord,
  metadataV12,
  NumericMap,
  offsetCommitV8,
  offsetFetchV8,
  produceV9,
  type RecordsBatch,
  syncGroupV5,
} from '@platformatic/kafka';
import type { BusRecord } from './bus.ts';
import type { Address, KafkaAccess } from './kafka-access.ts';
import {
  CONNECT_TIMEOUT_MS,
  type FetchedPartition,
  type FetchLimits,
  type FetchWant,
  type GroupJoin,
  type GroupMember,
  type GroupPlace,
  JOIN_TIMEOUT_MS,
  type Joined,
  type KafkaDriver,
  type ProduceBatch,
  type ProduceResult,
  type ProducerIdentity,
  REQUEST_TIMEOUT_MS,
  type TopicSpec,
} from './kafka-driver.ts';
import { CODES, KafkaFailure } from './kafka-failure.ts';

/** Answers of one connection come in the order of their requests, so what waits long has a connection of its own. */
type Channel = 'admin' | 'produce' | 'fetch' | `group ${string}`;

interface FetchPartition {
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: bigint;
  readonly lastFetchedEpoch: number;
  readonly partitionMaxBytes: number;
}

const MEMBER_ID_REQUIRED = 79;
const LOG_APPEND_TIME = 8;
const CONTROL_BATCH = 32;
const ACKS_ALL = -1;
const READ_UNCOMMITTED = 0;

export class PlatformaticDriver implements KafkaDriver {
  private readonly access: KafkaAccess;
  private readonly seeds: Address[];
  private readonly pools = new Map<Channel, ConnectionPool>();
  private brokers = new Map<number, Address>();

  constructor(access: KafkaAccess) {
    this.access = access;
    this.seeds = access.brokers.map((broker) => {
      const colon = broker.lastIndexOf(':');
      return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
    });
  }

  async leaders(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const answer = await this.ask('admin', undefined, (connection) => metadataV12.api.async(connection, [...topics], false, false), true);
    this.brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    const leaders = new Map<string, number[]>();
    for (const { errorCode, name, partitions } of answer.topics) {
      if (errorCode !== 0 || name === null || name === undefined) continue;
      const ids: number[] = [];
      for (const { partitionIndex, leaderId } of partitions) ids[partitionIndex] = leaderId;
      leaders.set(name, ids);
    }
    return leaders;
  }

  async createTopic({ name, partitions, replicas, settings }: TopicSpec): Promise<void> {
    const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const topic = { name, numPartitions: partitions, replicationFactor: replicas, assignments: [], configs };
    await this.ask('admin', undefined, (connection) => createTopicsV7.api.async(connection, [topic], REQUEST_TIMEOUT_MS, false));
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    const topics = names.map((name) => ({ name }));
    await this.ask('admin', undefined, (connection) => deleteTopicsV6.api.async(connection, topics, REQUEST_TIMEOUT_MS));
  }

  async newProducer(): Promise<ProducerIdentity> {
    const answer = await this.ask('admin', undefined, (connection) => initProducerIdV4.api.async(connection, null, REQUEST_TIMEOUT_MS));
    return { id: answer.producerId, epoch: answer.producerEpoch };
  }

  async produce(broker: number, producer: ProducerIdentity, batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
    const sequences = new NumericMap();
    const messages: MessageRecord[] = [];
    const timestamp = BigInt(Date.now());
    for (const { topic, partition, firstSequence, values } of batches) {
      sequences.set(`${topic}:${partition}`, firstSequence);
      for (const value of values) messages.push({ topic, partition, timestamp, value: bufferOf(value) });
    }
    const { id: producerId, epoch: producerEpoch } = producer;
    const options = { compression: this.access.compression, producerId, producerEpoch, sequences };
    const answer = await this.ask(
      'produce',
      broker,
      (connection) => produceV9.api.async(connection, ACKS_ALL, REQUEST_TIMEOUT_MS, messages, options),
      true,
    );
    if (typeof answer === 'boolean') throw new KafkaFailure(CODES.refused, 'a produce request without an answer');
    return answer.responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode, baseOffset }) => ({
        topic: name,
        partition: index,
        code: errorCode,
        offset: Number(baseOffset),
      })),
    );
  }

  async fetch(broker: number, wants: readonly FetchWant[], limits: FetchLimits): Promise<readonly FetchedPartition[]> {
    const topics = new Map<string, { readonly topicId: string; readonly partitions: FetchPartition[] }>();
    const from = new Map<string, number>();
    for (const { topic, partition, offset } of wants) {
      from.set(`${topic}/${partition}`, offset);
      // Version 12 names topics where later ones give their ids; the type is that of the later ones.
      const one = topics.get(topic) ?? { topicId: topic, partitions: [] };
      topics.set(topic, one);
      one.partitions.push({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(offset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: limits.partitionBytes,
      });
    }
    const answer = await this.ask(
      'fetch',
      broker,
      (connection) => fetchV12.api.async(connection, limits.waitMs, 1, limits.bytes, READ_UNCOMMITTED, 0, -1, [...topics.values()], [], ''),
      true,
    );
    return answer.responses.flatMap(({ topicId: topic, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, highWatermark, logStartOffset, records }) => ({
        topic,
        partition: partitionIndex,
        code: errorCode,
        earliest: Number(logStartOffset),
        end: Number(highWatermark),
        records: recordsOf(records ?? [], from.get(`${topic}/${partitionIndex}`) ?? 0),
      })),
    );
  }

  async offsetAt(broker: number, topic: string, partition: number, time: number): Promise<number> {
    const wanted = { partitionIndex: partition, currentLeaderEpoch: -1, timestamp: BigInt(time) };
    const answer = await this.ask('admin', broker, (connection) =>
      listOffsetsV7.api.async(connection, -1, READ_UNCOMMITTED, [{ name: topic, partitions: [wanted] }]),
    );
    return Number(answer.topics[0]!.partitions[0]!.offset);
  }

  async deleteRecords(broker: number, topic: string, partition: number, before: number): Promise<void> {
    const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset: BigInt(before) }] }];
    await this.ask('admin', broker, (connection) => deleteRecordsV2.api.async(connection, topics, REQUEST_TIMEOUT_MS));
  }

  async coordinator(group: string): Promise<number> {
    const answer = await this.ask('admin', undefined, (connection) => findCoordinatorV4.api.async(connection, 0, [group]));
    const { nodeId, host, port } = answer.coordinators[0]!;
    this.brokers.set(nodeId, { host, port });
    return nodeId;
  }

  async join(broker: number, join: GroupJoin): Promise<Joined> {
    const { group, sessionMs, rebalanceMs, protocol, metadata } = join;
    const protocols = [{ name: protocol, metadata: bufferOf(metadata) }];
    const ask = (memberId: string) =>
      this.ask(
        `group ${group}`,
        broker,
        (connection) => joinGroupV9.api.async(connection, group, sessionMs, rebalanceMs, memberId, null, 'consumer', protocols, null),
        true,
      );
    let answer = await ask(join.memberId);
    if (answer.errorCode === MEMBER_ID_REQUIRED) answer = await ask(answer.memberId);
    if (answer.errorCode !== 0) throw new KafkaFailure(answer.errorCode, `joining ${group} was answered with error ${answer.errorCode}`);
    const { generationId, memberId, leader, members } = answer;
    return {
      generation: generationId,
      memberId,
      leaderId: leader,
      members: members.map(({ memberId, metadata }) => ({ id: memberId, metadata })),
    };
  }

  async sync(broker: number, place: GroupPlace, assignments: readonly GroupMember[]): Promise<Uint8Array> {
    const { group, generation, memberId, protocol } = place;
    const list = assignments.map(({ id, metadata }) => ({ memberId: id, assignment: bufferOf(metadata) }));
    const answer = await this.ask(`group ${group}`, broker, (connection) =>
      syncGroupV5.api.async(connection, group, generation, memberId, null, 'consumer', protocol, list),
    );
    return answer.assignment;
  }

  async heartbeat(broker: number, { group, generation, memberId }: GroupPlace): Promise<void> {
    await this.ask(`group ${group}`, broker, (connection) => heartbeatV4.api.async(connection, group, generation, memberId, null));
  }

  async leave(broker: number, { group, memberId }: GroupPlace): Promise<void> {
    await this.ask(`group ${group}`, broker, (connection) => leaveGroupV5.api.async(connection, group, [{ memberId }]));
  }

  async commit(broker: number, place: GroupPlace, topic: string, partition: number, next: number): Promise<void> {
    const { group, generation, memberId } = place;
    const committed = { partitionIndex: partition, committedOffset: BigInt(next), committedLeaderEpoch: -1, committedMetadata: '' };
    await this.ask('admin', broker, (connection) =>
      offsetCommitV8.api.async(connection, group, generation, memberId, null, [{ name: topic, partitions: [committed] }]),
    );
  }

  async committed(broker: number, group: string, topic: string, partition: number): Promise<number | undefined> {
    const wanted = { groupId: group, memberId: null, memberEpoch: -1, topics: [{ name: topic, partitionIndexes: [partition] }] };
    const answer = await this.ask('admin', broker, (connection) => offsetFetchV8.api.async(connection, [wanted], false));
    const offset = answer.groups[0]?.topics[0]?.partitions[0]?.committedOffset ?? -1n;
    return offset < 0n ? undefined : Number(offset);
  }

  reconnect(group?: string): void {
    for (const [channel, pool] of this.pools) {
      if (group !== undefined && channel !== `group ${group}`) continue;
      this.pools.delete(channel);
      void cut(pool);
    }
  }

  async close(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map(cut));
  }

  /** With `partial`, an answer in which some partitions have errors is an answer. */
  private async ask<Answer>(
    channel: Channel,
    broker: number | undefined,
    request: (connection: Connection) => Promise<Answer>,
    partial = false,
  ): Promise<Answer> {
    try {
      const pool = this.pool(channel);
      const connection =
        broker === undefined
          ? await pool.getFirstAvailable(this.anywhere().map(this.routed))
          : await pool.get(this.routed(await this.address(broker)));
      return await request(connection);
    } catch (error) {
      const answer = (error as { response?: Answer }).response;
      if (partial && answer !== undefined) return answer;
      throw failureOf(error);
    }
  }

  private readonly routed = (address: Address): Address => this.access.route?.(address) ?? address;

  /** Brokers that are known come after those that were named, which may be gone by now. */
  private anywhere(): Address[] {
    return [...this.seeds, ...this.brokers.values()];
  }

  private async address(broker: number): Promise<Address> {
    if (!this.brokers.has(broker)) await this.leaders([]);
    const address = this.brokers.get(broker);
    if (address === undefined) throw new KafkaFailure(CODES.noAnswer, `broker ${broker} is not there`);
    return address;
  }

  private pool(channel: Channel): ConnectionPool {
    const open = this.pools.get(channel);
    if (open !== undefined) return open;
    const { tls, login, clientId } = this.access;
    const pool = new ConnectionPool(clientId, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: channel.startsWith('group') ? JOIN_TIMEOUT_MS : REQUEST_TIMEOUT_MS + 2_000,
      maxInflights: 16,
      ...(tls === undefined ? {} : { tls: { ca: [tls.authority] } }),
      ...(login === undefined ? {} : { sasl: { mechanism: 'SCRAM-SHA-512', username: login.user, password: login.password } }),
    });
    this.pools.set(channel, pool);
    return pool;
  }
}

/** Without waiting for answers: a broker that hangs gives none. */
async function cut(pool: ConnectionPool): Promise<void> {
  const connections = [...pool].map(([, connection]) => connection);
  const closing = pool.close().catch(() => undefined);
  for (const connection of connections) connection.socket?.destroy();
  await closing;
}

function recordsOf(batches: readonly RecordsBatch[], from: number): BusRecord[] {
  const records: BusRecord[] = [];
  for (const { attributes, firstOffset, firstTimestamp, maxTimestamp, records: list } of batches) {
    if ((attributes & CONTROL_BATCH) !== 0) continue;
    const first = Number(firstOffset);
    const appendedAtMs = (attributes & LOG_APPEND_TIME) === 0 ? undefined : Number(maxTimestamp);
    for (const { offsetDelta, timestampDelta, value } of list) {
      const offset = first + offsetDelta;
      if (offset < from) continue;
      records.push({ offset, loggedAtMs: appendedAtMs ?? Number(firstTimestamp + timestampDelta), value: value ?? new Uint8Array(0) });
    }
  }
  return records;
}

function bufferOf(value: Uint8Array): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The library nests errors: one of the protocol first, else one of the network. */
function failureOf(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const all = flat(error);
  const refused = all.find(({ code }) => code === 'PLT_KFK_AUTHENTICATION');
  if (refused !== undefined) return new KafkaFailure(CODES.refused, 'Kafka refused the login', error);
  const answered = all.find(({ apiCode }) => apiCode !== undefined);
  const message = all.map(({ message }) => message).join(': ');
  return new KafkaFailure(answered?.apiCode ?? CODES.noAnswer, message, error);
}

interface AnyError {
  readonly message: string;
  readonly code?: unknown;
  readonly apiCode?: number;
}

function flat(error: unknown, depth = 0): AnyError[] {
  if (!(error instanceof Error) || depth > 4) return [{ message: String(error) }];
  const inner = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause];
  const own = GenericError.isGenericError(error) ? (error as AnyError) : { message: error.message };
  return [own, ...inner.flatMap((one: unknown) => flat(one, depth + 1))];
}
