/** The relay process: puts the relay, its backends and the link's server together. */
import { readFileSync } from 'node:fs';
import { createSigner } from 'fast-jwt';
import { connectEmbedded } from '../../embedded/connect.ts';
import { PresenceMemory, PresenceTable } from '../../presence/presence-memory.ts';
import { deviceOf, userOf } from '../../protocol/ids.ts';
import { HeapTrim } from '../../runtime/heap-trim.ts';
import { createLog } from '../../runtime/log.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { servePeers } from '../../runtime/peer-link.ts';
import { controlled } from '../../runtime/process-control.ts';
import { RpcClient } from '../../runtime/rpc.ts';
import type { Listening } from '../../runtime/tcp.ts';
import { type RelayProcessConfig, readProcessConfig } from '../process-config.ts';
import type { RegionKey } from '../region-keys.ts';
import { RELAY_METRICS, relayCells } from './metrics.ts';
import { Relay } from './relay.ts';

const STOP_DEADLINE_MS = 10_000;
/** Users of whom it is kept when they were last seen. */
const MOST_SEEN = 1_000_000;

const config = readProcessConfig<RelayProcessConfig>();
const log = createLog('relay');
const metrics = new Metrics(RELAY_METRICS);
const secret = readFileSync(config.secretFile);
let backendPort = config.backendPort;
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

const rpc = new RpcClient({
  host: '127.0.0.1',
  port: () => backendPort,
  secret,
  flushGapMs: config.linkFlushMs,
  pendingBytesLimit: config.pendingBytesLimit * 2,
  log: (message) => log.warn('backends', { message }),
});
let presence: PresenceMemory | undefined;
let relay: Relay | undefined;
let listening: Listening | undefined;
// Before the first wait: what the supervisor says meanwhile, another port of the backends above all, must not be lost.
const control = controlled({
  metrics: () => metrics.snapshot(),
  stopDeadlineMs: STOP_DEADLINE_MS,
  configure: (values) => {
    if (values.backendPort !== undefined) backendPort = values.backendPort as number;
    if (values.regionKey !== undefined) useRegionKey(values.regionKey as RegionKey);
  },
  stop: async () => {
    await relay?.stop();
    await presence?.close();
    listening?.close();
    rpc.close();
  },
});
const { bus, routes, store } = await connectEmbedded(rpc, {
  gap: (group, topic, partition, missing) => {
    log.error('records were skipped', { group, topic, partition, missing });
    relay?.deliveriesMissed();
  },
  handlerFailed: (group, topic, partition, error) => log.error('handler failed', { group, topic, partition, message: String(error) }),
});
const cells = relayCells(metrics);
// The box's one relay holds all who watch.
presence = new PresenceMemory({
  routes,
  table: new PresenceTable(MOST_SEEN),
  listener: {
    changed: (state) => relay?.presenceListener?.changed(state),
    typed: (typing) => relay?.presenceListener?.typed(typing),
    missed: () => relay?.presenceListener?.missed(),
  },
  nowMs: Date.now,
  log: (message) => log.warn('presence', { message }),
});
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
