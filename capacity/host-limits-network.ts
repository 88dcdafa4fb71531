/**
 * Limits of the network stack: queues of handshakes and packets, memory of sockets.
 */
import type { BoxShape } from './box-shape.ts';
import { type HostLimit, sysctl, wholeAbove, wholeBelow } from './host-limit.ts';

/** `Bun.serve` listens with this backlog, whatever the kernel would allow; it has no option for it. */
export const RUNTIME_BACKLOG = 512;

const SOMAXCONN = 'net.core.somaxconn';

/** Longest that an edge is away from its accept queue while it is busy with other work. */
const ACCEPT_PAUSE_SECONDS = 0.25;

/** Kernel memory of a connection that does not read, with send and receive buffers of at most 64 KiB (measured, both ends). */
const SLOW_READER_BYTES = 85_000;
const SLOW_READER_BUFFER_BYTES = 65_536;
const PAGE_BYTES = 4_096;

/** Packets of one handshake with upgrade, HELLO and WELCOME; of a heartbeat and its ack; of a message with all its frames. */
const PACKETS = { handshake: 10, heartbeat: 2, message: 10 };
const PACKET_BYTES = 2_304;
const BACKLOG_PAUSE_SECONDS = 0.01;

function handshakesAtOnce(shape: BoxShape): number {
  return shape.connectionsPerSecond * ACCEPT_PAUSE_SECONDS;
}

/** Queue per listener that takes the arrivals of one pause, were all of them to come. */
function queuePerEdge(connections: number, shape: BoxShape): number {
  return Math.max(1, wholeAbove(Math.min(connections, handshakesAtOnce(shape)) / shape.edges));
}

function connectionsByQueue(perEdge: number, shape: BoxShape): number {
  const queue = perEdge * shape.edges;
  return queue >= handshakesAtOnce(shape) ? Number.POSITIVE_INFINITY : wholeBelow(queue);
}

function trafficPages(shape: BoxShape): number {
  return (shape.sendsPerSecond * PACKETS.message * PACKET_BYTES * 0.1) / PAGE_BYTES;
}

function packetsPerSecondWithoutHeartbeats(shape: BoxShape): number {
  return shape.connectionsPerSecond * PACKETS.handshake + shape.sendsPerSecond * PACKETS.message;
}

