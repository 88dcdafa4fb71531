/** The relay process: puts the relay, its backends and the link's server together. */
import { readFileSync } from 'node:fs';
import { createSigner } from 'fast-jwt';
import { REDIS_METRICS } from '../../backends/redis-metrics.ts';
import { KAFKA_METRICS } from '../../bus/kafka-metrics.ts';
import { deviceOf, userOf } from '../../protocol/ids.ts';
import { HeapTrim } from '../../runtime/heap-trim.ts';
import { createLog } from '../../runtime/log.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { servePeers } from '../../runtime/peer-link.ts';
import { controlled } from '../../runtime/process-control.ts';
import type { Listening } from '../../runtime/tcp.ts';
import { CASSANDRA_METRICS } from '../../store/cassandra-metrics.ts';
import { type RelayProcessConfig, readProcessConfig } from '../process-config.ts';
import type { RegionKey } from '../region-keys.ts';
import { connectBackends, type RelayBackends } from './connect.ts';
import { RELAY_METRICS, relayCells } from './metrics.ts';
import { Relay } from './relay.ts';

const STOP_DEADLINE_MS = 10_000;
const WATCH_MS = 1_000;

const config = readProcessConfig<RelayProcessConfig>();
const log = createLog('relay');
const metrics = new Metrics(
  config.backendsFile === undefined ? RELAY_METRICS : [...RELAY_METRICS, ...KAFKA_METRICS, ...CASSANDRA_METRICS, ...REDIS_METRICS],
);
const secret = readFileSync(config.secretFile);
let backendPort = config.backendPort ?? 0;
let mint: ((device: number) => string) | undefined;

function useRegionKey(key: RegionKey): void {
  const sign = createSigner({
    key: Buffer.from(key.secretBase64Url, 'base64url'),
    algorithm: 'HS256',
    kid: key.kid,
    expiresIn: key.tokenSeconds * 1_000,
  });
  mint = (device) => sign({ sub: String(userOf(device)), dev: deviceOf(device) });
}

let backends: RelayBackends | undefined;
let relay: Relay | undefined;
let listening: Listening | undefined;
// Before the first wait: what the supervisor says meanwhile, another port of the backends above all, must not be lost.
const control = controlled({
  metrics: () => {
    backends?.fillMetrics();
    return metrics.snapshot();
  },
  stopDeadlineMs: STOP_DEADLINE_MS,
  configure: (values) => {
    if (values.backendPort !== undefined) backendPort = values.backendPort as number;
    if (values.regionKey !== undefined) useRegionKey(values.regionKey as RegionKey);
  },
  stop: async () => {
    await relay?.stop();
    listening?.close();
    await backends?.close();
  },
});
backends = await connectBackends({
  config,
  backendPort: () => backendPort,
  metrics,
  log,
  missed: () => relay?.deliveriesMissed(),
  listener: {
    changed: (state) => relay?.presenceListener?.changed(state),
    typed: (typing) => relay?.presenceListener?.typed(typing),
    missed: () => relay?.presenceListener?.missed(),
  },
});
const { bus, routes, store, presence, unready } = backends;
const cells = relayCells(metrics);
relay = new Relay({
  gateway: config.gateway,
  cell: config.cell,
  bus,
  routes,
  store,
  presence,
  cells,
  edges: config.edges,
  edgeGraceMs: config.edgeGraceMs,
  pendingBytesLimit: config.pendingBytesLimit,
  lingerMs: config.lingerMs,
  connectionsPerUser: config.connectionsPerUser,
  bornMs: config.bornMs,
  speaks: config.speaks,
  mintResumeToken: (device) => new TextEncoder().encode(mint?.(device) ?? ''),
  nowMs: Date.now,
  random: Math.random,
  log: (message) => log.warn('relay', { message }),
});
listening = servePeers({
  host: '127.0.0.1',
  port: 0,
  secret,
  flushGapMs: config.linkFlushMs,
  log: (message) => log.warn('link', { message }),
  onPeer: (peer) => relay!.linkOpened(peer.stream, peer.close),
});
const trim = new HeapTrim();
setInterval(() => trim.due(cells.sessions.value, Date.now()) && Bun.gc(true), 1_000);
relay.start();
control.ready(listening.port);
let said = unready();
setInterval(() => {
  const reason = unready();
  if (reason === said) return;
  said = reason;
  log.warn(reason === undefined ? 'backends are ready again' : 'backends are not ready', { reason });
  control.state(reason === undefined, reason);
}, WATCH_MS);
