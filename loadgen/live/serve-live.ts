/** `--metrics-listen HOST:PORT` of the verbs that load: the run's metrics for a Prometheus, from before its box to the verb's end. */
import { type AdminServer, serveAdmin } from '../../services/runtime/admin-server.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { LiveMetrics } from './live-metrics.ts';

export interface ListenAt {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface ServedMetrics {
  readonly metrics: LiveMetrics;
  readonly url: string;
  stop(): Promise<void>;
}

export function serveLive({ host, port }: ListenAt, plannedConnections: number): ServedMetrics {
  const metrics = new LiveMetrics(plannedConnections);
  let server: AdminServer;
  try {
    server = serveAdmin({ host, port, unready: () => undefined, metrics: () => metrics.text() });
  } catch (error) {
    const reason = (error as Error & { code?: string }).code ?? error;
    throw new BackendError('cannotListen', `--metrics-listen ${host}:${port} can't be taken: ${reason}`, false);
  }
  const shown = host.includes(':') ? `[${host}]` : host;
  return { metrics, url: `http://${shown}:${server.port}/metrics`, stop: () => server.stop() };
}
