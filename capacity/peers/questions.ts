/**
 * The workload of one cell, as a plan has it, put to another capacity model in that model's words: requests, sizes, state. Each
 * component is asked twice, with the other model's own processor times and with those of the plan, so that what the times make is
 * told from what the rest makes; Cassandra and Kafka also for the whole fleet as one cluster.
 */
import type { CoefficientKey } from '../model/coefficients.ts';
import type { Plan } from '../model/plan.ts';

const GIB = 1_024 ** 3;
const MIB = 1_024 ** 2;
/** Rows of one read of a history or a list. */
const ROWS_OF_READ = 50;

export const ASKED = ['cassandra', 'kafka', 'gateway', 'dispatch'] as const;
export type Asked = (typeof ASKED)[number];
export const VARIANTS = ['its own times', 'our times', 'the fleet as one'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface Question {
  readonly id: `${Asked}: ${Variant}`;
  readonly model: string;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Kafka's holds its replicas, as the model of it wants; Cassandra's does not. */
  readonly stateGiB?: number;
  readonly arguments: Readonly<Record<string, string | number>>;
  readonly cpuMs?: { readonly read: number; readonly write: number };
}

export function questionsOf(plan: Plan): readonly Question[] {
  const row = (id: string) => {
    const found = plan.rows.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the plan has no row ${id}`);
    return found.value;
  };
  const c = (key: CoefficientKey) => plan.coefficients[key]!.mid;
  const questions: Question[] = [];
  const ask = (asked: Asked, base: Omit<Question, 'id' | 'cpuMs'>, cpuMs: NonNullable<Question['cpuMs']>, fleet = false) => {
    questions.push({ id: `${asked}: its own times`, ...base }, { id: `${asked}: our times`, ...base, cpuMs });
    if (fleet) questions.push({ ...scaled(base, plan.cells), id: `${asked}: the fleet as one` });
  };

  const receipts = row('cassandra.receiptsPerSecond');
  const reads = row('cassandra.readsPerSecond') + 2 * receipts;
  const writes = row('cassandra.writesPerSecond') + 2 * receipts;
  const messages = row('demand.sendsPerSecond') / plan.cells;
  const lists = row('cassandra.writesPerSecond') - messages;
  const perRequest = (1e3 * (row('cassandra.busyCores') + row('cassandra.compactionCores'))) / (reads + writes);
  ask(
    'cassandra',
    {
      model: 'org.netflix.cassandra',
      readsPerSecond: reads,
      writesPerSecond: writes,
      readBytes:
        (row('cassandra.readsPerSecond') * ROWS_OF_READ * row('cassandra.rowBytes') + 2 * receipts * c('cassandraReceiptRowBytes')) / reads,
      writeBytes:
        (messages * row('cassandra.rowBytes') + lists * c('cassandraListRowBytes') + 2 * receipts * c('cassandraReceiptRowBytes')) / writes,
      stateGiB: row('cassandra.storedBytes') / c('cassandraReplicas') / GIB,
      arguments: { copies_per_region: c('cassandraReplicas') },
    },
    { read: perRequest, write: perRequest },
    true,
  );

  // That model takes one write a second of all the bytes, as many reads as there are consumers, and times for a MiB.
  const bytes = row('kafka.bytesPerSecond');
  const perMiB = (1e3 * row('kafka.busyCores')) / ((2 * bytes) / MIB);
  ask(
    'kafka',
    {
      model: 'org.netflix.kafka',
      readsPerSecond: 1,
      writesPerSecond: 1,
      readBytes: bytes,
      writeBytes: bytes,
      stateGiB: row('kafka.storedBytes') / GIB,
      arguments: { cluster_type: 'strong', copies_per_region: c('kafkaReplicas') },
    },
    { read: perMiB, write: perMiB },
    true,
  );

  const gateways = row('gateway.gatewaysPerCell');
  const heartbeats = row('demand.heartbeatsPerSecond') / plan.cells;
  const deliveries = row('demand.deliveriesPerSecond') / plan.cells;
  const events = heartbeats + deliveries + 2 * messages;
  const perEvent = (1e3 * gateways * row('gateway.busyCores')) / events;
  ask(
    'gateway',
    {
      model: 'org.netflix.stateless-java',
      readsPerSecond: heartbeats + deliveries,
      writesPerSecond: 2 * messages,
      readBytes: c('gatewayBytesPerFrame'),
      writeBytes: c('gatewayBytesPerFrame') + plan.workload.bodyBytes!.mid,
      arguments: {},
    },
    { read: perEvent, write: perEvent },
  );

  const perReceipt = c('dispatchReceiptUs') / 1e3;
  ask(
    'dispatch',
    {
      model: 'org.netflix.stateless-java',
      readsPerSecond: receipts,
      writesPerSecond: messages,
      readBytes: c('kafkaReceiptBytes'),
      writeBytes: c('kafkaMessageOverheadBytes') + plan.workload.bodyBytes!.mid,
      arguments: {},
    },
    { read: perReceipt, write: row('dispatch.usPerMessage') / 1e3 },
  );
  return questions;
}

/** The whole fleet as one cluster. Kafka's rate is in the size of its one write. */
function scaled(one: Omit<Question, 'id' | 'cpuMs'>, cells: number): Omit<Question, 'id' | 'cpuMs'> {
  const isKafka = one.model === 'org.netflix.kafka';
  return {
    ...one,
    readsPerSecond: isKafka ? one.readsPerSecond : one.readsPerSecond * cells,
    writesPerSecond: isKafka ? one.writesPerSecond : one.writesPerSecond * cells,
    readBytes: isKafka ? one.readBytes * cells : one.readBytes,
    writeBytes: isKafka ? one.writeBytes * cells : one.writeBytes,
    ...(one.stateGiB === undefined ? {} : { stateGiB: one.stateGiB * cells }),
  };
}
