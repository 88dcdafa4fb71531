/** What it takes to test a cell: the load engine's own bill, and how many connections one address can open. */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const RUN: Source = { kind: 'measured', by: 'npm start, 50,000 connections, 2,499 messages/s', record: 'README.md', date: '2026-11-25' };
const SPIKE: Source = {
  kind: 'measured',
  by: 'spike of gateways and clients, 20,000 to 2,000,000 connections',
  record: 'facts/gateway.md',
  date: '2026-11-25',
};
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const LOADGEN_COEFFICIENTS = {
  loadgenKernelBytesPerConnection: {
    ...between(3_500, 4_340, 4_700),
    unit: 'B/connection',
    what: 'kernel memory of the client’s end',
    source: SPIKE,
  },
  loadgenBytesPerConnection: {
    ...between(780, 1_020, 1_100),
    unit: 'B/connection',
    what: 'memory of the engine for a connection',
    source: { kind: 'measured', by: 'npm run bench', record: 'README.md', date: '2026-11-25' },
  },
  loadgenTlsBytesPerConnection: {
    ...between(7_900, 8_200, 8_600),
    unit: 'B/connection',
    what: 'memory that TLS adds at the client',
    source: SPIKE,
  },
  loadgenUsPerConnect: {
    ...between(60, 93, 115),
    unit: 'us/connection',
    what: 'processor time of a connection opened, without TLS',
    source: RUN,
  },
  loadgenUsPerTlsConnect: {
    ...between(200, 220, 270),
    unit: 'us/connection',
    what: 'processor time that a TLS 1.3 handshake adds at the client',
    source: SPIKE,
  },
  loadgenUsPerHeartbeat: { ...between(14, 30, 33), unit: 'us/operation', what: 'processor time of a heartbeat', source: RUN },
  loadgenUsPerMessage: {
    ...between(12, 105, 120),
    unit: 'us/message',
    what: 'processor time of a message sent and its 2.1 deliveries received',
    source: RUN,
  },
  loadgenDeliveriesPerMessage: { ...exactly(2.1), unit: 'deliveries/message', what: 'deliveries in that figure', source: RUN },
  loadgenConnectionsPerAddressPair: {
    ...exactly(25_000),
    unit: 'connections',
    what: 'connections from one address to one address and port before the kernel’s search for a free port gets slow',
    source: SPIKE,
  },
  loadgenUtilisation: {
    ...between(0.4, 0.5, 0.6),
    unit: '1',
    what: 'share of the processors that the engine may use',
    source: chosen('beyond it sends are late, and the verdict is inconclusive'),
  },
  loadgenMemoryUse: {
    ...exactly(0.8),
    unit: '1',
    what: 'share of a box’s memory that connections may fill',
    source: chosen('buffers of slow moments take the rest'),
  },
  loadgenBoxCores: { ...exactly(16), unit: 'cores', what: 'processors of the largest box of the engine', source: chosen('a common shape') },
  loadgenBoxMemoryBytes: {
    ...exactly(64e9),
    unit: 'B',
    what: 'memory of a box of the engine',
    source: chosen('four gigabytes a processor'),
  },
  loadgenBoxAddresses: {
    ...exactly(8),
    unit: '1',
    what: 'addresses of a box of the engine',
    source: chosen('what a network card of a cloud takes without asking'),
  },
  loadgenBoxNetworkBytes: { ...exactly(1.25e9), unit: 'B/s', what: 'network of a box, each way', source: chosen('10 Gbit/s') },
  loadgenBytesPerFrame: {
    ...between(90, 130, 160),
    unit: 'B',
    what: 'bytes on the wire of a frame beside its body',
    source: chosen('as at the gateway: protocol, WebSocket, TLS, TCP and IP'),
  },
} as const satisfies Readonly<Record<string, Quantity>>;
