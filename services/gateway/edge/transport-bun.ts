/** Edge transport on `Bun.serve`: the port is shared by SO_REUSEPORT, permessage-deflate is off. */
import type { ErrorName } from '../../protocol/error-codes.ts';
import type { Edge, EdgeSocket } from './edge.ts';
import {
  isUpgradePath,
  LARGEST_BUFFERED_BYTES,
  refusalHeaders,
  refusalStatus,
  type TlsPair,
  type Transport,
  type TransportOptions,
} from './transport.ts';

export async function startBunTransport(edge: Edge, options: TransportOptions): Promise<Transport> {
  const { nowMs } = options;
  const serve = (port: number, tls: TlsPair | undefined) =>
    Bun.serve<number>({
      hostname: options.host,
      port,
      reusePort: true,
      // Liveness is judged by inbound bytes in `Edge.sweep`, never by this timer, which sends would re-arm.
      idleTimeout: 10,
      ...(tls === undefined ? {} : { tls: { cert: tls.certificatePem, key: tls.keyPem } }),
      fetch(request, server) {
        const { headers } = request;
        if (headers.get('upgrade') === null || !isUpgradePath(request.url.slice(request.url.indexOf('/', 8)))) {
          return new Response('this is a Parley edge: upgrade to WebSocket at /v1\n', { status: 404 });
        }
        const answer = edge.admit(server.requestIP(request)?.address ?? '', (name) => headers.get(name), nowMs());
        if (!answer.ok) {
          return new Response(null, { status: refusalStatus(answer.error), headers: refusalHeaders(answer.error, answer.retryAfterMs) });
        }
        if (server.upgrade(request, { data: answer.slot, headers: { 'sec-websocket-protocol': answer.subprotocol } })) return;
        edge.abandoned(answer.slot);
        return new Response('the upgrade failed\n', { status: 400 });
      },
      // `data` is the slot itself: an object per connection would cost more than the session.
      websocket: {
        perMessageDeflate: false,
        maxPayloadLength: LARGEST_BUFFERED_BYTES,
        backpressureLimit: options.sendBufferBytes,
        closeOnBackpressureLimit: false,
        sendPings: false,
        idleTimeout: 0,
        open: (socket) => edge.opened(socket.data, socket as unknown as EdgeSocket),
        message: (socket, message) =>
          typeof message === 'string' ? edge.receivedText(socket.data) : edge.received(socket.data, message as Uint8Array, nowMs()),
        ping: (socket) => edge.touched(socket.data, nowMs()),
        pong: (socket) => edge.touched(socket.data, nowMs()),
        close: (socket, code, reason) => edge.closed(socket.data, reasonOfEnd(code, reason)),
      },
    });
  let current = serve(options.port, options.tls);
  const port = current.port!;
  /** Servers of former certificates: they accept nothing more, and hold what they had. */
  let former: Array<ReturnType<typeof serve>> = [];
  return {
    port,
    renewTls(tls) {
      // A server of Bun keeps the certificate that it began with. Another takes its place on the shared port before it stops
      // listening, so that somebody listens at all times; handshakes in its queue move over where net.ipv4.tcp_migrate_req is 1.
      const next = serve(port, tls);
      void current.stop(false);
      former = [...former.filter((server) => server.pendingWebSockets > 0), current];
      current = next;
    },
    stopAccepting: () => void current.stop(false),
    close: () => {
      for (const server of [...former, current]) void server.stop(true);
    },
  };
}

/** Bun gives 1006 with a reason where it closed by itself, whatever the code it sent [seen on 1.4.5]. */
function reasonOfEnd(code: number, reason: string): ErrorName | 'client' {
  if (code !== 1006 || reason === '') return 'client';
  return reason.includes('too big') ? 'tooLarge' : 'malformed';
}
