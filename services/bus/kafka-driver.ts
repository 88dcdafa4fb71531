/**
 * What the bus asks of a Kafka client library: single requests to a broker that the caller names. Leaders, retries, sequences,
 * groups and positions are the bus's own business, so that they are the same over every library.
 */
import type { BusRecord } from './bus.ts';

/** One producer for the broker, which stores each of its numbered batches once. */
export interface ProducerIdentity {
  readonly id: bigint;
  readonly epoch: number;
}

export interface ProduceBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstSequence: number;
  readonly values: readonly Uint8Array[];
}

/** `code` 0: stored at `offset`. */
export interface ProduceResult {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly offset: number;
}

export interface FetchWant {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly earliest: number;
  readonly end: number;
  /** From the wanted offset on; their values are parts of the answer's buffer. */
  readonly records: readonly BusRecord[];
}

export interface GroupMember {
  readonly id: string;
  readonly metadata: Uint8Array;
}

export interface Joined {
  readonly generation: number;
  readonly memberId: string;
  readonly leaderId: string;
  /** Only the leader sees them. */
  readonly members: readonly GroupMember[];
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface FetchLimits {
  readonly waitMs: number;
  readonly bytes: number;
  readonly partitionBytes: number;
}

/** Times that ListOffsets takes besides real ones. */
export const LATEST = -1;
export const EARLIEST = -2;

/** Every method rejects with KafkaFailure, after REQUEST_TIMEOUT_MS at the latest. */
export interface KafkaDriver {
  /** Leader of each partition of the topics that exist; -1 where there is none now. */
  leaders(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>>;
  createTopic(topic: TopicSpec): Promise<void>;
  deleteTopics(names: readonly string[]): Promise<void>;
  newProducer(): Promise<ProducerIdentity>;
  produce(broker: number, producer: ProducerIdentity, batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]>;
  fetch(broker: number, wants: readonly FetchWant[], limits: FetchLimits): Promise<readonly FetchedPartition[]>;
  /** -1 where no record is as late as that. */
  offsetAt(broker: number, topic: string, partition: number, time: number): Promise<number>;
  deleteRecords(broker: number, topic: string, partition: number, before: number): Promise<void>;
  coordinator(group: string): Promise<number>;
  join(broker: number, group: GroupJoin): Promise<Joined>;
  sync(broker: number, group: GroupPlace, assignments: readonly GroupMember[]): Promise<Uint8Array>;
  heartbeat(broker: number, group: GroupPlace): Promise<void>;
  leave(broker: number, group: GroupPlace): Promise<void>;
  commit(broker: number, group: GroupPlace, topic: string, partition: number, next: number): Promise<void>;
  committed(broker: number, group: string, topic: string, partition: number): Promise<number | undefined>;
  /** Cuts the connections, or a group's only, with what waits on them; the next request makes new ones. */
  reconnect(group?: string): void;
  close(): Promise<void>;
}

export interface GroupJoin {
  readonly group: string;
  /** Empty for a new member. */
  readonly memberId: string;
  readonly protocol: string;
  readonly metadata: Uint8Array;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
}

export interface GroupPlace {
  readonly group: string;
  readonly generation: number;
  readonly memberId: string;
  readonly protocol: string;
}

/** For commits of one who is in no group. */
export const NO_MEMBER = { generation: -1, memberId: '', protocol: '' } as const;

export const CONNECT_TIMEOUT_MS = 3_000;
export const REQUEST_TIMEOUT_MS = 10_000;
/** A join answers when the last member has joined. */
export const JOIN_TIMEOUT_MS = 70_000;
