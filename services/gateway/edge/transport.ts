/**
 * What an edge transport is: sockets on one shared port in front of an `Edge`. Two implementations pass the same tests:
 * `transport-bun.ts` and `transport-ws.ts`. Neither knows what frames mean.
 */
import { ERROR_CODES, type ErrorName } from '../../protocol/error-codes.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { Edge } from './edge.ts';

export interface TlsPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface TransportOptions {
  readonly host: string;
  /** 0 takes a free port. Several processes may listen on one port (SO_REUSEPORT). */
  readonly port: number;
  readonly tls?: TlsPair;
  /** Queued for one connection before it is cut. */
  readonly sendBufferBytes: number;
  readonly nowMs: () => number;
}

export interface Transport {
  readonly port: number;
  /** From here on new connections get this certificate; those that are open go on. Only where it began with TLS. */
  renewTls(tls: TlsPair): void;
  /** Accepts no new connections; those that are open go on. */
  stopAccepting(): void;
  /** Ends everything at once. */
  close(): void;
}

export type StartTransport = (edge: Edge, options: TransportOptions) => Promise<Transport>;

export const UPGRADE_PATH = '/v1';

/** Headers of a refusal before the upgrade; `retry-after` is in whole seconds, `parley-retry-ms` exact. */
export function refusalHeaders(error: ErrorName, retryAfterMs: number): Record<string, string> {
  const headers: Record<string, string> = { 'parley-error': error, 'parley-code': String(ERROR_CODES[error].code), connection: 'close' };
  if (retryAfterMs > 0) {
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1_000));
    headers['parley-retry-ms'] = String(retryAfterMs);
  }
  return headers;
}

export function refusalStatus(error: ErrorName): number {
  const entry: { readonly httpStatus?: number } = ERROR_CODES[error];
  return entry.httpStatus ?? 503;
}

/** Whether a request's target is the upgrade's, whatever its query says. */
export function isUpgradePath(target: string): boolean {
  const query = target.indexOf('?');
  return (query < 0 ? target : target.slice(0, query)) === UPGRADE_PATH;
}

/**
 * A message somewhat over its limit still reaches the edge, which answers with a code of the table. One over this is cut by
 * the WebSocket library with 1009: nobody buffers what may be a gigabyte to be polite.
 */
export const LARGEST_BUFFERED_BYTES = LIMITS.webSocketMessageBytes.value + 65_536;
