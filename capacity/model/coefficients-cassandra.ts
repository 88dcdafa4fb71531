/**
 * What the store costs in Cassandra. `B` is what a client sent, `B stored` what one replica has on its disk: a measured size of
 * disks already holds its replicas and is never multiplied by them again. Server times were seen with one node and RF 1, where
 * coordinator and replica are one; what a further replica adds was not measured and is chosen.
 */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const STORE: Source = { kind: 'measured', by: 'parley store-costs', record: 'capacity/measurements/store.json', date: '2026-12-01' };
/** The middle is their geometric mean: what one costs on one of many nodes was not measured. */
const REQUESTS: Source = {
  kind: 'measured',
  by: 'parley store-costs: where hundreds come at once to one quiet server, and one at a time to a server on a machine in use (--runs)',
  record: 'capacity/measurements/store.json',
  date: '2026-12-01',
};
/** The high end: partitions of few rows, whose own keys and filters count for more, and tables that a compaction is about to join. */
const DISK: Source = {
  kind: 'measured',
  by: 'parley store-costs --disk: 50,000 messages with random bodies in conversations of two, flushed',
  record: 'capacity/measurements/store.json',
  date: '2026-12-01',
};
const SCHEMA: Source = { kind: 'cited', where: 'services/store/cassandra-schema.ts', date: '2026-11-25' };
const DENSITY: Source = {
  kind: 'cited',
  where:
    'docs.datastax.com/en/planning/oss/oss-capacity-planning: up to 2 TB a node; dba.stackexchange.com/q/339678 (a committer): 1 to 4 TB before 5.0, more with it',
  date: '2026-11-25',
};
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const CASSANDRA_COEFFICIENTS = {
  cassandraReplicas: {
    ...exactly(3),
    unit: '1',
    what: 'replicas of a row',
    source: chosen('one in each zone; reads and writes at LOCAL_QUORUM'),
  },
  cassandraNodeTokens: {
    ...exactly(16),
    unit: '1',
    what: 'places of a node on the ring, at each of which another set of nodes begins',
    source: { kind: 'cited', where: 'infra/stacks/data-cassandra.ts, num_tokens', date: '2026-12-01' },
  },
  cassandraUsPerMessage: {
    ...between(5, 10, 60),
    unit: 'us/message',
    what: 'processor time of the server for a message, beside its requests and rows, at RF 1',
    source: STORE,
  },
  cassandraUsPerRequest: {
    ...between(4, 20, 105),
    unit: 'us/request',
    what: 'processor time of the server for a request that writes, beside its rows, at RF 1: the more come at once, the less each',
    source: REQUESTS,
  },
  cassandraUsPerRow: {
    ...between(8, 12, 30),
    unit: 'us/write',
    what: 'processor time of the server for a row that is written, at RF 1',
    source: STORE,
  },
  cassandraUsPerReceipt: {
    ...between(30, 45, 180),
    unit: 'us/operation',
    what: 'processor time of the server for a receipt beside its requests: rows read and written, at RF 1',
    source: STORE,
  },
  cassandraUsPerResume: {
    ...between(80, 103, 190),
    unit: 'us/read',
    what: 'processor time of the server for a device that resumes, at one replica',
    source: STORE,
  },
  cassandraUsPerList: {
    ...between(70, 96, 285),
    unit: 'us/read',
    what: 'processor time of the server for the first page of a list, at one replica',
    source: STORE,
  },
  cassandraUsPerHistory: {
    ...between(150, 212, 345),
    unit: 'us/read',
    what: 'processor time of the server for the newest 50 of a conversation, at one replica',
    source: STORE,
  },
  cassandraReplicaShare: {
    ...between(0.35, 0.5, 0.8),
    unit: '1',
    what: 'of a request’s processor time, what each further replica that takes part costs again',
    source: chosen('the replica’s half of the work is repeated, the coordinator’s is not'),
  },
  cassandraWriteAmplification: {
    ...between(3, 5, 8),
    unit: '1',
    what: 'how often a byte is written by compaction',
    source: chosen('tiered by fours: one time per level, 4^5 flushes in five levels'),
  },
  cassandraCompactionBytesPerCoreSecond: {
    ...between(15e6, 30e6, 60e6),
    unit: 'B/s',
    what: 'bytes that a processor compacts in a second',
    source: chosen('compaction_throughput is 64 MiB/s a node by default, which takes two to three processors'),
  },
  cassandraBodyCompression: {
    ...between(0.95, 1, 1.03),
    unit: '1',
    what: 'bytes of a body on the disk over those of the body',
    source: chosen('bodies are compressed or encrypted by the client: LZ4 finds nothing in them'),
  },
  cassandraRowBytes: {
    ...between(36, 39, 60),
    unit: 'B stored/message',
    what: 'a row of messages on one disk, beside its body',
    source: DISK,
  },
  cassandraListRowBytes: {
    ...between(100, 107, 150),
    unit: 'B stored/conversation',
    what: 'a row of a user’s list on one disk, snippet included',
    source: DISK,
  },
  cassandraReceiptRowBytes: {
    ...between(20, 22, 45),
    unit: 'B stored/conversation',
    what: 'a row of receipts of one device on one disk',
    source: DISK,
  },
  cassandraConversationsPerUser: {
    ...between(20, 50, 200),
    unit: 'conversations/user',
    what: 'conversations in a user’s list',
    source: chosen('no figure is public'),
  },
  cassandraBucketSequences: {
    ...exactly(1_024),
    unit: '1',
    what: 'consecutive sequences of a conversation in one partition',
    source: SCHEMA,
  },
  cassandraRowMostOverheadBytes: {
    ...exactly(16_640),
    unit: 'B stored/message',
    what: 'the most that a row has beside its bodies: 1,024 devices of 16 bytes, and 256',
    source: SCHEMA,
  },
  cassandraBodyMostBytes: {
    ...exactly(65_536),
    unit: 'B/message',
    what: 'the largest body, or sum of the bodies of a send',
    source: { kind: 'cited', where: 'services/protocol/limits.ts, bodyBytes', date: '2026-11-25' },
  },
  cassandraPartitionMostBytes: {
    ...exactly(100e6),
    unit: 'B stored/partition',
    what: 'the largest partition that is allowed',
    source: {
      kind: 'cited',
      where: 'docs.datastax.com, calculating partition size: below 100 MB; the source document allows 200 MB',
      date: '2026-11-25',
    },
  },
  cassandraNodeDataBytes: { ...between(1e12, 2e12, 4e12), unit: 'B stored/node', what: 'data that one node may hold', source: DENSITY },
  cassandraCompactionFree: {
    ...between(0.2, 0.35, 0.5),
    unit: '1',
    what: 'share of a node’s disk that is kept free for compaction',
    source: {
      kind: 'cited',
      where:
        'docs.datastax.com, disk capacity: 50 to 80 % filled by strategy; half free for size-tiered, a fifth for strategies that compact in shards',
      date: '2026-11-25',
    },
  },
  cassandraNodeCores: {
    ...exactly(16),
    unit: 'cores',
    what: 'processors of the largest node that is bought',
    source: {
      kind: 'cited',
      where: 'docs.datastax.com/en/planning/oss/oss-capacity-planning: 16 processors in production',
      date: '2026-11-25',
    },
  },
  cassandraNodeCoresLeast: {
    ...exactly(4),
    unit: 'cores',
    what: 'processors that a node has however little there is to do',
    source: chosen('compaction and the collector run beside requests: two for each'),
  },
  cassandraNodeMemoryBytes: {
    ...exactly(30e9),
    unit: 'B',
    what: 'memory of a node',
    source: { kind: 'cited', where: 'the same: 32 GB and more, of which a machine that is sold so has 30', date: '2026-11-25' },
  },
  cassandraNetworkUse: {
    ...exactly(0.5),
    unit: '1',
    what: 'share of a node’s network that requests may fill',
    source: chosen('hints, repairs and repetitions take the rest'),
  },
  cassandraRebuildSeconds: {
    ...between(21_600, 43_200, 86_400),
    unit: 's',
    what: 'time in which a node that was lost is filled again',
    source: chosen('half a day: within it a second replica of the same rows is hardly lost too'),
  },
  cassandraNodeNetworkBytes: {
    ...exactly(1.5e9),
    unit: 'B/s',
    what: 'network of the largest node, each way',
    source: chosen('12.5 Gbit/s'),
  },
} as const satisfies Readonly<Record<string, Quantity>>;
