/**
 * What the bus costs in Kafka. Processor time is the broker's, by least squares over requests of known shape (one broker, RF 1,
 * on this project's machine); followers by the same records in topics of one and of three replicas. Sizes are those of the record codec.
 */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const BATCHING: Source = { kind: 'measured', by: 'parley batching', record: 'capacity/measurements/batching.json', date: '2026-12-01' };
const FOLLOWERS: Source = {
  kind: 'measured',
  by: 'parley batching --followers, three brokers on one machine, 500 to 3,000 records/s in topics of one and of three replicas',
  record: 'capacity/measurements/followers.json',
  date: '2026-12-01',
};
const READS: Source = {
  kind: 'measured',
  by: 'spike of clients and servers, 200-byte values',
  record: 'facts/stores.md, part 6',
  date: '2026-11-25',
};
const CODEC: Source = {
  kind: 'measured',
  by: 'services/bus/record-codec.ts on a record with ids of a large fleet',
  record: 'encodeMessage, encodeDelivery, encodeReceipt',
  date: '2026-11-25',
};
const TOPICS: Source = { kind: 'chosen', why: 'services/bus/kafka-topics.ts: the retention of this topic' };
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const KAFKA_COEFFICIENTS = {
  kafkaBrokerUsPerRequest: {
    ...between(40, 56, 110),
    unit: 'us/request',
    what: 'processor time of a broker for a request, beside its batches',
    source: BATCHING,
  },
  kafkaBrokerUsPerBatch: {
    ...between(2.8, 4.2, 10),
    unit: 'us/partition',
    what: 'processor time of a broker for one partition’s batch in a request',
    source: BATCHING,
  },
  kafkaBrokerUsPerRecord: {
    ...between(0.5, 0.8, 1.1),
    unit: 'us/record',
    what: 'processor time of a broker for a record taken',
    source: BATCHING,
  },
  kafkaBrokerUsPerRecordRead: {
    ...between(0.14, 0.3, 1),
    unit: 'us/record',
    what: 'processor time of a broker for a record read by a consumer or a follower',
    source: READS,
  },
  kafkaReplicas: {
    ...exactly(3),
    unit: '1',
    what: 'replicas of a partition, the leader counted',
    source: chosen('one in each zone; two in sync acknowledge'),
  },
  kafkaFollowerCores: {
    ...between(0.02, 0.027, 0.035),
    unit: 'cores',
    what: 'processors that a broker and one that follows it spend on fetches, however little is written',
    source: FOLLOWERS,
  },
  kafkaFollowerUsPerBatch: {
    ...between(17, 35, 45),
    unit: 'us/partition',
    what: 'processor time of a leader and a follower for a partition’s batch that is copied, beside its records',
    source: FOLLOWERS,
  },
  kafkaFetchMs: {
    ...between(2, 5, 20),
    unit: 'ms',
    what: 'time between two fetches of a consumer under load; what came meanwhile is one answer',
    source: chosen('acknowledgements took 4 to 10 ms at the median in capacity/measurements/batching.json'),
  },
  kafkaMessageOverheadBytes: {
    ...between(48, 52, 60),
    unit: 'B/record',
    what: 'a record of messages beside its body, Kafka’s own fields included',
    source: CODEC,
  },
  kafkaDeliveryOverheadBytes: {
    ...between(60, 68, 80),
    unit: 'B/record',
    what: 'a record of deliveries beside its body and sessions, origin included',
    source: CODEC,
  },
  kafkaDeliverySessionBytes: { ...between(11, 12, 14), unit: 'B/record', what: 'a session more in a record of deliveries', source: CODEC },
  kafkaReceiptBytes: { ...between(24, 27, 32), unit: 'B/record', what: 'a record of receipts, Kafka’s own fields included', source: CODEC },
  kafkaToldReceiptBytes: { ...between(34, 39, 55), unit: 'B/record', what: 'a record of deliveries that tells a receipt', source: CODEC },
  kafkaBatchBytes: {
    ...exactly(61),
    unit: 'B/record',
    what: 'header of a batch',
    source: { kind: 'cited', where: 'kafka.apache.org/documentation, record batch', date: '2026-11-25' },
  },
  kafkaBodyCompression: {
    ...between(0.95, 1, 1.05),
    unit: '1',
    what: 'bytes of a body in a batch over those of the body',
    source: chosen('bodies are compressed or encrypted by the client: zstd finds nothing in them'),
  },
  kafkaMessagesRetentionDays: { ...exactly(7), unit: 'days', what: 'how long messages is kept on the bus', source: TOPICS },
  kafkaReceiptsRetentionDays: { ...exactly(1), unit: 'days', what: 'how long receipts is kept on the bus', source: TOPICS },
  kafkaDeliveriesRetentionDays: { ...exactly(1), unit: 'days', what: 'how long deliveries is kept on the bus', source: TOPICS },
  kafkaReceiptPartitionsPerProcess: {
    ...exactly(2),
    unit: '1',
    what: 'partitions of receipts per process that applies them',
    source: chosen('their number never changes in place: two leave room to double before a hand-over'),
  },
  kafkaDiskUse: {
    ...between(0.7, 0.75, 0.85),
    unit: '1',
    what: 'share of a broker’s disk that records may fill',
    source: {
      kind: 'cited',
      where: 'docs.aws.amazon.com/msk/latest/developerguide/bestpractices: act when a broker’s disk is 85 % full',
      date: '2026-11-25',
    },
  },
  kafkaNetworkUse: {
    ...between(0.4, 0.5, 0.6),
    unit: '1',
    what: 'share of a broker’s network that records may fill',
    source: chosen('a follower that catches up takes as much again'),
  },
  kafkaBrokerCores: {
    ...exactly(16),
    unit: 'cores',
    what: 'processors of the largest broker that is bought',
    source: chosen('beyond it one broker is too much to lose at once; the cost takes the cheapest shape that carries what is needed'),
  },
  kafkaBrokerMemoryBytes: {
    ...exactly(64e9),
    unit: 'B',
    what: 'memory of the largest broker that is bought',
    source: chosen('four gigabytes a processor, the usual shape'),
  },
  kafkaProcessBytes: {
    ...exactly(8e9),
    unit: 'B',
    what: 'memory of a broker beside the cache of its disks',
    source: {
      kind: 'cited',
      where: 'kafka.apache.org/documentation, hardware and OS: a heap of 6 GB in the example of production; 2 GB for the machine',
      date: '2026-11-25',
    },
  },
  kafkaCacheSeconds: {
    ...between(30, 60, 300),
    unit: 's',
    what: 'how far behind a consumer may be and still read from memory',
    source: {
      kind: 'cited',
      where:
        'kafka.apache.org/documentation, hardware and OS: buffer for 30 seconds, write throughput × 30; doubled for a process that starts again',
      date: '2026-11-25',
    },
  },
  kafkaBrokerDiskBytes: {
    ...exactly(8e12),
    unit: 'B stored',
    what: 'disk of a broker',
    source: chosen('what is copied again after a loss in hours, not days'),
  },
  kafkaBrokerNetworkBytes: {
    ...exactly(1.5e9),
    unit: 'B/s',
    what: 'network of the largest broker, each way',
    source: chosen('12.5 Gbit/s'),
  },
} as const satisfies Readonly<Record<string, Quantity>>;
