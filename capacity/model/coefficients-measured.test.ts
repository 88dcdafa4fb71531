/** A coefficient is a number in a table, a measurement a record in a file: here neither may leave the other’s interval. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CoefficientNumbers, DEFAULT_COEFFICIENTS } from './coefficients.ts';
import { CASSANDRA_COEFFICIENTS } from './coefficients-cassandra.ts';
import { DISPATCH_COEFFICIENTS } from './coefficients-dispatch.ts';
import { FLEET_COEFFICIENTS } from './coefficients-fleet.ts';
import { KAFKA_COEFFICIENTS } from './coefficients-kafka.ts';
import { REDIS_COEFFICIENTS } from './coefficients-redis.ts';
import { middleOf } from './draws.ts';
import type { Interval } from './quantity.ts';
import { storeRuns } from './store-runs.ts';

interface StoreRecord {
  readonly costs: ReadonlyArray<{ operation: string; clientUs: number; serverUs: number; requests: number }>;
  readonly runs: {
    readonly costs: ReadonlyArray<{ messagesPerRun: number; members: number; requests: number }>;
    readonly fits: ReadonlyArray<{ side: string; usPerMessage: number; usPerRequest: number; usPerRow: number }>;
  };
  readonly layouts: ReadonlyArray<{ layout: string; newestRead: { serverUs: number } }>;
  readonly disk: ReadonlyArray<{ table: string; bytesPerRow: number; bodyBytes: number }>;
}
interface RedisRecord {
  readonly rows: ReadonlyArray<{ operation: string; page: number; serverUs: number; clientUs: number }>;
  readonly subscriptions: { bytesPerChannel: number };
}
interface BatchingRecord {
  readonly fits: ReadonlyArray<{ driver: string; side: string; usPerRequest: number; usPerPartition: number; usPerRecord: number }>;
  readonly relayHop: ReadonlyArray<{ lingerMs: number; ackP99Ms: number }>;
  readonly drivers: ReadonlyArray<{ driver: string; compression: string; read: { clientUs: number; brokerUs: number } }>;
}

const record = <Shape>(name: string): Shape =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../measurements/${name}.json`), 'utf8')) as Shape;

const C = middleOf(DEFAULT_COEFFICIENTS) as CoefficientNumbers;

const within = ({ low, high }: Interval, measured: number): void => {
  expect(measured).toBeGreaterThanOrEqual(low);
  expect(measured).toBeLessThanOrEqual(high);
};

describe('the store’s record', () => {
  const { costs, layouts, disk, runs } = record<StoreRecord>('store');
  const cost = (operation: string) => costs.find((one) => one.operation === operation)!;
  const fit = (side: string) => runs.fits.find((one) => one.side === side)!;

  test('a message, a request and a row of it, at client and server', () => {
    const [client, server] = [fit('client'), fit('server')];
    within(DISPATCH_COEFFICIENTS.dispatchStoreUsPerMessage, client.usPerMessage);
    within(DISPATCH_COEFFICIENTS.dispatchStoreUsPerRequest, client.usPerRequest);
    within(DISPATCH_COEFFICIENTS.dispatchStoreUsPerRow, client.usPerRow);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerMessage, server.usPerMessage);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerRequest, server.usPerRequest);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerRow, server.usPerRow);
  });

  test.each([
    ['message, 1:1', 25, 2],
    ['message, group of 10', 25, 10],
  ] as const)('%s: the law of runs has its requests, and costs within a tenth', (operation, messages, listRows) => {
    const flow = { sends: (messages * 1e3) / C.dispatchFetchMs, receipts: 0, listRows, bodyBytes: 200, nodeSets: 1 };
    // Which has a look at the store's marks in each run too; the measurement has none.
    const { requestsPerMessage, rowsPerMessage } = storeRuns(C, flow);
    const measured = cost(operation);
    const [requests, rows] = [requestsPerMessage - 1 / messages, rowsPerMessage - 1 / messages];
    expect(requests).toBeCloseTo(measured.requests, 10);
    const clientUs = C.dispatchStoreUsPerMessage + requests * C.dispatchStoreUsPerRequest + rows * C.dispatchStoreUsPerRow;
    const serverUs = C.cassandraUsPerMessage + requests * C.cassandraUsPerRequest + rows * C.cassandraUsPerRow;
    expect(Math.abs(clientUs / measured.clientUs - 1)).toBeLessThan(0.1);
    expect(Math.abs(serverUs / measured.serverUs - 1)).toBeLessThan(0.1);
  });

  test('messages in runs of any length: the law of runs is off by a ninth of their requests at most', () => {
    for (const { messagesPerRun, members, requests } of runs.costs) {
      const flow = { sends: (messagesPerRun * 1e3) / C.dispatchFetchMs, receipts: 0, listRows: members, bodyBytes: 200, nodeSets: 1 };
      const law = storeRuns(C, flow).requestsPerMessage - 1 / messagesPerRun;
      expect({ messagesPerRun, members, near: Math.abs(law / requests - 1) < 1 / 9 }).toEqual({ messagesPerRun, members, near: true });
    }
  });

  test.each(['1:1', 'group of 10'])('receipts and reads of %s', (shape) => {
    const receipt = cost(`receipt, ${shape}`);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerReceipt, receipt.serverUs - receipt.requests * C.cassandraUsPerRequest);
    within(DISPATCH_COEFFICIENTS.dispatchReceiptUs, receipt.clientUs - receipt.requests * C.dispatchStoreUsPerRequest);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerResume, cost(`device that resumes, ${shape}`).serverUs);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerList, cost(`list, ${shape}`).serverUs);
  });

  test('bytes of rows on a disk', () => {
    const onDisk = (table: string) => disk.find((one) => one.table === table)!;
    const message = onDisk('messages_by_conversation');
    within(CASSANDRA_COEFFICIENTS.cassandraRowBytes, message.bytesPerRow - message.bodyBytes);
    within(CASSANDRA_COEFFICIENTS.cassandraListRowBytes, onDisk('user_conversations').bytesPerRow);
    within(CASSANDRA_COEFFICIENTS.cassandraReceiptRowBytes, onDisk('receipts').bytesPerRow);
  });

  test('the newest 50 of a conversation', () => {
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerHistory, layouts.find(({ layout }) => layout === 'own')!.newestRead.serverUs);
  });
});

describe('the record of Redis', () => {
  const { rows, subscriptions } = record<RedisRecord>('redis');
  const row = (operation: string, page: number) => rows.find((one) => one.operation === operation && one.page === page)!;

  test('processor time of the server', () => {
    within(REDIS_COEFFICIENTS.redisUsPerRead, row('read of a user who is there', 100).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerRead, row('read of a user who is gone', 100).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerReadAlone, row('read of a user who is there', 1).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerPut, row('put of a route', 100).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerPut, row('put of a route', 1).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerRemove, row('remove of a route', 100).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerTransition, row('come or gone told', 100).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerTyping, row('typing told', 1).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerLease, row('renewal of a lease', 1).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerNaiveRefresh, row('refresh of a naive key', 100).serverUs);
    within(REDIS_COEFFICIENTS.redisUsPerNaiveRead, row('read of a naive key', 100).serverUs);
  });

  test('memory of a channel, and a lookup’s client', () => {
    within(REDIS_COEFFICIENTS.redisChannelBytes, subscriptions.bytesPerChannel);
    within(DISPATCH_COEFFICIENTS.dispatchRouteUsPerUser, row('read of a user who is there', 100).clientUs);
    within(DISPATCH_COEFFICIENTS.dispatchRouteUsPerUser, row('read of a user who is there', 1_000).clientUs);
  });
});

describe('the record of batching', () => {
  const { fits, drivers, relayHop } = record<BatchingRecord>('batching');
  const fit = (side: string) => fits.find((one) => one.driver === 'platformatic' && one.side === side)!;

  test('requests, batches and records at the broker and the client', () => {
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerRequest, fit('broker').usPerRequest);
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerBatch, fit('broker').usPerPartition);
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerRecord, fit('broker').usPerRecord);
    within(DISPATCH_COEFFICIENTS.dispatchClientUsPerRequest, fit('client').usPerRequest);
    within(DISPATCH_COEFFICIENTS.dispatchClientUsPerBatch, fit('client').usPerPartition);
    within(DISPATCH_COEFFICIENTS.dispatchClientUsPerRecord, fit('client').usPerRecord);
  });

  test('what an append to a broker at rest waits beyond the linger, for turns and collectors', () => {
    for (const { lingerMs, ackP99Ms } of relayHop) within(FLEET_COEFFICIENTS.headroomPauseMs, ackP99Ms - lingerMs);
  });

  test('a record read', () => {
    const zstd = drivers.find(({ driver, compression }) => driver === 'platformatic' && compression === 'zstd')!;
    within(DISPATCH_COEFFICIENTS.dispatchReadUsPerRecord, zstd.read.clientUs);
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerRecordRead, zstd.read.brokerUs);
  });
});

test('the record of followers: what two brokers spend on each other, and a batch that is copied', () => {
  const { rows, usPerSecond, usPerBatch } = record<{
    rows: ReadonlyArray<{ records: number; batches: number }>;
    usPerSecond: number;
    usPerBatch: number;
  }>('followers');
  // Two followers on three brokers, of which each follows the two others.
  within(KAFKA_COEFFICIENTS.kafkaFollowerCores, (2 * usPerSecond) / 1e6 / 6);
  const ofRecords = C.kafkaBrokerUsPerRecord + C.kafkaBrokerUsPerRecordRead;
  for (const { records, batches } of rows) within(KAFKA_COEFFICIENTS.kafkaFollowerUsPerBatch, usPerBatch - (ofRecords * records) / batches);
});

test('a message and its receipt on real systems cost dispatch and Cassandra what the law says, within a fifth', () => {
  const { sendsPerSecond, bodyBytes, parts } = record<{
    sendsPerSecond: number;
    bodyBytes: number;
    parts: Readonly<Record<'dispatch' | 'cassandra', { median: number }>>;
  }>('real-message');
  // A stack of parley up: 8 partitions of each topic, one broker, one node, one process of dispatch; conversations of two, each delivery acknowledged.
  const flow = { sends: sendsPerSecond / 8, receipts: sendsPerSecond / 8, listRows: 2, bodyBytes, nodeSets: 1 };
  const runs = storeRuns(C, flow);
  const perRequest = 1 + (sendsPerSecond * C.dispatchLingerMs) / 1e3;
  const produced = C.dispatchClientUsPerRecord + (C.dispatchClientUsPerRequest + C.dispatchClientUsPerBatch) / perRequest;
  const stored =
    C.dispatchStoreUsPerMessage +
    runs.requestsPerMessage * C.dispatchStoreUsPerRequest +
    runs.rowsPerMessage * C.dispatchStoreUsPerRow +
    C.dispatchReceiptUs +
    runs.requestsPerReceipt * C.dispatchStoreUsPerRequest;
  // A record for the sender's gateway and one that tells him of the receipt.
  const dispatch = 2 * (C.dispatchReadUsPerRecord + produced) + C.dispatchDecideUsPerRecord + stored + 3 * C.dispatchRouteUsPerUser;
  const requests = runs.requestsPerMessage + runs.requestsPerReceipt;
  const served =
    C.cassandraUsPerMessage + runs.rowsPerMessage * C.cassandraUsPerRow + C.cassandraUsPerReceipt + requests * C.cassandraUsPerRequest;
  const written = bodyBytes + C.cassandraRowBytes + 2 * C.cassandraListRowBytes + C.cassandraReceiptRowBytes;
  const compacted = (written * C.cassandraWriteAmplification * 1e6) / C.cassandraCompactionBytesPerCoreSecond;
  expect(Math.abs(dispatch / parts.dispatch.median - 1)).toBeLessThan(0.2);
  expect(Math.abs((served + compacted) / parts.cassandra.median - 1)).toBeLessThan(0.2);
});
