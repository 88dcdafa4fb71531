/** Topics, tables and keys on the stack of the run that nobody else has, for tests of whole processes; given back at their end. */
import { wipe } from '../backends/redis.harness.ts';
import type { BackendsSettings, KafkaSettings } from '../backends/settings.ts';
import { deleteTestTopics, testKafka } from '../bus/kafka-stack.harness.ts';
import { dropKeyspace } from '../store/cassandra-stack.harness.ts';
import { freshBackends } from './test-stack.harness.ts';

export class OwnBackends {
  private readonly used: BackendsSettings[] = [];

  /** Few partitions: topics of many take the broker longer to make than a test takes. */
  async make(partitions: KafkaSettings['partitions'] = { messages: 4, receipts: 4, deliveries: 4 }): Promise<BackendsSettings> {
    const fresh = await freshBackends();
    const backends = { ...fresh, kafka: testKafka(fresh.kafka.driver, partitions) };
    this.used.push(backends);
    return backends;
  }

  async giveBack(): Promise<void> {
    await deleteTestTopics();
    for (const { cassandra, redis } of this.used.splice(0)) {
      await dropKeyspace(cassandra);
      await wipe(redis);
    }
  }
}
