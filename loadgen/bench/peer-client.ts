/**
 * A process of clients for a peer: our own raw sockets, without sessions. It holds connections, and sends messages in pairs
 * (connection n to n ^ 1) at a set rate. Driven by peer-run.ts over the spawn channel; it ends when that is gone.
 */
import { randomBytes } from 'node:crypto';
import { Histogram } from '../../capacity/histogram.ts';
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import { binaryFrame } from '../client/client-frame.ts';
import { SocketPool } from '../client/socket-pool.ts';
import { Upgrade } from '../client/upgrade.ts';
import { ownClockMs } from '../clock/offset.ts';
import { Random } from '../plan/random.ts';

export type ToPeerClient =
  | { readonly type: 'setup'; readonly connections: number; readonly addresses: readonly string[]; readonly port: number }
  | { readonly type: 'connect'; readonly until: number; readonly perSecond: number }
  | { readonly type: 'relay'; readonly sendsPerSecond: number; readonly seconds: number };

export type FromPeerClient =
  | { readonly type: 'started' }
  | { readonly type: 'count'; readonly counts: PeerCounts }
  | { readonly type: 'relayed'; readonly counts: PeerCounts; readonly latencies: readonly LatencyHistogram[] };

export interface PeerCounts {
  readonly open: number;
  readonly failed: number;
  readonly due: number;
  readonly acked: number;
  readonly delivered: number;
}

const REPORT_MS = 100;
const ATTEMPTS = 128;
const PAYLOAD_BYTES = 200;
const HEAD_BYTES = 60;
const OUTBOX_BYTES = 1_048_576;
const HELLO = 0;
const MESSAGE = 2;
const ACK = 3;
const QUIET_MS = 1_000;
const RELAY_STREAM = 9;

let pool: SocketPool | undefined;
let connections = 0;
let dialled = 0;
let until = 0;
let perMs = 0;
let fromMs = 0;
let fromConnection = 0;
const counts = { open: 0, failed: 0, due: 0, acked: 0, delivered: 0 };
const lateness = new Histogram('lateness');
const delivered = new Histogram('delivered');

function setUp(message: Extract<ToPeerClient, { type: 'setup' }>): void {
  connections = message.connections;
  const upgrade = new Upgrade(`${message.addresses[0]}:${message.port}`, '/', randomBytes(16).toString('base64'));
  const request = upgrade.request('none');
  pool = new SocketPool(
    {
      connections,
      port: message.port,
      addressOf: (connection) => message.addresses[connection % message.addresses.length]!,
      requestOf: () => request,
      upgrade,
      tls: false,
      outboxLimitBytes: OUTBOX_BYTES,
    },
    {
      upgraded: () => {
        counts.open++;
      },
      refused: () => {
        counts.failed++;
      },
      message: (_, bytes) => {
        if (bytes[0] === ACK) counts.acked++;
        else if (bytes[0] === MESSAGE) {
          counts.delivered++;
          const dueMs = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(13);
          delivered.record(Math.max(0, ownClockMs() - dueMs) * 1_000);
        }
        return undefined;
      },
      closed: () => {
        counts.failed++;
      },
    },
  );
}

function connect(): void {
  const due = Math.min(until, fromConnection + Math.floor((ownClockMs() - fromMs) * perMs));
  while (dialled < due && dialled - counts.open - counts.failed < ATTEMPTS) pool!.dial(dialled++);
  if (dialled < until) setTimeout(connect, 5);
}

/** Open loop with Poisson arrivals: each message carries when it was due. */
function relay(sendsPerSecond: number, seconds: number): void {
  for (let connection = 0; connection < connections; connection++) {
    const hello = new Uint8Array(5);
    hello[0] = HELLO;
    new DataView(hello.buffer).setUint32(1, connection);
    pool!.transmit(connection, [hello]);
  }
  const random = new Random(1, RELAY_STREAM);
  const startMs = ownClockMs() + QUIET_MS;
  const meanGapMs = 1_000 / sendsPerSecond;
  let dueMs = startMs;
  let number = 0;
  const turn = () => {
    const nowMs = ownClockMs();
    for (; dueMs <= nowMs && dueMs < startMs + seconds * 1_000; dueMs -= Math.log(1 - random.unit()) * meanGapMs) {
      const message = new Uint8Array(HEAD_BYTES + PAYLOAD_BYTES);
      const view = new DataView(message.buffer);
      const from = number % connections;
      message[0] = MESSAGE;
      view.setUint32(1, from ^ 1);
      view.setBigUint64(5, BigInt(number++));
      view.setFloat64(13, dueMs);
      pool!.write(from, binaryFrame(message));
      counts.due++;
      lateness.record((nowMs - dueMs) * 1_000);
    }
    if (nowMs < startMs + seconds * 1_000 + QUIET_MS) setTimeout(turn, 1);
    else report({ type: 'relayed', counts: { ...counts }, latencies: [lateness.toRecord(), delivered.toRecord()] });
  };
  turn();
}

function report(message: FromPeerClient): void {
  if (process.connected !== false) process.send?.(message);
}

process.on('message', (raw) => {
  const message = raw as ToPeerClient;
  switch (message.type) {
    case 'setup':
      return setUp(message);
    case 'connect':
      until = Math.min(connections, message.until);
      perMs = message.perSecond / 1_000;
      fromMs = ownClockMs();
      fromConnection = dialled;
      return connect();
    case 'relay':
      return relay(message.sendsPerSecond, message.seconds);
  }
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
setInterval(() => report({ type: 'count', counts: { ...counts } }), REPORT_MS);
report({ type: 'started' });
