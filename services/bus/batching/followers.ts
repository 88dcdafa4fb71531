/**
 * What a follower costs: the same records at the same rates to topics of one replica and of three, on a cluster of three brokers,
 * and the processor time of all of them. The difference is two followers and what their leaders do for them.
 */
import type { KafkaSettings } from '../../backends/settings.ts';
import { LINGER_MS } from '../bus-kafka.ts';
import { kafkaNames } from '../kafka-names.ts';
import { topicSpecs } from '../kafka-topics.ts';
import { driverOf, type HopCost, hopCost, openBench, type Setup } from './measure.ts';

export interface FollowerRow extends HopCost {
  readonly replicas: number;
  /** Of all brokers, a second. */
  readonly brokerUsPerSecond: number;
}

export interface FollowerCosts {
  readonly rows: readonly FollowerRow[];
  /** Of one follower and its leaders: at rest while something comes, and for each partition's batch that is copied, its records with it. */
  readonly usPerSecond: number;
  readonly usPerBatch: number;
}

const RATES = [500, 1_500, 3_000];
const WARM_RATE = 1_500;
const REPLICAS = [1, 3] as const;
const PARTITIONS = 12;
const FOLLOWERS = 2;

export async function followerCosts(
  kafka: KafkaSettings,
  brokerPids: readonly number[],
  options: Pick<Setup, 'seconds' | 'recordBytes'>,
  say: (text: string) => void,
): Promise<FollowerCosts> {
  const rows: FollowerRow[] = [];
  for (const replicas of REPLICAS) {
    const prefix = `${kafka.prefix}followers.${replicas}.${Date.now().toString(36)}.`;
    const partitions = { messages: PARTITIONS, receipts: 1, deliveries: 1 };
    const settings = { ...kafka, prefix, partitions, replicas, inSyncReplicas: Math.min(2, replicas) };
    const setup: Setup = { settings, brokerPids, ...options };
    try {
      const bus = await openBench(setup, LINGER_MS, 'none', 'real');
      // The brokers' code is compiled, and their topics' first files are made, before anything counts.
      await hopCost(setup, bus, 'messages', PARTITIONS, WARM_RATE);
      for (const rate of RATES) {
        say(`${rate} records a second, ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`);
        const cost = await hopCost(setup, bus, 'messages', PARTITIONS, rate);
        rows.push({ ...cost, replicas, brokerUsPerSecond: cost.brokerUs! * cost.recordsPerSecond });
      }
      await bus.close();
    } finally {
      const client = driverOf(settings, 'none');
      await client.deleteTopics(topicSpecs(settings, kafkaNames(prefix)).map(({ name }) => name)).catch(() => undefined);
      await client.close();
    }
  }
  return { rows, ...perFollower(rows) };
}

/** A line through what three replicas cost more than one, against the batches of a second: by the records it is further from the points. */
export function perFollower(
  rows: ReadonlyArray<Pick<FollowerRow, 'replicas' | 'recordsPerSecond' | 'records' | 'batches' | 'brokerUsPerSecond'>>,
): Pick<FollowerCosts, 'usPerSecond' | 'usPerBatch'> {
  const of = (replicas: number) =>
    rows.filter((row) => row.replicas === replicas).sort((left, right) => left.recordsPerSecond - right.recordsPerSecond);
  const [one, three] = [of(REPLICAS[0]), of(REPLICAS[1])];
  const points = one.map((row, at) => ({
    x: (row.recordsPerSecond * row.batches) / row.records,
    y: (three[at]!.brokerUsPerSecond - row.brokerUsPerSecond) / FOLLOWERS,
  }));
  const count = points.length;
  const [meanX, meanY] = [points.reduce((sum, { x }) => sum + x, 0) / count, points.reduce((sum, { y }) => sum + y, 0) / count];
  const squares = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const usPerBatch = squares === 0 ? 0 : points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / squares;
  return { usPerBatch, usPerSecond: meanY - usPerBatch * meanX };
}
