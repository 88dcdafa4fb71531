/**
 * Requests by kafkajs: its clusters, brokers and encoders, below its producer and consumer, which know neither explicit
 * partitions of one member nor batching over time. The library's exact version is pinned, since these parts are its inside.
 */
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import Cluster, { type Broker } from 'kafkajs/src/cluster/index.js';
import { createLogger } from 'kafkajs/src/loggers/index.js';
import socketFactory from 'kafkajs/src/network/socketFactory.js';
import type { Address, KafkaAccess } from './kafka-access.ts';
import {
  CONNECT_TIMEOUT_MS,
  EARLIEST,
  type FetchedPartition,
  type FetchLimits,
  type FetchWant,
  type GroupJoin,
  type GroupMember,
  type GroupPlace,
  JOIN_TIMEOUT_MS,
  type Joined,
  type KafkaDriver,
  LATEST,
  type ProduceBatch,
  type ProduceResult,
  type ProducerIdentity,
  REQUEST_TIMEOUT_MS,
  type TopicSpec,
} from './kafka-driver.ts';
import { CODES, KafkaFailure } from './kafka-failure.ts';

type Channel = 'admin' | 'produce' | 'fetch' | `group ${string}`;

const { CompressionCodecs, CompressionTypes } = kafkajs;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
/** The library ships gzip alone; the runtime has this one. */
CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress: (encoder: { buffer: Buffer }) => compress(encoder.buffer), decompress });

const COMPRESSIONS = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, zstd: CompressionTypes.ZSTD };
const READ_UNCOMMITTED = 0;
const ACKS_ALL = -1;
const GROUP = 0;
const NO_RETRIES = { retries: 0, initialRetryTime: 50 };

export class KafkajsDriver implements KafkaDriver {
  private readonly access: KafkaAccess;
  private readonly clusters = new Map<Channel, Promise<Cluster>>();
  private readonly sockets = new Map<Channel, Set<Socket>>();

  constructor(access: KafkaAccess) {
    this.access = access;
  }

  async leaders(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const leaders = new Map<string, number[]>();
    await Promise.all(
      topics.map(async (topic) => {
        try {
          const { topicMetadata } = await this.ask('admin', async (cluster) => (await anyOf(cluster)).metadata([topic]));
          const ids: number[] = [];
          for (const { partitionId, leader } of topicMetadata[0]!.partitionMetadata) ids[partitionId] = leader;
          leaders.set(topic, ids);
        } catch (error) {
          // One topic that is not there fails the library's whole answer; so each is asked by itself.
          if (!(error instanceof KafkaFailure) || error.code !== UNKNOWN_TOPIC) throw error;
        }
      }),
    );
    return leaders;
  }

