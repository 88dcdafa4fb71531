/** What a relay stands on: the embedded backends of its box, or the real systems of its cell. */
import { readFileSync } from 'node:fs';
import { readBackends } from '../../backends/read-settings.ts';
import type { Bus, BusEvents } from '../../bus/bus.ts';
import { connectEmbedded } from '../../embedded/connect.ts';
import type { Presence, PresenceListener } from '../../presence/presence.ts';
import { PresenceMemory, PresenceTable } from '../../presence/presence-memory.ts';
import type { Routes } from '../../routes/routes.ts';
import type { Log } from '../../runtime/log.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { RpcClient } from '../../runtime/rpc.ts';
import type { StoreReads } from '../../store/store.ts';
import type { RelayProcessConfig } from '../process-config.ts';

export interface RelayBackends {
  readonly bus: Bus;
  readonly routes: Routes;
  readonly store: StoreReads;
  readonly presence: Presence;
  readonly unready: () => string | undefined;
  /** Brings the metrics of its clients up to date. */
  readonly fillMetrics: () => void;
  close(): Promise<void>;
}

export interface RelayConnectOptions {
  readonly config: RelayProcessConfig;
  /** Port of the embedded backends, which changes when they are started again. */
  readonly backendPort: () => number;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Deliveries were cut from the log before they were read. */
  readonly missed: () => void;
  readonly listener: PresenceListener;
}

/** Users of whom the embedded box keeps when they were last seen. */
const MOST_SEEN = 1_000_000;

/** Resolves when they have answered for the first time. */
export async function connectBackends(options: RelayConnectOptions): Promise<RelayBackends> {
  const { config, metrics, log, missed, listener } = options;
  if (config.backendsFile === undefined) return embedded(options);
  // Not before it is needed: the drivers are megabytes that an embedded box would carry for nothing.
  const { connectRelay } = await import('../../backends/connect.ts');
  return connectRelay(readBackends(config.backendsFile), metrics, log, { gap: missed }, listener, config.gateway);
}

async function embedded({ config, backendPort, log, missed, listener }: RelayConnectOptions): Promise<RelayBackends> {
  const rpc = new RpcClient({
    host: '127.0.0.1',
    port: backendPort,
    secret: readFileSync(config.secretFile),
    flushGapMs: config.linkFlushMs,
    pendingBytesLimit: config.pendingBytesLimit * 2,
    log: (message) => log.warn('backends', { message }),
  });
  const events: BusEvents = {
    gap: (group, topic, partition, missing) => {
      log.error('records were skipped', { group, topic, partition, missing });
      missed();
    },
    handlerFailed: (group, topic, partition, error) => log.error('handler failed', { group, topic, partition, message: String(error) }),
  };
  const { bus, routes, store } = await connectEmbedded(rpc, events);
  // The box's one relay holds all who watch.
  const table = new PresenceTable(MOST_SEEN);
  const said = (message: string) => log.warn('presence', { message });
  const presence = new PresenceMemory({ routes, table, listener, nowMs: Date.now, log: said });
  const close = async () => {
    await presence.close();
    rpc.close();
  };
  return { bus, routes, store, presence, unready: () => undefined, fillMetrics: () => undefined, close };
}
