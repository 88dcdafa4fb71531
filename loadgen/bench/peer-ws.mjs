/**
 * The peer on Node: a bare `ws` server without authentication or state. It prints its port, holds connections, and relays:
 *   0 id:u32                        "I am id", no answer
 *   2 to:u32 message:u64 payload    goes to `to` as it is; the sender gets 3 and the message's number, 24 bytes
 */
import { WebSocketServer } from 'ws';

const ACK_BYTES = 24;
const sockets = new Map();
const server = new WebSocketServer({
  host: '0.0.0.0',
  port: 0,
  backlog: 511,
  perMessageDeflate: false,
  clientTracking: false,
  handleProtocols: (offered) => offered.values().next().value ?? false,
});

server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data) => {
    if (data[0] === 2) {
      sockets.get(data.readUInt32BE(1))?.send(data);
      const ack = Buffer.allocUnsafe(ACK_BYTES).fill(0);
      ack[0] = 3;
      data.copy(ack, 1, 5, 13);
      socket.send(ack);
    } else if (data[0] === 0) sockets.set(data.readUInt32BE(1), socket);
  });
});
server.on('listening', () => process.stdout.write(`port ${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