  async createTopic({ name, partitions, replicas, settings }: TopicSpec): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const topic = { topic: name, numPartitions: partitions, replicationFactor: replicas, configEntries };
    await this.ask('admin', async (cluster) =>
      (await cluster.findControllerBroker()).createTopics({ topics: [topic], timeout: REQUEST_TIMEOUT_MS }),
    );
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.ask('admin', async (cluster) =>
      (await cluster.findControllerBroker()).deleteTopics({ topics: names, timeout: REQUEST_TIMEOUT_MS }),
    );
  }

  async newProducer(): Promise<ProducerIdentity> {
    const answer = await this.ask('admin', async (cluster) =>
      (await anyOf(cluster)).initProducerId({ transactionTimeout: REQUEST_TIMEOUT_MS }),
    );
    return { id: BigInt(answer.producerId), epoch: answer.producerEpoch };
  }

  async produce(node: number, producer: ProducerIdentity, batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
    const topicData = byTopic(batches, ({ partition, firstSequence, values }) => ({
      partition,
      firstSequence,
      messages: values.map((value) => ({ value: bufferOf(value), key: null, headers: {} })),
    }));
    try {
      const answer = await this.toBroker('produce', node, (broker) =>
        broker.produce({
          topicData,
          producerId: String(producer.id),
          producerEpoch: producer.epoch,
          acks: ACKS_ALL,
          timeout: REQUEST_TIMEOUT_MS,
          compression: COMPRESSIONS[this.access.compression],
        }),
      );
      return answer.topics.flatMap(({ topicName, partitions }) =>
        partitions.map(({ partition, errorCode, baseOffset }) => ({
          topic: topicName,
          partition,
          code: errorCode,
          offset: Number(baseOffset),
        })),
      );
    } catch (error) {
      const failure = failureOf(error);
      // The library tells the first error of an answer without its partition: it stands for all, and what was stored is
      // answered with its offset when the same batch comes again.
      if (failure.code < 0 || batches.length > 1) throw failure;
      return batches.map(({ topic, partition }) => ({ topic, partition, code: failure.code, offset: -1 }));
    }
  }

  async fetch(node: number, wants: readonly FetchWant[], limits: FetchLimits): Promise<readonly FetchedPartition[]> {
    const topics = byTopic(wants, ({ partition, offset }) => ({ partition, fetchOffset: String(offset), maxBytes: limits.partitionBytes }));
    const from = new Map(wants.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    try {
      const answer = await this.toBroker('fetch', node, (broker) =>
        broker.fetch({ isolationLevel: READ_UNCOMMITTED, maxWaitTime: limits.waitMs, minBytes: 1, maxBytes: limits.bytes, topics }),
      );
      return answer.responses.flatMap(({ topicName: topic, partitions }) =>
        partitions.map(({ partition, errorCode, highWatermark, lastStartOffset, messages }) => ({
          topic,
          partition,
          code: errorCode,
          earliest: Number(lastStartOffset),
          end: Number(highWatermark),
          records: messages
            .filter(({ offset, isControlRecord }) => isControlRecord !== true && Number(offset) >= from.get(`${topic}/${partition}`)!)
            .map(({ offset, timestamp, value }) => ({
              offset: Number(offset),
              loggedAtMs: Number(timestamp),
              value: value ?? new Uint8Array(0),
            })),
        })),
      );
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code !== CODES.offsetOutOfRange) throw failure;
      return this.ranges(node, wants);
    }
  }

  async offsetAt(node: number, topic: string, partition: number, time: number): Promise<number> {
    const topics = [{ topic, partitions: [{ partition, timestamp: time }] }];
    const answer = await this.toBroker('admin', node, (broker) => broker.listOffsets({ isolationLevel: READ_UNCOMMITTED, topics }));
    return Number(answer.responses[0]!.partitions[0]!.offset);
  }

  async deleteRecords(node: number, topic: string, partition: number, before: number): Promise<void> {
    const topics = [{ topic, partitions: [{ partition, offset: String(before) }] }];
    await this.toBroker('admin', node, (broker) => broker.deleteRecords({ topics }));
  }

  async coordinator(group: string): Promise<number> {
    const answer = await this.ask('admin', async (cluster) =>
      (await anyOf(cluster)).findGroupCoordinator({ groupId: group, coordinatorType: GROUP }),
    );
    return answer.coordinator.nodeId;
  }

  async join(node: number, { group, memberId, protocol, metadata, sessionMs, rebalanceMs }: GroupJoin): Promise<Joined> {
    const answer = await this.toBroker(`group ${group}`, node, (broker) =>
      broker.joinGroup({
        groupId: group,
        sessionTimeout: sessionMs,
        rebalanceTimeout: rebalanceMs,
        memberId,
        groupProtocols: [{ name: protocol, metadata: bufferOf(metadata) }],
      }),
    );
    const members = answer.members.map(({ memberId, memberMetadata }) => ({ id: memberId, metadata: memberMetadata }));
    return { generation: answer.generationId, memberId: answer.memberId, leaderId: answer.leaderId, members };
  }

  async sync(node: number, { group, generation, memberId }: GroupPlace, assignments: readonly GroupMember[]): Promise<Uint8Array> {
    const groupAssignment = assignments.map(({ id, metadata }) => ({ memberId: id, memberAssignment: bufferOf(metadata) }));
    const answer = await this.toBroker(`group ${group}`, node, (broker) =>
      broker.syncGroup({ groupId: group, generationId: generation, memberId, groupAssignment }),
    );
    return answer.memberAssignment;
  }

  async heartbeat(node: number, { group, generation, memberId }: GroupPlace): Promise<void> {
    await this.toBroker(`group ${group}`, node, (broker) => broker.heartbeat({ groupId: group, groupGenerationId: generation, memberId }));
  }

  async leave(node: number, { group, memberId }: GroupPlace): Promise<void> {
    await this.toBroker(`group ${group}`, node, (broker) => broker.leaveGroup({ groupId: group, memberId }));
  }

  async commit(node: number, place: GroupPlace, topic: string, partition: number, next: number): Promise<void> {
    const topics = [{ topic, partitions: [{ partition, offset: String(next) }] }];
    const { group: groupId, generation: groupGenerationId, memberId } = place;
    await this.toBroker('admin', node, (broker) => broker.offsetCommit({ groupId, groupGenerationId, memberId, topics }));
  }

  async committed(node: number, group: string, topic: string, partition: number): Promise<number | undefined> {
    const topics = [{ topic, partitions: [{ partition }] }];
    const answer = await this.toBroker('admin', node, (broker) => broker.offsetFetch({ groupId: group, topics }));
    const offset = Number(answer.responses[0]?.partitions[0]?.offset ?? -1);
    return offset < 0 ? undefined : offset;
  }

  reconnect(group?: string): void {
    for (const channel of this.clusters.keys()) if (group === undefined || channel === `group ${group}`) void this.cut(channel);
  }

  async close(): Promise<void> {
    await Promise.all([...this.clusters.keys()].map((channel) => this.cut(channel)));
  }

  /** The library's own end waits for every answer (tulios/kafkajs#1168); a broker that hangs gives none. */
  private async cut(channel: Channel): Promise<void> {
    const cluster = this.clusters.get(channel);
    const sockets = this.sockets.get(channel) ?? new Set();
    this.clusters.delete(channel);
    this.sockets.delete(channel);
    const ending = cluster?.then((open) => open.disconnect()).catch(() => undefined);
    for (const socket of sockets) socket.destroy(new Error('the connection was cut'));
    await Promise.race([ending, new Promise((resolve) => setTimeout(resolve, CUT_DEADLINE_MS))]);
  }

  /** Remembers the channel's sockets. */
  private socketsOf(channel: Channel): (options: SocketOptions) => Socket {
    const sockets = new Set<Socket>();
    this.sockets.set(channel, sockets);
    const make = socketFactory();
    return (options) => {
      const { host, port } = this.access.route?.(options) ?? options;
      const socket = make({ ...options, host, port });
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    };
  }

  /** What an answer that was all "out of range" left open: where each of the logs begins and ends. */
  private ranges(node: number, wants: readonly FetchWant[]): Promise<FetchedPartition[]> {
    return Promise.all(
      wants.map(async ({ topic, partition, offset }) => {
        const earliest = await this.offsetAt(node, topic, partition, EARLIEST);
        const end = await this.offsetAt(node, topic, partition, LATEST);
        return { topic, partition, code: offset < earliest || offset > end ? CODES.offsetOutOfRange : 0, earliest, end, records: [] };
      }),
    );
  }

  private toBroker<Answer>(channel: Channel, node: number, request: (broker: Broker) => Promise<Answer>): Promise<Answer> {
    return this.ask(channel, async (cluster) => {
      const broker = await cluster.findBroker({ nodeId: String(node) });
      return request(broker);
    });
  }

  private async ask<Answer>(channel: Channel, request: (cluster: Cluster) => Promise<Answer>): Promise<Answer> {
    let opening = this.clusters.get(channel);
    if (opening === undefined) {
      opening = this.open(channel);
      this.clusters.set(channel, opening);
      opening.catch(() => this.clusters.delete(channel));
    }
    try {
      return await request(await opening);
    } catch (error) {
      throw failureOf(error);
    }
  }

  private async open(channel: Channel): Promise<Cluster> {
    const { tls, login, clientId, brokers } = this.access;
    const cluster = new Cluster({
      logger: createLogger({ level: 0, logCreator: () => () => undefined }),
      socketFactory: this.socketsOf(channel),
      brokers,
      clientId,
      ssl: tls === undefined ? undefined : { ca: [tls.authority] },
      sasl: login === undefined ? undefined : { mechanism: 'scram-sha-512', username: login.user, password: login.password },
      connectionTimeout: CONNECT_TIMEOUT_MS,
      authenticationTimeout: CONNECT_TIMEOUT_MS,
      reauthenticationThreshold: REQUEST_TIMEOUT_MS,
      requestTimeout: channel.startsWith('group') ? JOIN_TIMEOUT_MS : REQUEST_TIMEOUT_MS + 2_000,
      enforceRequestTimeout: true,
      metadataMaxAge: Number.MAX_SAFE_INTEGER,
      retry: NO_RETRIES,
      allowAutoTopicCreation: false,
      maxInFlightRequests: 16,
      isolationLevel: READ_UNCOMMITTED,
    });
    for (let attempt = 1; ; attempt++) {
      try {
        await cluster.connect();
        await cluster.refreshMetadata();
        return cluster;
      } catch (error) {
        const { code } = failureOf(error);
        // It asks for all topics, and one that is just being made or deleted fails the answer.
        if (attempt < 5 && code > 0) await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
        // Each try is with the next broker that was named: the library itself would stay with the first, which may be dead.
        else if (code !== CODES.noAnswer || attempt >= brokers.length) {
          await cluster.disconnect();
          throw error;
        }
      }
    }
  }
}

