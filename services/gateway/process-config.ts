/** What the supervisor hands to the processes it starts: plain data, as JSON in one environment variable, without secrets. */
import type { Speaks } from '../runtime/versions.ts';
import type { AdmissionLimits } from './edge/admission.ts';

export interface EdgeProcessConfig {
  readonly edge: number;
  /** Edges of the box: all listen on one port. */
  readonly edges: number;
  readonly host: string;
  readonly port: number;
  readonly relayPort: number;
  /** Where the relay is; on loopback when left out. A relay elsewhere is another's to start: the edge waits for its link. */
  readonly relayHost?: string;
  /** File of the secret that edges and relay of this box share. */
  readonly secretFile: string;
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly clockSkewSeconds: number;
  readonly allowedOrigins: readonly string[];
  readonly maxSessions: number;
  readonly heartbeatSeconds: number;
  readonly sendBufferBytes: number;
  readonly linkTailBytes: number;
  readonly linkFlushMs: number;
  readonly speaks: Speaks;
  readonly admission: AdmissionLimits;
  readonly drain: { readonly closesPerSecond: number; readonly deadlineMs: number };
}

export interface RelayProcessConfig {
  readonly gateway: number;
  readonly cell: number;
  /** Of the embedded backends, where there are. */
  readonly backendPort?: number;
  /** Settings of the real systems, where it runs on those. */
  readonly backendsFile?: string;
  /** Address and port of the link; loopback and a free one when left out. */
  readonly host?: string;
  readonly port?: number;
  /** Edges of the box. */
  readonly edges: number;
  readonly secretFile: string;
  readonly edgeGraceMs: number;
  readonly pendingBytesLimit: number;
  readonly lingerMs: number;
  readonly linkFlushMs: number;
  readonly connectionsPerUser: number;
  /** Start of the box: routes of older sessions are left over from its former life. */
  readonly bornMs: number;
  readonly speaks: Speaks;
}

const VARIABLE = 'PARLEY_PROCESS_CONFIG';

export function processEnvironment(config: EdgeProcessConfig | RelayProcessConfig): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(config) };
}

export function readProcessConfig<Config extends EdgeProcessConfig | RelayProcessConfig>(): Config {
  const raw = process.env[VARIABLE];
  if (raw === undefined) throw new Error(`${VARIABLE} is not set: this process is started by the supervisor of a box`);
  return JSON.parse(raw) as Config;
}
