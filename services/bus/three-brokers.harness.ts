/** Three real brokers of a test's own, which it kills as it likes; they end with it. Nothing else of a stack is started. */
import { type Connection, ConnectionPool, describeQuorumV2, metadataV12 } from '@platformatic/kafka';
import type { KafkaSettings } from '../backends/settings.ts';
import type { Server } from '../local/server.ts';
import { DEFAULT_STACK, Stack } from '../local/stack.ts';
import { STACK_ROOT } from '../local/verbs/shown.ts';
import { kafkaNames } from './kafka-names.ts';

const WAIT_MS = 60_000;
const POLL_MS = 100;

export class ThreeBrokers {
  readonly servers: readonly Server[];
  private readonly stack: Stack;
  private made = 0;

  private constructor(stack: Stack) {
    this.stack = stack;
    this.servers = stack.servers;
  }

  /** By this name the next run of the tests ends them, should this one be killed. */
  static async start(): Promise<ThreeBrokers> {
    const options = { ...DEFAULT_STACK, kinds: ['kafka'], brokers: 3, jit: 'quick' } as const;
    return new ThreeBrokers(await Stack.up(STACK_ROOT, `test-${process.pid}-brokers`, options, () => undefined));
  }

  /** With topics of its own, which go with the brokers' data. */
  settings(driver: KafkaSettings['driver'], partitions: KafkaSettings['partitions']): KafkaSettings {
    return { ...this.stack.backends.kafka, driver, partitions, prefix: `three.${this.made++}.` };
  }

  /** kill -9; resolves when it is gone. */
  async kill(server: Server): Promise<void> {
    server.kill('SIGKILL');
    await until('a broker ends', async () => server.pid === undefined);
  }

  /** Every partition of the topics has its three copies, all of them up to date. */
  async whole(settings: readonly KafkaSettings[]): Promise<void> {
    const topics = settings.map(({ prefix }) => kafkaNames(prefix).topic('messages'));
    await until('every copy is up to date', async () => {
      const { topics: found } = await this.ask((connection) => metadataV12.api.async(connection, topics, false, false));
      return found.every(({ partitions }) => partitions.every(({ leaderId, isrNodes }) => leaderId >= 0 && isrNodes.length === 3));
    });
  }

  async leaderOf({ prefix }: KafkaSettings, partition: number): Promise<Server> {
    const topic = kafkaNames(prefix).topic('messages');
    const { topics } = await this.ask((connection) => metadataV12.api.async(connection, [topic], false, false));
    const { leaderId } = topics[0]!.partitions.find(({ partitionIndex }) => partitionIndex === partition)!;
    return this.servers[leaderId - 1]!;
  }

  /** The one whose controller leads the others. */
  async controller(): Promise<Server> {
    const quorum = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }];
    const { topics } = await this.ask((connection) => describeQuorumV2.api.async(connection, quorum));
    return this.servers[topics[0]!.partitions[0]!.leaderId - 1]!;
  }

  async close(): Promise<void> {
    await this.stack.stop();
    this.stack.wipe();
  }

  /** Asks any that answers. */
  private async ask<Answer>(request: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    const pool = new ConnectionPool('test', { connectTimeout: 1_000, requestTimeout: 5_000 });
    try {
      const brokers = this.servers.filter(({ pid }) => pid !== undefined).map(({ plan }) => ({ host: '127.0.0.1', port: plan.port }));
      return await request(await pool.getFirstAvailable(brokers));
    } finally {
      await pool.close();
    }
  }
}

/** A question that nobody answers yet is asked again. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + WAIT_MS; !(await holds().catch(() => false)); ) {
    if (performance.now() > endMs) throw new Error(`not in time: ${what}`);
    await Bun.sleep(POLL_MS);
  }
}
