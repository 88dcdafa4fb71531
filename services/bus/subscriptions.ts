/** The consumers of one bus, so that closing it can stop them all. */
import type { Subscription } from './bus.ts';

export class Subscriptions {
  private readonly running = new Set<Subscription>();

  /** The consumer, forgotten once it is stopped. */
  add(consumer: Subscription): Subscription {
    this.running.add(consumer);
    return {
      stop: () => {
        this.running.delete(consumer);
        return consumer.stop();
      },
    };
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.running].map((consumer) => consumer.stop()));
  }
}
