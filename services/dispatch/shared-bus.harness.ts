/**
 * A bus without membership for tests: every member holds every partition, so that two of them own the same one. `drop` takes
 * a member's partitions from it, as a group does after a pause that was too long.
 */
import type { Bus, BusRecord, SharedBus, Subscription } from '../bus/bus.ts';

type Records = { recordAt(topic: 'messages' | 'receipts' | 'deliveries', partition: number, offset: number): BusRecord | undefined };

export function ownedByAll(bus: Bus & Records): SharedBus & Records & { drop(): void } {
  const holdings = new Set<{ lost: () => void }>();
  const own: Pick<SharedBus, 'share' | 'offsetAt'> & { drop(): void } = {
    async share(group, topic, hold) {
      const subscriptions: Subscription[] = [];
      for (let partition = 0; partition < bus.partitions(topic); partition++) {
        const holding = await hold(partition);
        holdings.add(holding);
        const from = holding.from ?? 0;
        const take = async (batch: readonly BusRecord[]) => {
          const wanted = batch.filter(({ offset }) => offset >= from);
          if (wanted.length > 0 && holdings.has(holding)) await holding.take(wanted);
        };
        subscriptions.push(await bus.consume(group, topic, partition, take, 'earliest'));
      }
      return { stop: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.stop()))) };
    },
    async offsetAt(topic, partition, loggedAtMs) {
      const end = await bus.end(topic, partition);
      for (let offset = 0; offset < end; offset++) {
        const record = bus.recordAt(topic, partition, offset);
        if (record !== undefined && record.loggedAtMs >= loggedAtMs) return offset;
      }
      return end;
    },
    drop() {
      for (const holding of holdings) holding.lost();
      holdings.clear();
    },
  };
  return new Proxy(bus as SharedBus & Records & { drop(): void }, {
    get: (target, name) => {
      if (name in own) return own[name as keyof typeof own];
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
