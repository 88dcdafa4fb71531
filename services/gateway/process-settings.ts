/** What a box's settings come to for one of its processes. Pure. */
import type { Speaks } from '../runtime/versions.ts';
import type { GatewayConfig } from './config.ts';
import type { EdgeProcessConfig, RelayProcessConfig } from './process-config.ts';

export interface EdgePlace {
  readonly edge: number;
  /** Edges of the box, which share its rates. */
  readonly edges: number;
  readonly port: number;
  readonly relay: { readonly port: number; readonly host?: string };
  readonly secretFile: string;
  readonly maxSessions: number;
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
}

export function edgeSettings(config: GatewayConfig, place: EdgePlace): EdgeProcessConfig {
  const share = (value: number) => Math.max(1, Math.ceil(value / place.edges));
  return {
    edge: place.edge,
    edges: place.edges,
    host: config.host,
    port: place.port,
    relayPort: place.relay.port,
    ...(place.relay.host === undefined ? {} : { relayHost: place.relay.host }),
    secretFile: place.secretFile,
    clockSkewSeconds: config.clockSkewSeconds,
    allowedOrigins: config.allowedOrigins.split(',').filter((origin) => origin !== ''),
    maxSessions: place.maxSessions,
    heartbeatSeconds: config.heartbeatSeconds,
    sendBufferBytes: config.sendBufferBytes,
    linkTailBytes: config.linkTailBytes,
    linkFlushMs: config.linkFlushMs,
    speaks: config.speaks as Speaks,
    admission: {
      admissionsPerSecond: share(config.admissionsPerSecond),
      admissionBurst: share(config.admissionBurst),
      attemptsPerAddressPerSecond: share(config.attemptsPerAddressPerSecond),
      attemptsPerAddressBurst: share(config.attemptsPerAddressBurst),
    },
    drain: { closesPerSecond: share(config.drainClosesPerSecond), deadlineMs: config.drainSeconds * 1_000 },
    ...(place.tls === undefined ? {} : { tls: place.tls }),
  };
}

export interface RelayPlace {
  readonly edges: number;
  /** Of the embedded backends; undefined on real ones. */
  readonly backendPort: number | undefined;
  readonly secretFile: string;
  readonly bornMs: number;
}

export function relaySettings(config: GatewayConfig, place: RelayPlace): RelayProcessConfig {
  return {
    gateway: config.gateway,
    cell: config.cell,
    ...(place.backendPort === undefined ? { backendsFile: config.backends } : { backendPort: place.backendPort }),
    edges: place.edges,
    secretFile: place.secretFile,
    edgeGraceMs: config.edgeGraceSeconds * 1_000,
    pendingBytesLimit: config.relayPendingBytes,
    lingerMs: config.lingerMs,
    linkFlushMs: config.linkFlushMs,
    connectionsPerUser: config.connectionsPerUser,
    bornMs: place.bornMs,
    speaks: config.speaks as Speaks,
  };
}
