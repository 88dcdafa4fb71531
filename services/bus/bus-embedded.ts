/** The bus of the embedded backends, in another process: every method may be repeated after a reconnect. */
import { BackendError } from '../runtime/backend-error.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import type { RpcClient } from '../runtime/rpc.ts';
import { type BatchHandler, type Bus, type BusEvents, type Start, type Subscription, TOPICS, type Topic } from './bus.ts';
import { BUS_METHODS, checked, encodeAppend, encodePlace, FETCH_WAIT_MS, readFetched } from './bus-wire.ts';
import { Consumer } from './consumer.ts';
import { Subscriptions } from './subscriptions.ts';

export class BusEmbedded implements Bus {
  private readonly rpc: RpcClient;
  private readonly events: BusEvents;
  private readonly counts: Readonly<Record<Topic, number>>;
  private readonly subscriptions = new Subscriptions();
  private closed = false;

  private constructor(rpc: RpcClient, events: BusEvents, counts: Readonly<Record<Topic, number>>) {
    this.rpc = rpc;
    this.events = events;
    this.counts = counts;
  }

  /** Asks the server for its topics first. */
  static async connect(rpc: RpcClient, events: BusEvents): Promise<BusEmbedded> {
    const reader = new ByteReader(await rpc.call(BUS_METHODS.describe, new Uint8Array(0)));
    const [messages, receipts, deliveries] = TOPICS.map((topic) => reader.varint(topic)) as [number, number, number];
    return new BusEmbedded(rpc, events, checked(reader, { messages, receipts, deliveries }));
  }

  partitions(topic: Topic): number {
    return this.counts[topic];
  }

  async append(topic: Topic, partition: number, values: readonly Uint8Array[]): Promise<number> {
    this.check(topic, partition);
    return numberOf(await this.rpc.call(BUS_METHODS.append, encodeAppend({ topic, partition }, values)));
  }

  async consume(group: string, topic: Topic, partition: number, handler: BatchHandler, start: Start = 'committed'): Promise<Subscription> {
    this.check(topic, partition);
    const from = (offset: number) => encodePlace({ topic, partition }).varint(offset).varint(FETCH_WAIT_MS).take();
    const consumer = new Consumer({
      handler,
      start: async () => (start === 'committed' ? this.committed(group, topic, partition) : start === 'earliest' ? undefined : start),
      fetch: async (offset) => readFetched(await this.rpc.call(BUS_METHODS.fetch, from(offset))),
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      gap: (missing) => this.events.gap(group, topic, partition, missing),
      failed: (error) => this.events.handlerFailed(group, topic, partition, error),
    });
    return this.subscriptions.add(consumer);
  }

  async commit(group: string, topic: Topic, partition: number, nextOffset: number): Promise<void> {
    this.check(topic, partition);
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0) throw new BackendError('badOffset', `${nextOffset} is no offset`, false);
    await this.rpc.call(BUS_METHODS.commit, encodePlace({ topic, partition }).varint(nextOffset).text(group).take());
  }

  async committed(group: string, topic: Topic, partition: number): Promise<number | undefined> {
    this.check(topic, partition);
    const reader = new ByteReader(await this.rpc.call(BUS_METHODS.committed, encodePlace({ topic, partition }).text(group).take()));
    return checked(reader, reader.byte('known') === 0 ? undefined : reader.varint('offset'));
  }

  async end(topic: Topic, partition: number): Promise<number> {
    this.check(topic, partition);
    return numberOf(await this.rpc.call(BUS_METHODS.end, encodePlace({ topic, partition }).take()));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.subscriptions.stopAll();
  }

  private check(topic: Topic, partition: number): void {
    if (this.closed) throw new BackendError('closed', 'the bus is closed', false);
    if (!Number.isInteger(partition) || partition < 0 || partition >= this.counts[topic]) {
      throw new BackendError('noPartition', `${topic} has ${this.counts[topic]} partitions, not ${partition}`, false);
    }
  }
}

export function numberOf(payload: Uint8Array): number {
  const reader = new ByteReader(payload);
  return checked(reader, reader.varint('offset'));
}

export function encodeNumber(value: number): Uint8Array {
  return new ByteWriter().start().varint(value).take();
}
