/** Topics, tables and keys on the test stack that nobody else has, for boxes of a test; given back together at its end. */

import { wipe } from '../backends/redis.harness.ts';
import type { BackendsSettings } from '../backends/settings.ts';
import { deleteTestTopics, testKafka } from '../bus/kafka-stack.harness.ts';
import { freshBackends } from '../local/test-stack.harness.ts';
import { dropKeyspace } from '../store/cassandra-stack.harness.ts';

export class OwnBackends {
  private readonly used: BackendsSettings[] = [];

  /** Small: a topic of many partitions takes the broker longer to make than the test takes. */
  async make(): Promise<BackendsSettings> {
    const fresh = await freshBackends();
    const kafka = testKafka(fresh.kafka.driver, { messages: 4, receipts: 4, deliveries: 4 });
    const backends = { ...fresh, kafka };
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
