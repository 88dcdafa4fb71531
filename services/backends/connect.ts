/**
 * The real systems of a cell behind their ports, for the process that asks: a relay, a dispatcher, a tool that only reads.
 * A system that is not there at the start is waited for; meanwhile the process is not ready and its log says why.
 */
import { readFileSync } from 'node:fs';
import type { BusEvents } from '../bus/bus.ts';
import { type KafkaBus, openKafkaBus } from '../bus/bus-kafka.ts';
import { fillKafkaMetrics } from '../bus/kafka-metrics.ts';
import type { PresenceListener } from '../presence/presence.ts';
import { openRedisPresence, type RedisPresence } from '../presence/presence-redis.ts';
import type { Push } from '../push/push.ts';
import { PushGate } from '../push/push-gate.ts';
import { HttpPush } from '../push/push-http.ts';
import { openRedisRoutes, type RedisRoutes } from '../routes/routes-redis.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { CassandraKeepsakes } from '../store/cassandra-keepsakes.ts';
import { fillCassandraMetrics } from '../store/cassandra-metrics.ts';
import { type CassandraStore, openCassandraStore } from '../store/store-cassandra.ts';
import { fillRedisMetrics } from './redis-metrics.ts';
import type { BackendsSettings, PushSettings } from './settings.ts';
import { untilThere, type Waiting } from './until-there.ts';

/** After it the log says what is missing, and it is tried again. */
const OPEN_DEADLINE_MS = 5_000;
/** From fetch to fetch. What dispatch does per batch (state, rows, routes, deliveries, position) costs as much as a dozen messages. */
const DISPATCH_PACE_MS = 50;
const RELAY_PACE_MS = 10;

export interface Systems {
  readonly bus: KafkaBus;
  readonly store: CassandraStore;
  close(): Promise<void>;
}

export interface DispatchSystems extends Systems {
  readonly routes: RedisRoutes;
  /** Where nobody is to be pushed. */
  readonly push: Push | undefined;
  readonly deadLetter: KafkaBus['deadLetter'];
  readonly keepsakes: CassandraKeepsakes;
  /** Why it is not ready, if it is not. */
  readonly unready: () => string | undefined;
  /** Brings the metrics of its clients up to date. */
  readonly fillMetrics: () => void;
}

export interface RelaySystems extends Omit<DispatchSystems, 'push' | 'deadLetter' | 'keepsakes'> {
  readonly presence: RedisPresence;
}

/** `metrics`: with KAFKA_METRICS, CASSANDRA_METRICS and REDIS_METRICS in its catalogue. */
export async function connectDispatch(settings: BackendsSettings, metrics: Metrics, log: Log): Promise<DispatchSystems> {
  const push = settings.push === undefined ? undefined : openPush(settings.push, log);
  const { bus, store, routes, close } = await connectAll(settings, log, {}, DISPATCH_PACE_MS);
  return {
    bus,
    store,
    routes,
    push,
    deadLetter: (letter) => bus.deadLetter(letter),
    keepsakes: new CassandraKeepsakes(store.client),
    unready: () => bus.unready ?? store.unready ?? routes.unready,
    fillMetrics: () => {
      fillKafkaMetrics(metrics, bus);
      fillCassandraMetrics(metrics, store.client);
      fillRedisMetrics(metrics, [routes.client]);
    },
    close: async () => {
      await push?.close();
      await close();
    },
  };
}

export async function connectRelay(
  settings: BackendsSettings,
  metrics: Metrics,
  log: Log,
  events: Pick<BusEvents, 'gap'>,
  listener: PresenceListener,
  gateway: number,
): Promise<RelaySystems> {
  const { bus, store, routes, close } = await connectAll(settings, log, events, RELAY_PACE_MS);
  const said = (message: string) => log.warn('presence', { message });
  const open = () =>
    openRedisPresence(settings.redis, {
      routes,
      listener,
      nowMs: Date.now,
      log: said,
      ...(settings.presence === 'key' ? { keys: { gateway } } : {}),
    });
  const presence = await untilThere('Redis (presence)', open, waiting(log));
  return {
    bus,
    store,
    routes,
    presence,
    unready: () => bus.unready ?? store.unready ?? routes.unready,
    fillMetrics: () => {
      fillKafkaMetrics(metrics, bus);
      fillCassandraMetrics(metrics, store.client);
      fillRedisMetrics(metrics, [routes.client, presence.client]);
    },
    close: async () => {
      await presence.close();
      await close();
    },
  };
}

/** For tools: the log and the store. */
export async function connectReader(settings: BackendsSettings, log: Log): Promise<Systems> {
  const [bus, store] = await Promise.all([connectBus(settings, log, {}, RELAY_PACE_MS), connectStore(settings, log)]);
  return { bus, store, close: async () => void (await Promise.all([bus.close(), store.close()])) };
}

async function connectAll(settings: BackendsSettings, log: Log, events: Partial<BusEvents>, paceMs: number) {
  const said = (message: string) => log.warn('routes', { message });
  const [bus, store, routes] = await Promise.all([
    connectBus(settings, log, events, paceMs),
    connectStore(settings, log),
    untilThere('Redis', () => openRedisRoutes(settings.redis, { log: said }), waiting(log)),
  ]);
  const close = async () => void (await Promise.all([bus.close(), store.close(), routes.close()]));
  return { bus, store, routes, close };
}

function connectBus(settings: BackendsSettings, log: Log, events: Partial<BusEvents>, paceMs: number): Promise<KafkaBus> {
  const place = (group: string, topic: string, partition: number) => ({ group, topic, partition });
  const told: BusEvents = {
    gap: (group, topic, partition, missing) => {
      log.error('records were skipped', { ...place(group, topic, partition), missing });
      events.gap?.(group, topic, partition, missing);
    },
    handlerFailed: (group, topic, partition, error) => {
      log.error('consumer failed', { ...place(group, topic, partition), message: error instanceof Error ? error.message : String(error) });
    },
    stalled: (group, topic, partition) => log.error('consumer stalled and joins anew', place(group, topic, partition)),
    fenced: (group, topic, partition) => log.warn('commit of a partition that has gone to another member', place(group, topic, partition)),
  };
  return untilThere('Kafka', () => openKafkaBus(settings.kafka, { events: told, paceMs, openDeadlineMs: OPEN_DEADLINE_MS }), waiting(log));
}

function connectStore({ cassandra, kafka }: BackendsSettings, log: Log): Promise<CassandraStore> {
  return untilThere('Cassandra', () => openCassandraStore(cassandra, { partitions: kafka.partitions.messages }), waiting(log));
}

/** Nothing is opened before the first notice. */
function openPush({ url, authorityFile, authorizationFile }: PushSettings, log: Log): Push {
  const push = new HttpPush({
    url,
    ...(authorityFile === undefined ? {} : { authority: readFileSync(authorityFile, 'utf8') }),
    ...(authorizationFile === undefined ? {} : { authorization: readFileSync(authorizationFile, 'utf8').trim() }),
    log: (message) => log.warn('push', { message }),
  });
  return new PushGate({ push });
}

function waiting(log: Log): Waiting {
  return { log, now: Date.now, pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
}
