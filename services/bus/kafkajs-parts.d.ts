/** The parts of kafkajs 2.2.4 below its producer and consumer, as far as they are used; the package describes only its index. */
declare module 'kafkajs/src/cluster/index.js' {
  export interface Broker {
    metadata(topics: readonly string[]): Promise<{
      brokers: Array<{ nodeId: number; host: string; port: number }>;
      topicMetadata: Array<{ topicErrorCode: number; topic: string; partitionMetadata: Array<{ partitionId: number; leader: number }> }>;
    }>;
    produce(request: {
      topicData: Array<{
        topic: string;
        partitions: Array<{ partition: number; firstSequence: number; messages: Array<{ value: Buffer; key: null; headers: object }> }>;
      }>;
      producerId: string;
      producerEpoch: number;
      acks: number;
      timeout: number;
      compression: number;
    }): Promise<{ topics: Array<{ topicName: string; partitions: Array<{ partition: number; errorCode: number; baseOffset: string }> }> }>;
    fetch(request: {
      isolationLevel: number;
      maxWaitTime: number;
      minBytes: number;
      maxBytes: number;
      topics: Array<{ topic: string; partitions: Array<{ partition: number; fetchOffset: string; maxBytes: number }> }>;
    }): Promise<{
      responses: Array<{
        topicName: string;
        partitions: Array<{
          partition: number;
          errorCode: number;
          highWatermark: string;
          lastStartOffset: string;
          messages: Array<{ offset: string; timestamp: string; value: Buffer | null; isControlRecord?: boolean }>;
        }>;
      }>;
    }>;
    listOffsets(request: {
      isolationLevel: number;
      topics: Array<{ topic: string; partitions: Array<{ partition: number; timestamp: number }> }>;
    }): Promise<{ responses: Array<{ partitions: Array<{ offset: string }> }> }>;
    joinGroup(request: {
      groupId: string;
      sessionTimeout: number;
      rebalanceTimeout: number;
      memberId: string;
      groupProtocols: Array<{ name: string; metadata: Buffer }>;
    }): Promise<{
      generationId: number;
      leaderId: string;
      memberId: string;
      members: Array<{ memberId: string; memberMetadata: Buffer }>;
    }>;
    syncGroup(request: {
      groupId: string;
      generationId: number;
      memberId: string;
      groupAssignment: Array<{ memberId: string; memberAssignment: Buffer }>;
    }): Promise<{ memberAssignment: Buffer }>;
    heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
    leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
    offsetCommit(request: {
      groupId: string;
      groupGenerationId: number;
      memberId: string;
      topics: Array<{ topic: string; partitions: Array<{ partition: number; offset: string }> }>;
    }): Promise<unknown>;
    offsetFetch(request: {
      groupId: string;
      topics: Array<{ topic: string; partitions: Array<{ partition: number }> }>;
    }): Promise<{ responses: Array<{ partitions: Array<{ offset: string }> }> }>;
    findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<{ coordinator: { nodeId: number } }>;
    initProducerId(request: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
    createTopics(request: {
      topics: Array<{
        topic: string;
        numPartitions: number;
        replicationFactor: number;
        configEntries: Array<{ name: string; value: string }>;
      }>;
      timeout: number;
    }): Promise<unknown>;
    deleteTopics(request: { topics: readonly string[]; timeout: number }): Promise<unknown>;
    deleteRecords(request: {
      topics: Array<{ topic: string; partitions: Array<{ partition: number; offset: string }> }>;
    }): Promise<unknown>;
  }
  export default class Cluster {
    constructor(options: object);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
    refreshMetadata(): Promise<void>;
    findBroker(place: { nodeId: string | number }): Promise<Broker>;
    findControllerBroker(): Promise<Broker>;
    getNodeIds(): string[];
  }
}
declare module 'kafkajs/src/loggers/index.js' {
  export function createLogger(options: { level: number; logCreator: () => () => void }): object;
}
declare module 'kafkajs/src/network/socketFactory.js' {
  import type { Socket } from 'node:net';
  export default function socketFactory(): <Options extends { host: string; port: number; onConnect: () => void }>(
    options: Options,
  ) => Socket;
}
