/**
 * A relay process without what controls it: the relay, its backends and the link's server put together. A supervisor
 * controls it by messages (`main.ts`), or it stands alone (`verb.ts`).
 */
import { readFileSync } from 'node:fs';
import { createSigner } from 'fast-jwt';
import { REDIS_METRICS } from '../../backends/redis-metrics.ts';
import { KAFKA_METRICS } from '../../bus/kafka-metrics.ts';
import { deviceOf, userOf } from '../../protocol/ids.ts';
import { HeapTrim } from '../../runtime/heap-trim.ts';
import { createLog, type Log } from '../../runtime/log.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { servePeers } from '../../runtime/peer-link.ts';
import type { Listening } from '../../runtime/tcp.ts';
import { CASSANDRA_METRICS } from '../../store/cassandra-metrics.ts';
import type { RelayProcessConfig } from '../process-config.ts';
import type { RegionKey } from '../region-keys.ts';
import { connectBackends, type RelayBackends } from './connect.ts';
import { RELAY_METRICS, relayCells } from './metrics.ts';
import { Relay } from './relay.ts';

export const RELAY_STOP_MS = 10_000;

export class RelayProcess {
  readonly log: Log = createLog('relay');
  readonly metrics: Metrics;
  private readonly config: RelayProcessConfig;
  private readonly cells;
  private backendPort: number;
  private mint: ((device: number) => string) | undefined;
  private backends: RelayBackends | undefined;
  private relay: Relay | undefined;
  private listening: Listening | undefined;
  private stopped = false;

  constructor(config: RelayProcessConfig) {
    this.config = config;
    this.backendPort = config.backendPort ?? 0;
    this.metrics = new Metrics(
      config.backendsFile === undefined ? RELAY_METRICS : [...RELAY_METRICS, ...KAFKA_METRICS, ...CASSANDRA_METRICS, ...REDIS_METRICS],
    );
    this.cells = relayCells(this.metrics);
  }

  /** Resolves with the link's port when the backends have answered for the first time; undefined when it was stopped before. */
  async start(): Promise<number | undefined> {
    const { config, log } = this;
    this.backends = await connectBackends({
      config,
      backendPort: () => this.backendPort,
      metrics: this.metrics,
      log,
      missed: () => this.relay?.deliveriesMissed(),
      listener: {
        changed: (state) => this.relay?.presenceListener?.changed(state),
        typed: (typing) => this.relay?.presenceListener?.typed(typing),
        missed: () => this.relay?.presenceListener?.missed(),
      },
    });
    if (this.stopped) {
      await this.backends.close();
      return undefined;
    }
    const { bus, routes, store, presence } = this.backends;
    const relay = new Relay({
      gateway: config.gateway,
      cell: config.cell,
      bus,
      routes,
      store,
      presence,
      cells: this.cells,
      edges: config.edges,
      edgeGraceMs: config.edgeGraceMs,
      pendingBytesLimit: config.pendingBytesLimit,
      lingerMs: config.lingerMs,
      connectionsPerUser: config.connectionsPerUser,
      bornMs: config.bornMs,
      speaks: config.speaks,
      mintResumeToken: (device) => new TextEncoder().encode(this.mint?.(device) ?? ''),
      nowMs: Date.now,
      random: Math.random,
      log: (message) => log.warn('relay', { message }),
    });
    this.relay = relay;
    this.listening = servePeers({
      host: config.host ?? '127.0.0.1',
      port: config.port ?? 0,
      secret: readFileSync(config.secretFile),
      flushGapMs: config.linkFlushMs,
      log: (message) => log.warn('link', { message }),
      onPeer: (peer) => relay.linkOpened(peer.stream, peer.close),
    });
    const trim = new HeapTrim();
    setInterval(() => trim.due(this.cells.sessions.value, Date.now()) && Bun.gc(true), 1_000).unref();
    relay.start();
    return this.listening.port;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.relay?.stop();
    this.listening?.close();
    await this.backends?.close();
  }

  /** Why its backends do not serve, if they do not. */
  unready(): string | undefined {
    return this.backends === undefined ? 'waits for its backends' : this.backends.unready();
  }

  /** Up to date for a scrape. */
  snapshot(): ReturnType<Metrics['snapshot']> {
    this.backends?.fillMetrics();
    return this.metrics.snapshot();
  }

  useBackendPort(port: number): void {
    this.backendPort = port;
  }

  useRegionKey(key: RegionKey): void {
    const sign = createSigner({
      key: Buffer.from(key.secretBase64Url, 'base64url'),
      algorithm: 'HS256',
      kid: key.kid,
      expiresIn: key.tokenSeconds * 1_000,
    });
    this.mint = (device) => sign({ sub: String(userOf(device)), dev: deviceOf(device) });
  }
}
