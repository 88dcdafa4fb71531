/**
 * Bugs that were made on purpose, to see that the simulator finds them: each stands for a mistake that a change of the
 * product could bring, put in through the ports or the model of the client.
 */
import type { BatchHandler, Bus, Holding, SharedBus } from '../bus/bus.ts';
import { decodeDelivery, encodeDelivery } from '../bus/record-codec.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import type { Routes } from '../routes/routes.ts';
import type { ChangedPage, Refusal } from '../store/store.ts';
import type { Flaws } from './flaws.ts';

export const PLANTED_BUGS: Readonly<Record<string, Flaws>> = {
  'a send is acknowledged before the bus has it': {
    relayBus: (bus) =>
      over(bus, {
        append: async (topic, partition, values) => {
          bus.append(topic, partition, values).catch(() => undefined);
          return 0;
        },
      }),
  },
  'dispatch commits before the effect': {
    dispatchBus: (bus) =>
      withHandlers(bus, (partition, take) => async (batch) => {
        await bus.commit('dispatch', 'messages', partition, batch.at(-1)!.offset + 1);
        await take(batch);
      }),
  },
  'a dispatcher keeps what it cached when its partition has gone to another and comes back': {
    dispatchBus: (bus) => {
      const kept = new Map<number, Holding>();
      return over(bus, {
        share: (group, topic, hold) =>
          bus.share(group, topic, async (partition) => {
            if (topic !== 'messages') return hold(partition);
            const holding = kept.get(partition) ?? (await hold(partition));
            kept.set(partition, holding);
            return { from: await bus.committed(group, topic, partition), take: holding.take, lost: () => undefined };
          }),
      });
    },
  },
  'the last change is forgotten on resume': {
    relayStore: (store) => {
      const short = (page: ChangedPage | Refusal) => ('refused' in page ? page : { ...page, changes: page.changes.slice(0, -1) });
      return over(store, {
        changedSince: async (...asked) => short(await store.changedSince(...asked)),
        changedSinceEach: async (...asked) => (await store.changedSinceEach(...asked)).map(short),
      });
    },
  },
  'a late goodbye removes the route of the session that came after': {
    relayRoutes: (routes) =>
      over(routes, {
        remove: async (given) => {
          const users = [...new Set(given.map(({ device }) => Math.floor(device / 256)))];
          const gone = new Set(given.map(({ device }) => device));
          const found = await routes.lookup(users);
          await routes.remove(found.routes.flat().filter(({ device }) => gone.has(device)));
        },
      }),
  },
  'a cursor is moved by a frame without a sequence': { cursorMovedByAccepted: true },
  'message ids are forgotten when a dispatcher starts': {
    dispatchBus: (bus) =>
      over(bus, {
        offsetAt: (topic, partition) => bus.end(topic, partition),
        consume: (group, topic, partition, take) => bus.consume(group, topic, partition, take, 'committed'),
      }),
  },
  'message ids are forgotten at once': { messageIdMs: 1 },
  'a rejection is told as an entry': {
    dispatchBus: (bus) =>
      over(bus, {
        append: (topic, partition, values) =>
          bus.append(
            topic,
            partition,
            values.map((value) => {
              const decoded = topic === 'deliveries' ? decodeDelivery(value) : undefined;
              if (decoded?.ok !== true || decoded.record.kind !== 'rejection') return value;
              const { conversation, id, origin } = decoded.record;
              const entry = {
                conversation,
                id,
                sequence: 1,
                kind: ENTRY_KINDS.message,
                sender: 1,
                loggedAtMs: 1,
                contentType: 0,
                bodies: [],
              };
              return encodeDelivery({ kind: 'entry', entry, sessions: [], origin });
            }),
          ),
      }),
  },
  'a read receipt that its user withholds is shown': {
    // Both of its guards: what the user wishes now, and what the store says of the mark.
    dispatchStore: (store) =>
      over(store, {
        withholding: async () => new Set<number>(),
        markReceipts: async (marks) => (await store.markReceipts(marks)).map(({ withheld, ...mark }) => mark),
      } as Partial<typeof store>),
  },
  'a device acknowledges more than it has': { acksBeyondCursor: true },
  'routes are looked up before the entry is stored': {
    dispatchRoutes: (routes) => {
      const kept = new Map<string, { readonly atMs: number; readonly found: Awaited<ReturnType<Routes['lookup']>> }>();
      return over(routes, {
        lookup: async (users) => {
          const key = users.join();
          const before = kept.get(key);
          if (before !== undefined && Date.now() - before.atMs < 150) return before.found;
          const found = await routes.lookup(users);
          kept.set(key, { atMs: Date.now(), found });
          return found;
        },
      });
    },
  },
  'a table that lost its routes is taken for whole': {
    dispatchRoutes: (routes) => over(routes, { lookup: async (users) => ({ ...(await routes.lookup(users)), certain: true }) }),
  },
  'the position is stored before its gaps are closed': { positionBeforeGaps: true },
  'a dispatcher whose position was lost goes on at the end': {
    dispatchBus: (bus) => {
      const skip = async (group: string, partition: number) => {
        if ((await bus.committed(group, 'messages', partition)) !== undefined) return;
        const end = await bus.end('messages', partition);
        if (end > 0) await bus.commit(group, 'messages', partition, end);
      };
      return over(bus, {
        share: (group, topic, hold) =>
          bus.share(group, topic, async (partition) => {
            if (topic === 'messages') await skip(group, partition);
            return hold(partition);
          }),
      });
    },
  },
};

/** A port with some of its methods replaced. */
function over<Port extends object>(port: Port, replaced: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const value = (replaced as Record<PropertyKey, unknown>)[name] ?? (target as Record<PropertyKey, unknown>)[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A bus whose handlers of `messages` are wrapped. */
function withHandlers(bus: SharedBus, wrapped: (partition: number, take: BatchHandler) => BatchHandler): SharedBus {
  return over<SharedBus>(bus, {
    consume: (...[group, topic, partition, take, start]: Parameters<Bus['consume']>) =>
      bus.consume(group, topic, partition, topic === 'messages' ? wrapped(partition, take) : take, start),
    share: (group, topic, hold) =>
      bus.share(group, topic, async (partition) => {
        const holding = await hold(partition);
        return topic === 'messages' ? { ...holding, take: wrapped(partition, holding.take) } : holding;
      }),
  });
}
