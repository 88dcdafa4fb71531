/** The floor: a bare `Bun.serve` without authentication or state. It speaks what peer-ws.mjs speaks; `/received` counts messages. */
import type { ServerWebSocket } from 'bun';

const ACK_BYTES = 24;
let received = 0;
const sockets = new Map<number, ServerWebSocket<undefined>>();

const server = Bun.serve<undefined>({
  hostname: '0.0.0.0',
  port: 0,
  idleTimeout: 10,
  fetch(request, server) {
    const protocol = request.headers.get('sec-websocket-protocol');
    if (server.upgrade(request, { data: undefined, headers: protocol === null ? {} : { 'sec-websocket-protocol': protocol } })) return;
    if (request.url.endsWith('/received')) return new Response(String(received));
    return new Response('a WebSocket server\n', { status: 404 });
  },
  websocket: {
    perMessageDeflate: false,
    sendPings: false,
    idleTimeout: 0,
    message(socket, message) {
      received++;
      if (typeof message === 'string') return;
      if (message[0] === 2) {
        sockets.get(message.readUInt32BE(1))?.send(message);
        const ack = Buffer.alloc(ACK_BYTES);
        ack[0] = 3;
        message.copy(ack, 1, 5, 13);
        socket.send(ack);
      } else if (message[0] === 0) sockets.set(message.readUInt32BE(1), socket);
    },
  },
});
process.stdout.write(`port ${server.port}\n`);
process.on('SIGTERM', () => process.exit(0));
