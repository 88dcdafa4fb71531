/**
 * What dispatch costs, by what it does to a record: decide, store, look up routes, write deliveries. A process uses one
 * processor. The client's side of the store and the bus is counted here, the server's side in their own tables.
 */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const STORE: Source = { kind: 'measured', by: 'parley store-costs', record: 'capacity/measurements/store.json', date: '2026-12-01' };
const REDIS: Source = { kind: 'measured', by: 'parley redis-costs', record: 'capacity/measurements/redis.json', date: '2026-12-01' };
const BATCHING: Source = { kind: 'measured', by: 'parley batching', record: 'capacity/measurements/batching.json', date: '2026-12-01' };
/** The middle is their geometric mean: what one of a hundred to as many nodes costs was not measured. */
const REQUESTS: Source = {
  kind: 'measured',
  by: 'parley store-costs: where hundreds go at once to one quiet server, and one at a time to a server on a machine in use (--runs)',
  record: 'capacity/measurements/store.json',
  date: '2026-12-01',
};
const BATCHES: Source = { kind: 'cited', where: 'services/store/cassandra-batches.ts', date: '2026-12-01' };
const BOUNDS: Source = { kind: 'cited', where: 'ARCHITECTURE.md, table of bounds', date: '2026-11-25' };
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const DISPATCH_COEFFICIENTS = {
  dispatchDecideUsPerRecord: {
    ...between(8, 20, 35),
    unit: 'us/record',
    what: 'taking, deciding and encoding a record, beside store, routes and bus',
    source: {
      kind: 'measured',
      by: 'npm start, 50,000 connections, 2,499 messages/s: 35.0 us of the embedded process for bus, dispatch, store and routes together',
      record: 'capacity/MEASURED.md',
      date: '2026-11-25',
    },
  },
  dispatchReadUsPerRecord: { ...between(0.6, 4.5, 18), unit: 'us/record', what: 'reading a record from the bus', source: BATCHING },
  dispatchStoreUsPerMessage: {
    ...between(10, 24, 60),
    unit: 'us/message',
    what: 'a message that is written to the store, beside its requests and rows, the client’s side',
    source: STORE,
  },
  dispatchStoreUsPerRequest: {
    ...between(6, 20, 64),
    unit: 'us/request',
    what: 'a request of dispatch to the store, the client’s side: the more go at once, the less each',
    source: REQUESTS,
  },
  dispatchStoreUsPerRow: {
    ...between(1, 1.5, 3),
    unit: 'us/write',
    what: 'a row in a request to the store, the client’s side',
    source: STORE,
  },
  dispatchStoreRowsTogether: {
    ...exactly(10),
    unit: '1',
    what: 'rows of different partitions that go in one request at most, where the same nodes keep them',
    source: BATCHES,
  },
  dispatchStoreBytesTogether: { ...exactly(4_096), unit: 'B', what: 'bytes of them at most', source: BATCHES },
  dispatchStoreRowBytes: {
    ...between(120, 150, 200),
    unit: 'B',
    what: 'bytes of a row in such a request, beside a message’s body',
    source: { kind: 'cited', where: 'services/store/cassandra-batches.ts, bytesOf: 64 and 8 for each value', date: '2026-12-01' },
  },
  dispatchFetchMs: {
    ...exactly(50),
    unit: 'ms',
    what: 'time between two fetches of dispatch from a broker: what came meanwhile of a partition is a run',
    source: { kind: 'cited', where: 'services/backends/connect.ts, DISPATCH_PACE_MS', date: '2026-12-01' },
  },
  dispatchRunMost: {
    ...exactly(512),
    unit: '1',
    what: 'records of a run at most',
    source: { kind: 'cited', where: 'services/dispatch/partition-dispatch.ts, CHUNK_RECORDS', date: '2026-12-01' },
  },
  dispatchReceiptRows: {
    ...between(1.5, 2.5, 4),
    unit: '1',
    what: 'rows that a receipt reads and writes: its own, the list’s when it is a reading, privacy, what it was where that is not in memory',
    source: { kind: 'cited', where: 'services/store/cassandra-receipts.ts', date: '2026-12-01' },
  },
  dispatchReceiptUs: {
    ...between(15, 20, 60),
    unit: 'us/record',
    what: 'storing a receipt and telling it, beside its requests, the client’s side',
    source: STORE,
  },
  dispatchRouteUsPerUser: { ...between(1.8, 2.3, 14), unit: 'us/read', what: 'looking up the routes of a user, in pages', source: REDIS },
  dispatchClientUsPerRequest: {
    ...between(35, 43, 80),
    unit: 'us/request',
    what: 'a request to a broker, the client’s side',
    source: BATCHING,
  },
  dispatchClientUsPerBatch: {
    ...between(2.5, 3.6, 7),
    unit: 'us/partition',
    what: 'a partition’s batch in a request, the client’s side',
    source: BATCHING,
  },
  dispatchClientUsPerRecord: {
    ...between(0.5, 0.7, 2),
    unit: 'us/record',
    what: 'a record in a batch, the client’s side',
    source: BATCHING,
  },
  dispatchLingerMs: {
    ...exactly(5),
    unit: 'ms',
    what: 'time that an append waits for others',
    source: { kind: 'cited', where: 'ARCHITECTURE.md, decisions', date: '2026-11-25' },
  },
  dispatchToldPerReceipt: {
    ...between(0.7, 1, 1.3),
    unit: '1',
    what: 'records of deliveries that tell a receipt, per receipt',
    source: chosen('to the other of two; in a group to those whose messages it is about; a withheld one to the reader’s own devices'),
  },
  dispatchPartitionsMost: {
    ...exactly(170),
    unit: 'partitions',
    what: 'partitions of messages that a cell may have, and so processes that decide: what a device’s position of 1,024 bytes holds',
    source: { kind: 'cited', where: 'services/store/positions.ts, PARTITIONS_LIMIT', date: '2026-11-25' },
  },
  dispatchPartitionsPerProcess: {
    ...exactly(1.5),
    unit: 'partitions',
    what: 'partitions of messages for each process that decides, as far as a cell may have them',
    source: chosen('their number is never changed in place, so a cell is made with half as many again as it has processes'),
  },
  dispatchIdBytes: { ...exactly(50), unit: 'B/record', what: 'memory of a remembered message id with what it came to', source: BOUNDS },
  dispatchIdSeconds: {
    ...exactly(600),
    unit: 's',
    what: 'how long a message id is remembered',
    source: { kind: 'cited', where: 'services/protocol/limits.ts, messageIdSeconds', date: '2026-11-25' },
  },
  dispatchStateBytes: {
    ...between(300e6, 600e6, 1.2e9),
    unit: 'B',
    what: 'memory of a process for states of conversations and what is under way',
    source: chosen('a partition keeps at most 1,000,000 members’ states (ARCHITECTURE.md, bounds); a few tens of bytes each'),
  },
  dispatchProcessBytes: {
    ...between(90e6, 190e6, 300e6),
    unit: 'B',
    what: 'memory of a process beside them',
    source: { kind: 'measured', by: 'resident memory of the clients under load', record: 'facts/stores.md, part 6', date: '2026-11-25' },
  },
  dispatchBoxCores: {
    ...exactly(16),
    unit: 'cores',
    what: 'processors of the largest box of dispatch that is bought',
    source: chosen('a common shape; one process to each, and one for the machine'),
  },
  dispatchBoxMemoryBytes: { ...exactly(32e9), unit: 'B', what: 'memory of a box of dispatch', source: chosen('2 GB a process') },
  dispatchBoxNetworkBytes: {
    ...exactly(1.5e9),
    unit: 'B/s',
    what: 'network of the largest box of dispatch, each way',
    source: chosen('12.5 Gbit/s'),
  },
  dispatchNetworkUse: {
    ...exactly(0.5),
    unit: '1',
    what: 'share of a box’s network that records and rows may fill',
    source: chosen('headers, repetitions and a partition that is read again take the rest'),
  },
} as const satisfies Readonly<Record<string, Quantity>>;
