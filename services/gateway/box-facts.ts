/** What a supervisor knows of its box beside its processes: for the box's metrics. */
import { connectionsByLimit } from '../runtime/host/held-by-limits.ts';
import type { BoxFacts } from './box-metrics.ts';
import { certificateEndsSeconds } from './box-preconditions.ts';
import type { GatewayConfig } from './config.ts';

export class FactsOfBox {
  private readonly config: GatewayConfig;
  private readonly certificate: string | undefined;
  private readonly limits: ReadonlyMap<string, number>;
  private certificateEnds: number | undefined;
  private drainEndsMs: number | undefined;

  /** Asks the host for its limits now: make it before connections come. `certificate`: a file. */
  constructor(config: GatewayConfig, edges: number, certificate: string | undefined) {
    this.config = config;
    this.certificate = certificate;
    const { maxConnections, tls, heartbeatSeconds, admissionsPerSecond } = config;
    this.limits = connectionsByLimit({
      connections: maxConnections,
      edges,
      tls,
      heartbeatSeconds,
      connectionsPerSecond: admissionsPerSecond,
    });
    this.certificateIsServed();
  }

  /** The file's certificate is the one that is served from now on. */
  certificateIsServed(): void {
    if (this.certificate !== undefined) this.certificateEnds = certificateEndsSeconds(this.certificate);
  }

  drainBegins(): void {
    this.drainEndsMs = Date.now() + this.config.drainSeconds * 1_000;
  }

  get now(): BoxFacts {
    return {
      connectionsMost: this.config.maxConnections,
      connectionsByLimit: this.limits,
      certificateEndsSeconds: this.certificateEnds,
      drainLeftSeconds: this.drainEndsMs === undefined ? undefined : (this.drainEndsMs - Date.now()) / 1_000,
    };
  }
}
