/**
 * Limits of the network stack: ports, queues of handshakes, socket memory, tables of connections.
 */
import { type BoxShape, endsOf } from './box-shape.ts';
import { type HostLimit, sysctl, wholeAbove, wholeBelow } from './host-limit.ts';

/**
 * Connections to one address at which connect() is still fast, as a share of the usable ports: 25,000 of 64,512. The
 * kernel tries one parity of ports first, so at half the range every connect begins to scan (measured: 15,000/s fell to
 * 150/s at 32,000 connections an address; at 21,000 nothing was seen).
 */
const PORTS_AT_FULL_SPEED = 25_000 / 64_512;

/** `Bun.serve` listens with this backlog, whatever the kernel would allow; it has no option for it. */
export const RUNTIME_BACKLOG = 512;

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

/** Addresses over which `connections` have to be spread, for connect() to stay fast with so many usable ports. */
export function addressesFor(connections: number, usablePorts: number): number {
  return usablePorts < 1 ? Number.POSITIVE_INFINITY : Math.max(1, wholeAbove(connections / (usablePorts * PORTS_AT_FULL_SPEED)));
}

export const networkLimits: readonly HostLimit[] = [
  {
    name: 'localPorts',
    setting: 'net.ipv4.ip_local_port_range, less the reserved ports in it',
    scope: 'netns',
    unit: 'ports',
    effect: 'stops',
    safer: 'larger',
    needed: (connections, shape) =>
      shape.workers > 0 ? wholeAbove(connections / shape.destinationAddresses / PORTS_AT_FULL_SPEED) : 1_000,
    holds: (value, shape) =>
      shape.workers > 0 ? wholeBelow(value * PORTS_AT_FULL_SPEED * shape.destinationAddresses) : Number.POSITIVE_INFINITY,
    why: 'each client connection takes a port of its own towards one address; beyond some 39 % of the range connect() scans for a free one',
    symptom: 'connects slow down a hundredfold, then fail with EADDRNOTAVAIL; the box sees nothing',
    lift: (value) =>
      value > 64_512
        ? ['# the range has no more ports: connect to more addresses (--addresses)']
        : [
            'sysctl -w net.ipv4.ip_local_port_range="1024 65535"   # or connect to more addresses (--addresses)',
            '# reserve the ports that are listened on first: sysctl -w net.ipv4.ip_local_reserved_ports=PORT,…',
          ],
    undo: (previous) => [`sysctl -w net.ipv4.ip_local_port_range="${previous}"`],
    atRunTime: true,
    pod: { kind: 'safe' },
  },
  {
    name: 'acceptBacklog',
    ...sysctl('net.core.somaxconn'),
    scope: 'netns',
    unit: 'connections per listener',
    effect: 'degrades',
    safer: 'larger',
    needed: queuePerEdge,
    holds: (value, shape) => connectionsByQueue(Math.min(value, RUNTIME_BACKLOG), shape),
    why: `handshakes wait in each edge’s queue while it is busy; the queue is the smaller of this and the runtime’s ${RUNTIME_BACKLOG}, so beyond that only more edges help`,
    symptom: 'ListenOverflows grows; connects take 1 s, 3 s, 7 s (SYN sent again)',
    lift: (value) =>
      value > RUNTIME_BACKLOG
        ? ['# more edges (--edges), or a lower rate of connections (--ramp)']
        : [`sysctl -w net.core.somaxconn=${value}   # then start the edges anew`],
    atRunTime: false,
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
    pod: { kind: 'unsafe' },
  },
  {
    name: 'tcpMemoryPages',
    setting: 'net.ipv4.tcp_mem (third value)',
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
    lift: (value) => [`sysctl -w net.ipv4.tcp_mem="${Math.ceil(value / 2)} ${Math.ceil((value * 2) / 3)} ${value}"`],
    undo: (previous) => [`sysctl -w net.ipv4.tcp_mem="${previous}"`],
    atRunTime: true,
    pod: { kind: 'node' },
  },
  {
    name: 'sendBufferBytes',
    setting: 'net.ipv4.tcp_wmem (third value)',
    scope: 'netns',
    unit: 'bytes',
    effect: 'degrades',
    safer: 'smaller',
    needed: () => SLOW_READER_BUFFER_BYTES,
    holds: () => Number.POSITIVE_INFINITY,
    why: 'a connection that does not read fills it before the edge can notice; at the usual 4 MiB that was 13,000 messages and 4 MB of kernel memory each',
    symptom: 'memory grows with slow readers long before any is cut; deliveries that were "sent" minutes ago',
    lift: (value) => [`sysctl -w net.ipv4.tcp_wmem="4096 16384 ${value}"`],
    undo: (previous) => [`sysctl -w net.ipv4.tcp_wmem="${previous}"`],
    atRunTime: true,
    pod: { kind: 'safe', since: '1.32' },
  },
  {
    name: 'receiveBufferBytes',
    setting: 'net.ipv4.tcp_rmem (third value)',
    scope: 'netns',
    unit: 'bytes',
    effect: 'degrades',
    safer: 'smaller',
    needed: () => SLOW_READER_BUFFER_BYTES,
    holds: () => Number.POSITIVE_INFINITY,
    why: 'what a client may have sent while its edge does not read; the largest WebSocket message still passes, in several windows',
    symptom: 'an edge that was stopped finds megabytes per busy client when it goes on',
    lift: (value) => [`sysctl -w net.ipv4.tcp_rmem="4096 16384 ${value}"`],
    undo: (previous) => [`sysctl -w net.ipv4.tcp_rmem="${previous}"`],
    atRunTime: true,
    pod: { kind: 'safe', since: '1.32' },
  },
  {
    name: 'orphans',
    ...sysctl('net.ipv4.tcp_max_orphans'),
    scope: 'node',
    unit: 'sockets',
    effect: 'degrades',
    safer: 'larger',
    needed: (connections, shape) => wholeAbove((connections * shape.spread) / shape.edges),
    holds: (value, shape) => wholeBelow((value * shape.edges) / shape.spread),
    why: 'when an edge dies its sockets have no owner until each peer has answered',
    symptom: '"too many orphaned sockets" in the kernel log; the rest of an edge’s clients get a reset',
    pod: { kind: 'node' },
  },
  {
    name: 'timeWaitBuckets',
    ...sysctl('net.ipv4.tcp_max_tw_buckets'),
    scope: 'netns',
    unit: 'sockets',
    effect: 'degrades',
    safer: 'larger',
    needed: (connections) => connections,
    holds: (value) => value,
    why: 'the end that closes first keeps the pair of addresses for 60 s; a drain closes the whole box',
    symptom: '"time wait bucket table overflow" in the kernel log: late packets may reach a new connection on the same ports',
    pod: { kind: 'unsafe' },
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
    pod: { kind: 'unsafe' },
  },
  {
    name: 'conntrack',
    ...sysctl('net.netfilter.nf_conntrack_max'),
    scope: 'node',
    unit: 'connections',
    effect: 'stops',
    safer: 'larger',
    needed: (connections) => wholeAbove(connections * 1.2),
    holds: (value) => wholeBelow(value / 1.2),
    why: 'each tracked connection is an entry, and stays one for two minutes after its end; nothing is tracked where no rule asks for it',
    symptom: '"nf_conntrack: table full, dropping packet": new connections time out, old ones stay',
    lift: (value) => [
      `sysctl -w net.netfilter.nf_conntrack_max=${value}`,
      `echo ${Math.ceil(value / 4)} > /sys/module/nf_conntrack/parameters/hashsize`,
    ],
    pod: { kind: 'node' },
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
  {
    name: 'tcpHashBuckets',
    setting: 'net.ipv4.tcp_ehash_entries',
    scope: 'node',
    unit: 'buckets',
    effect: 'degrades',
    safer: 'larger',
    needed: (connections, shape) => wholeAbove((connections * endsOf(shape)) / 8),
    holds: (value, shape) => wholeBelow((value * 8) / endsOf(shape)),
    why: 'sockets are found by a hash table of fixed size; a bucket with more than some eight is a walk for every packet',
    symptom: 'system time per packet grows with the number of connections',
    lift: (value) => [`# kernel command line, then restart the machine: thash_entries=${2 ** Math.ceil(Math.log2(value))}`],
    undo: () => ['# take thash_entries from the kernel command line, then restart the machine'],
    atRunTime: false,
    pod: { kind: 'node' },
  },
];