interface SocketOptions extends Address {
  readonly onConnect: () => void;
}

const CUT_DEADLINE_MS = 1_000;
const UNKNOWN_TOPIC = 3;

/** The library's own way to any broker swallows what went wrong. */
async function anyOf(cluster: Cluster): Promise<Broker> {
  let failure: unknown = new KafkaFailure(CODES.noAnswer, 'no broker is known');
  for (const nodeId of cluster.getNodeIds()) {
    try {
      return await cluster.findBroker({ nodeId });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function byTopic<In extends { readonly topic: string }, Out>(
  items: readonly In[],
  partition: (item: In) => Out,
): Array<{ topic: string; partitions: Out[] }> {
  const topics = new Map<string, Out[]>();
  for (const item of items) {
    const list = topics.get(item.topic) ?? [];
    topics.set(item.topic, list);
    list.push(partition(item));
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

function bufferOf(value: Uint8Array): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function failureOf(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const { name, message, code, cause } = error as { name?: string; message?: string; code?: unknown; cause?: { code?: unknown } };
  if (name === 'KafkaJSSASLAuthenticationError') return new KafkaFailure(CODES.refused, 'Kafka refused the login', error);
  const number = typeof code === 'number' ? code : cause?.code;
  return new KafkaFailure(typeof number === 'number' ? number : CODES.noAnswer, message ?? String(error), error);
}
