/**
 * What a connection and each event of it cost a gateway box: edges, relay and kernel, TLS ended in the edges. From runs of
 * this project and from the spike that preceded it; both ends were on one machine, so kernel memory is half of both ends'.
 */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const run = (record: string): Source => ({ kind: 'measured', by: 'npm start', record, date: '2026-11-25' });
const spike = (record: string): Source => ({ kind: 'measured', by: 'spike on 2 cores, Bun 1.4.5', record, date: '2026-11-25' });
const flows = (why: string): Source => ({ kind: 'chosen', why: `model of flows, capacity/storm: ${why}` });
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const GATEWAY_COEFFICIENTS = {
  gatewayConnectionsMost: {
    ...exactly(500_000),
    unit: 'connections/gateway',
    what: 'connections that a gateway may hold while others are away; the sheet’s figure',
    source: { kind: 'cited', where: 'source document, table "Capacity Estimation"', date: '2026-11-25' },
  },
  gatewayCoresMost: {
    ...exactly(16),
    unit: 'cores',
    what: 'cores of the largest box that is bought as a gateway; an edge per core',
    source: chosen('beyond it one box is too much to lose at once'),
  },
  gatewayMemoryMostBytes: {
    ...exactly(64e9),
    unit: 'B',
    what: 'memory of the largest box that is bought as a gateway',
    source: chosen('four gigabytes per core, the usual shape'),
  },
  gatewayNetworkMostBytesPerSecond: {
    ...exactly(1.25e9),
    unit: 'B/s',
    what: 'network of a gateway box, each way',
    source: chosen('10 Gbit/s'),
  },
  gatewayFilesPerProcess: {
    ...exactly(1_048_576),
    unit: '1',
    what: 'limit of files of an edge on a tuned host',
    source: chosen('fs.nr_open’s default, which no process passes'),
  },
  gatewayKernelBytesPerConnection: {
    ...between(4_200, 4_340, 4_600),
    unit: 'B/connection',
    what: 'kernel memory of a connection: slab and idle buffers',
    source: run('capacity/MEASURED.md, older runs: slab 4,203 + other 131 + buffers 7 B at 50,000 connections'),
  },
  gatewayUserBytesPerConnection: {
    ...between(950, 1_010, 1_150),
    unit: 'B/connection',
    what: 'memory of edges and relay for a connection',
    source: run('capacity/MEASURED.md, older runs: edges 913 + relay 90 B at 50,000 connections'),
  },
  gatewayTlsBytesPerConnection: {
    ...between(4_000, 4_200, 4_400),
    unit: 'B/connection',
    what: 'memory of TLS 1.3 for a connection in the edge',
    source: spike('5.1 to 5.3 KB with TLS against 1.0 without, 20 K and 100 K connections'),
  },
  gatewayProcessBytes: {
    ...between(2.4e6, 15e6, 29e6),
    unit: 'B',
    what: 'memory of a process that holds nothing',
    source: spike('2.4 MB anonymous, 29 MB resident with shared pages'),
  },
  gatewaySlowReaderShare: {
    ...between(1e-4, 1e-3, 5e-3),
    unit: '1',
    what: 'share of connections that do not read while they are sent to',
    source: chosen('phones that lost their network and are not yet timed out'),
  },
  gatewaySlowReaderBytes: {
    ...exactly(85_000),
    unit: 'B/connection',
    what: 'kernel memory of a connection that does not read, buffers at most 64 KiB',
    source: spike('85 KB of both ends with tcp_wmem and tcp_rmem at 65,536'),
  },
  gatewayUsPerHandshake: {
    ...between(23, 105, 120),
    unit: 'us/connection',
    what: 'processor time of upgrade, token, HELLO and route of a connection, without TLS',
    source: run('capacity/MEASURED.md, older runs: 104.5 us gateway at 4,867/s; the bare upgrade takes 23'),
  },
  gatewayUsPerTlsHandshake: {
    ...between(160, 182, 200),
    unit: 'us/connection',
    what: 'processor time that a full TLS 1.3 handshake (P-256) adds; resumption saves nothing',
    source: spike('204 us with TLS against 22 without'),
  },
  gatewayStormSpread: {
    ...between(1.2, 1.45, 1.5),
    unit: '1',
    what: 'admissions over those that come back in a storm, until the last is back: clients wait a random time on top of what they are told',
    source: flows('1.03 to 1.47 for 10 K to 500 K clients of a gateway within 60 to 900 s; at the low end 99 % are back'),
  },
  gatewayStormRefusals: {
    ...between(1, 1.8, 2.2),
    unit: '1',
    what: 'times that a client is refused in a storm before it is let in; each costs a TLS handshake',
    source: flows('2.2 to 2.8 attempts a client in the loss of a gateway and of a zone; measured: 1.73 in a storm of 50,000'),
  },
  gatewayUsPerHeartbeat: {
    ...between(12, 22, 29),
    unit: 'us/operation',
    what: 'processor time of a heartbeat without a reply',
    source: run('capacity/MEASURED.md, older runs: 18.0 us plain at 1,667/s; spike: 28.7 with TLS, 12 at 2 M connections'),
  },
  gatewayUsPerFrame: {
    ...between(5, 16, 18),
    unit: 'us/operation',
    what: 'processor time of a frame of the message path, edge and relay; a send has 3 at its sender, a delivery 2',
    source: run('capacity/MEASURED.md, older runs: 115.3 us a message of 2.1 deliveries, 7.2 frames, at 2,499/s; 33 us at 10,000/s'),
  },
  gatewayBytesPerFrame: {
    ...between(90, 130, 160),
    unit: 'B',
    what: 'bytes on the wire of a frame besides its body: headers of the protocol, WebSocket, TLS, TCP and IP, and the answer’s ACK',
    source: chosen('24 protocol + 2 to 8 WebSocket + 22 TLS + 52 TCP and IP, a TCP ACK for every second'),
  },
  gatewayTurnMs: {
    ...between(1.7, 2.5, 3.5),
    unit: 'ms',
    what: 'length of a busy edge’s turn of its event loop, which the next event waits for',
    source: run('capacity/MEASURED.md, older runs: accepted p99 34 ms at 0.36 of the cores, 211 ms at 0.96, 15 ms of it set waits'),
  },
  gatewaySetWaitsMs: {
    ...between(10, 15, 25),
    unit: 'ms',
    what: 'waits that are set: 5 ms of linger at the bus, up to 10 ms between writes of a link',
    source: chosen('settings of the relay and its links'),
  },
  gatewayLatencyMs: {
    ...exactly(100),
    unit: 'ms',
    what: 'share of a gateway in the objective for p99 of accepted sends, which is 200 ms',
    source: chosen('half; the bus has the other half'),
  },
  relayUsPerRequest: {
    ...between(40, 55, 80),
    unit: 'us/request',
    what: 'processor time of a relay per request to a broker, at its pace of some 2,500 records a second',
    source: {
      kind: 'measured',
      by: 'parley batching',
      record: 'capacity/measurements/batching.json: relayHop, clientUs = a ÷ records per request + b',
      date: '2026-11-25',
    },
  },
  relayUsPerRecord: {
    ...between(20, 27, 40),
    unit: 'us/record',
    what: 'processor time of a relay per record that it appends one at a time, the request’s share not counted',
    source: {
      kind: 'measured',
      by: 'parley batching',
      record: 'capacity/measurements/batching.json: relayHop, clientUs = a ÷ records per request + b',
      date: '2026-11-25',
    },
  },
  relayUsPerRecordRead: {
    ...between(4, 6, 12),
    unit: 'us/record',
    what: 'processor time of a relay per record of deliveries that it reads',
    source: {
      kind: 'measured',
      by: 'parley batching',
      record: 'capacity/measurements/batching.json: drivers, platformatic, read: 4.5 to 9.1 us',
      date: '2026-11-25',
    },
  },
  relayUsPerRoute: {
    ...between(2.2, 2.4, 11),
    unit: 'us/operation',
    what: 'processor time of a relay per route put, removed or presence read at Redis, in pages',
    source: {
      kind: 'measured',
      by: 'parley redis-costs',
      record: 'capacity/measurements/redis.json: put of a route 2.4 us in pages of 100, 8.9 alone',
      date: '2026-11-25',
    },
  },
  relayMarksPerRecord: {
    ...between(1, 2, 8),
    unit: '1',
    what: 'receipts that a relay’s wait of 100 ms puts into one record, all others of the same conversation',
    source: chosen('a group’s members answer together; two people do not'),
  },
  relayBrokers: {
    ...between(3, 6, 12),
    unit: 'nodes',
    what: 'brokers that a relay’s records are spread over; the plan of Kafka has its own count',
    source: chosen('a cell has few brokers, see the decision on cells; the plan says where its brokers are more'),
  },
  relayLingerMs: {
    ...exactly(5),
    unit: 'ms',
    what: 'time that an append waits for others',
    source: chosen('the setting; batching.json has 2, 5 and 10'),
  },
} as const satisfies Readonly<Record<string, Quantity>>;
