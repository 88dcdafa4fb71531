/**
 * Edge transport on Node with `ws`, for those who can't run Bun at the edge. Sharing a port among processes needs
 * `reusePort`, which Node has since 23.1; on an older Node a box has one such edge.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ErrorName } from '../../protocol/error-codes.ts';
import type { Edge, EdgeSocket } from './edge.ts';
import {
  isUpgradePath,
  LARGEST_BUFFERED_BYTES,
  refusalHeaders,
  refusalStatus,
  type Transport,
  type TransportOptions,
} from './transport.ts';

/** A client that sends its request byte by byte, or nothing at all, holds a socket no longer than on Bun. */
const REQUEST_MS = 10_000;
const LOOK_EVERY_MS = 2_000;
/** Time for a refused client to read its answer and leave. */
const REFUSED_MS = 1_000;

const PATIENCE = { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: LOOK_EVERY_MS } as const;

export async function startWsTransport(edge: Edge, options: TransportOptions): Promise<Transport> {
  const http: Server =
    options.tls === undefined
      ? createHttpServer(PATIENCE, notFound)
      : createHttpsServer(
          { ...PATIENCE, handshakeTimeout: REQUEST_MS, cert: options.tls.certificatePem, key: options.tls.keyPem },
          notFound,
        );
  let subprotocol = '';
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LARGEST_BUFFERED_BYTES,
    handleProtocols: () => subprotocol,
  });
  http.on('upgrade', (request, socket, head) => {
    // From here on the socket is ours, and a reset by its client an error that would end the process.
    socket.on('error', () => socket.destroy());
    if (!isUpgradePath(request.url ?? '')) return refuse(socket, 404, {});
    const answer = edge.admit(request.socket.remoteAddress ?? '', (name) => request.headers[name] ?? null, options.nowMs());
    if (!answer.ok) return refuse(socket, refusalStatus(answer.error), refusalHeaders(answer.error, answer.retryAfterMs));
    subprotocol = answer.subprotocol;
    let upgraded = false;
    socket.once('close', () => upgraded || edge.abandoned(answer.slot));
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      upgraded = true;
      serve(edge, answer.slot, webSocket, options);
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    // Typed from a newer Node: an older one ignores the option, and a second edge then fails on the taken port.
    http.listen({ host: options.host, port: options.port, reusePort: true, backlog: 511 } as never, resolve);
  });
  return {
    port: (http.address() as AddressInfo).port,
    renewTls: ({ certificatePem, keyPem }) => (http as HttpsServer).setSecureContext({ cert: certificatePem, key: keyPem }),
    stopAccepting: () => void http.close(),
    close: () => {
      for (const webSocket of webSockets.clients) webSocket.terminate();
      http.close();
      http.closeAllConnections();
    },
  };
}

function serve(edge: Edge, slot: number, webSocket: WebSocket, options: TransportOptions): void {
  const socket: EdgeSocket = {
    send(bytes) {
      // What is queued decides, not what comes: a page may be larger than the limit and is no sign of a slow reader.
      if (webSocket.bufferedAmount > options.sendBufferBytes) return 0;
      webSocket.send(bytes, { binary: true });
      return bytes.length;
    },
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
  };
  webSocket.on('message', (data: Buffer, isBinary) => (isBinary ? edge.received(slot, data, options.nowMs()) : edge.receivedText(slot)));
  webSocket.on('ping', () => edge.touched(slot, options.nowMs()));
  webSocket.on('pong', () => edge.touched(slot, options.nowMs()));
  // The library has answered a broken frame with its own close code, which its close event does not tell.
  let broken: ErrorName | undefined;
  webSocket.on('error', (error: Error & { code?: string }) => {
    broken = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'tooLarge' : error.code?.startsWith('WS_ERR_') ? 'malformed' : undefined;
  });
  webSocket.on('close', () => edge.closed(slot, broken));
  edge.opened(slot, socket);
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end('this is a Parley edge: upgrade to WebSocket at /v1\n');
}

function refuse(socket: Duplex, status: number, headers: Record<string, string>): void {
  const lines = Object.entries({ ...headers, 'content-length': '0', connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} refused\r\n${lines.join('')}\r\n`);
  setTimeout(() => socket.destroy(), REFUSED_MS).unref();
}
