/** A coefficient is a number in a table, a measurement a record in a file: here neither may leave the other’s interval. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASSANDRA_COEFFICIENTS } from './coefficients-cassandra.ts';
import { DISPATCH_COEFFICIENTS } from './coefficients-dispatch.ts';
import { KAFKA_COEFFICIENTS } from './coefficients-kafka.ts';
import { REDIS_COEFFICIENTS } from './coefficients-redis.ts';
import type { Interval } from './quantity.ts';

interface StoreRecord {
  readonly costs: ReadonlyArray<{ operation: string; clientUs: number; serverUs: number; requests: number }>;
  readonly layouts: ReadonlyArray<{ layout: string; newestRead: { serverUs: number } }>;
  readonly disk: ReadonlyArray<{ table: string; bytesPerRow: number; bodyBytes: number }>;
}
interface RedisRecord {
  readonly rows: ReadonlyArray<{ operation: string; page: number; serverUs: number; clientUs: number }>;
  readonly subscriptions: { bytesPerChannel: number };
}
interface BatchingRecord {
  readonly fits: ReadonlyArray<{ driver: string; side: string; usPerRequest: number; usPerPartition: number; usPerRecord: number }>;
  readonly drivers: ReadonlyArray<{ driver: string; compression: string; read: { clientUs: number; brokerUs: number } }>;
}

const record = <Shape>(name: string): Shape =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../measurements/${name}.json`), 'utf8')) as Shape;

const within = ({ low, high }: Interval, measured: number): void => {
  expect(measured).toBeGreaterThanOrEqual(low);
  expect(measured).toBeLessThanOrEqual(high);
};

describe('the store’s record', () => {
  const { costs, layouts, disk } = record<StoreRecord>('store');
  const cost = (operation: string) => costs.find((one) => one.operation === operation)!;
  const pair = cost('message, 1:1');
  const ten = cost('message, group of 10');

  test('a message has its requests, and one more for each row of a list', () => {
    within(DISPATCH_COEFFICIENTS.dispatchStoreRequestsPerMessage, pair.requests - 2);
    within(DISPATCH_COEFFICIENTS.dispatchStoreRequestsPerMessage, ten.requests - 10);
  });

  test('a request costs client and server what eight more of them did', () => {
    const more = ten.requests - pair.requests;
    const clientUs = (ten.clientUs - pair.clientUs) / more;
    within(DISPATCH_COEFFICIENTS.dispatchStoreUsPerRequest, clientUs);
    within(DISPATCH_COEFFICIENTS.dispatchStoreUsPerMessage, pair.clientUs - pair.requests * clientUs);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerWrite, (ten.serverUs - pair.serverUs) / more);
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerWrite, pair.serverUs / pair.requests);
  });

  test.each(['1:1', 'group of 10'])('receipts and reads of %s', (shape) => {
    within(CASSANDRA_COEFFICIENTS.cassandraUsPerReceipt, cost(`receipt, ${shape}`).serverUs);
    within(DISPATCH_COEFFICIENTS.dispatchReceiptUs, cost(`receipt, ${shape}`).clientUs);
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
  const { fits, drivers } = record<BatchingRecord>('batching');
  const fit = (side: string) => fits.find((one) => one.driver === 'platformatic' && one.side === side)!;

  test('requests, batches and records at the broker and the client', () => {
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerRequest, fit('broker').usPerRequest);
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerBatch, fit('broker').usPerPartition);
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerRecord, fit('broker').usPerRecord);
    within(DISPATCH_COEFFICIENTS.dispatchClientUsPerRequest, fit('client').usPerRequest);
    within(DISPATCH_COEFFICIENTS.dispatchClientUsPerBatch, fit('client').usPerPartition);
    within(DISPATCH_COEFFICIENTS.dispatchClientUsPerRecord, fit('client').usPerRecord);
  });

  test('a record read', () => {
    const zstd = drivers.find(({ driver, compression }) => driver === 'platformatic' && compression === 'zstd')!;
    within(DISPATCH_COEFFICIENTS.dispatchReadUsPerRecord, zstd.read.clientUs);
    within(KAFKA_COEFFICIENTS.kafkaBrokerUsPerRecordRead, zstd.read.brokerUs);
  });
});
