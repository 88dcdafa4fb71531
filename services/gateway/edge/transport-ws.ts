/**
 * Edge transport on Node with `ws`, for those who can't run Bun at the edge. Sharing a port among processes needs
 * `reusePort`, which Node has since 23.1; on an older Node a box has one such edge.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '../../protocol/limits.ts';
import type { Edge, EdgeSocket } from './edge.ts';
import { refusalHeaders, refusalStatus, type Transport, type TransportOptions, UPGRADE_PATH } from './transport.ts';

const TERMINATE_AFTER_MS = 10_000;

export async function startWsTransport(edge: Edge, options: TransportOptions): Promise<Transport> {
  const http: Server =
    options.tls === undefined
      ? createHttpServer(notFound)
      : createHttpsServer({ cert: options.tls.certificatePem, key: options.tls.keyPem }, notFound);
  let subprotocol = '';
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.webSocketMessageBytes.value,
    handleProtocols: () => subprotocol,
  });
  http.on('upgrade', (request, socket, head) => {
    const answer = edge.admit(request.socket.remoteAddress ?? '', (name) => request.headers[name] ?? null, options.nowMs());
    if (!answer.ok || request.url !== UPGRADE_PATH) {
      if (answer.ok) edge.abandoned(answer.slot);
      return answer.ok
        ? refuse(socket, 404, {})
        : refuse(socket, refusalStatus(answer.error), refusalHeaders(answer.error, answer.retryAfterMs));
    }
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
      if (webSocket.bufferedAmount + bytes.length > options.sendBufferBytes) return 0;
      webSocket.send(bytes, { binary: true });
      return bytes.length;
    },
    close(code, reason) {
      webSocket.close(code, reason);
      setTimeout(() => webSocket.terminate(), TERMINATE_AFTER_MS).unref();
    },
    terminate: () => webSocket.terminate(),
  };
  webSocket.on('message', (data: Buffer, isBinary) => (isBinary ? edge.received(slot, data, options.nowMs()) : edge.receivedText(slot)));
  webSocket.on('ping', () => edge.touched(slot, options.nowMs()));
  webSocket.on('pong', () => edge.touched(slot, options.nowMs()));
  webSocket.on('error', () => undefined);
  webSocket.on('close', () => edge.closed(slot));
  edge.opened(slot, socket);
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end('this is a Parley edge: upgrade to WebSocket at /v1\n');
}

function refuse(socket: Duplex, status: number, headers: Record<string, string>): void {
  const lines = Object.entries({ ...headers, 'content-length': '0', connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} refused\r\n${lines.join('')}\r\n`);
}