export const networkLimits: readonly HostLimit[] = [
  {
    name: 'acceptBacklog',
    ...sysctl(SOMAXCONN),
    scope: 'netns',
    unit: 'connections per listener',
    effect: 'degrades',
    safer: 'larger',
    needed: queuePerEdge,
    holds: (value, shape) => connectionsByQueue(Math.min(value, RUNTIME_BACKLOG), shape),
    why: `handshakes wait in each edge’s queue while it is busy; the queue is the smaller of this and the runtime’s ${RUNTIME_BACKLOG}, so beyond that only more edges help`,
    symptom: 'ListenOverflows grows; connects take 1 s, 3 s, 7 s (SYN sent again)',
    sysctls: (value) => (value > RUNTIME_BACKLOG ? [] : [{ name: SOMAXCONN, value: String(value) }]),
    lift: (value) =>
      value > RUNTIME_BACKLOG
        ? ['# more edges (--edges), or a lower rate of connections (--ramp)']
        : [`sysctl -w ${SOMAXCONN}=${value}   # then start the edges anew`],
    atRunTime: false,
    fresh: [4_096, 4_096],
    pod: { kind: 'unsafe' },
  },
  {
    name: 'synBacklog',
    ...sysctl('net.ipv4.tcp_max_syn_backlog'),
    scope: 'netns',
    unit: 'handshakes per listener',
    effect: 'degrades',
    safer: 'larger',
    needed: queuePerEdge,
    holds: connectionsByQueue,
    why: 'half-open handshakes; the runtime defers accept until the first bytes, so they wait here a round trip longer',
    symptom: 'SYN cookies ("possible SYN flooding" in the kernel log), connects take a second',
    fresh: [128, 4_096],
    pod: { kind: 'unsafe' },
  },
  {
    name: 'tcpMemoryPages',
    ...sysctl('net.ipv4.tcp_mem', (value) => `${Math.ceil(value / 2)} ${Math.ceil((value * 2) / 3)} ${value}`),
    scope: 'node',
    unit: 'pages of 4 KiB',
    effect: 'degrades',
    safer: 'larger',
    needed: (connections, shape) =>
      wholeAbove((connections * shape.slowReaderShare * SLOW_READER_BYTES) / PAGE_BYTES + trafficPages(shape)),
    holds: (value, shape) =>
      shape.slowReaderShare === 0
        ? Number.POSITIVE_INFINITY
        : wholeBelow(((value - trafficPages(shape)) * PAGE_BYTES) / (shape.slowReaderShare * SLOW_READER_BYTES)),
    why: 'bytes queued in all sockets of the machine; idle connections hold none, slow readers fill their buffers',
    symptom: '"TCP: out of memory" in the kernel log; windows shrink and connections are reset at random',
    pod: { kind: 'node' },
  },
  {
    name: 'sendBufferBytes',
    ...sysctl('net.ipv4.tcp_wmem', (value) => `4096 16384 ${value}`),
    scope: 'netns',
    unit: 'bytes',
    effect: 'degrades',
    safer: 'smaller',
    needed: () => SLOW_READER_BUFFER_BYTES,
    holds: () => Number.POSITIVE_INFINITY,
    why: 'a connection that does not read fills it before the edge can notice; at the usual 4 MiB that was 13,000 messages and 4 MB of kernel memory each',
    symptom: 'memory grows with slow readers long before any is cut; deliveries that were "sent" minutes ago',
    fresh: [65_536, 4_194_304],
    pod: { kind: 'safe', since: '1.32' },
  },
  {
    name: 'receiveBufferBytes',
    ...sysctl('net.ipv4.tcp_rmem', (value) => `4096 16384 ${value}`),
    scope: 'netns',
    unit: 'bytes',
    effect: 'degrades',
    safer: 'smaller',
    needed: () => SLOW_READER_BUFFER_BYTES,
    holds: () => Number.POSITIVE_INFINITY,
    why: 'what a client may have sent while its edge does not read; the largest WebSocket message still passes, in several windows',
    symptom: 'an edge that was stopped finds megabytes per busy client when it goes on',
    fresh: [131_072, 33_554_432],
    pod: { kind: 'safe', since: '1.32' },
  },
  {
    name: 'migrateRequests',
    ...sysctl('net.ipv4.tcp_migrate_req'),
    scope: 'netns',
    unit: '0 or 1',
    effect: 'degrades',
    safer: 'larger',
    needed: (_connections, shape) => (shape.edges > 1 ? 1 : 0),
    holds: () => Number.POSITIVE_INFINITY,
    why: 'when an edge ends, handshakes in its queue move to another edge on the same port',
    symptom: 'a restart of one edge resets the handshakes in its queue (503 of 2,000 measured; none with 1)',
    fresh: [0, 0],
    pod: { kind: 'unsafe' },
  },
  {
    name: 'packetBacklog',
    ...sysctl('net.core.netdev_max_backlog'),
    scope: 'node',
    unit: 'packets per core',
    effect: 'degrades',
    safer: 'larger',
    needed: (connections, shape) => {
      const perSecond = packetsPerSecondWithoutHeartbeats(shape) + (connections / shape.heartbeatSeconds) * PACKETS.heartbeat;
      return wholeAbove((perSecond * BACKLOG_PAUSE_SECONDS) / shape.cores);
    },
    holds: (value, shape) => {
      const forHeartbeats = (value * shape.cores) / BACKLOG_PAUSE_SECONDS - packetsPerSecondWithoutHeartbeats(shape);
      return wholeBelow((forHeartbeats * shape.heartbeatSeconds) / PACKETS.heartbeat);
    },
    why: 'packets of loopback, and of a card that steers them between cores, wait here for a core',
    symptom: 'second column of /proc/net/softnet_stat grows; TCP sends again, and latency shows it at p99',
    pod: { kind: 'node' },
  },
];
