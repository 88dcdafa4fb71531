/**
 * Tables that the kernel keeps of connections: those that nobody owns any more, those that just ended, those that a firewall
 * tracks, and the hash by which all are found.
 */
import { endsOf, spreadOf } from './box-shape.ts';
import { type HostLimit, noSysctls, sysctl, wholeAbove, wholeBelow } from './host-limit.ts';

/** Those that have ended stay for two minutes: a fifth of the table, when sessions last ten. */
const ENTRIES_PER_CONNECTION = 1.2;
/** As kube-proxy sizes it; a walk of four is not seen. */
const ENTRIES_OF_BUCKET = 4;

function trackedEntries(connections: number): number {
  return wholeAbove(connections * ENTRIES_PER_CONNECTION);
}

function connectionsOfEntries(entries: number): number {
  return wholeBelow(entries / ENTRIES_PER_CONNECTION);
}

export const connectionTableLimits: readonly HostLimit[] = [
  {
    name: 'orphans',
    ...sysctl('net.ipv4.tcp_max_orphans'),
    scope: 'node',
    unit: 'sockets',
    effect: 'degrades',
    safer: 'larger',
    needed: (connections, shape) => wholeAbove((connections * spreadOf(shape)) / shape.edges),
    holds: (value, shape) => wholeBelow((value * shape.edges) / spreadOf(shape)),
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
    fresh: [1_024, 262_144],
    pod: { kind: 'unsafe' },
  },
  {
    name: 'conntrack',
    ...sysctl('net.netfilter.nf_conntrack_max'),
    scope: 'node',
    unit: 'connections',
    effect: 'stops',
    safer: 'larger',
    needed: trackedEntries,
    holds: connectionsOfEntries,
    why: 'each tracked connection is an entry, and stays one for two minutes after its end; nothing is tracked where no rule asks for it',
    symptom: '"nf_conntrack: table full, dropping packet": new connections time out, old ones stay',
    pod: { kind: 'node' },
  },
  {
    name: 'conntrackBuckets',
    ...sysctl('net.netfilter.nf_conntrack_buckets'),
    scope: 'node',
    unit: 'buckets',
    effect: 'degrades',
    safer: 'larger',
    needed: (connections) => wholeAbove(trackedEntries(connections) / ENTRIES_OF_BUCKET),
    holds: (value) => connectionsOfEntries(value * ENTRIES_OF_BUCKET),
    why: 'each packet walks the bucket of its connection, and the table does not grow with its maximum',
    symptom: 'softirq time per packet grows with the number of tracked connections; nf_conntrack_lookup leads in a profile',
    pod: { kind: 'node' },
  },
  {
    name: 'conntrackSeconds',
    ...sysctl('net.netfilter.nf_conntrack_tcp_timeout_established'),
    scope: 'node',
    unit: 's',
    effect: 'degrades',
    safer: 'smaller',
    needed: () => 86_400,
    holds: () => Number.POSITIVE_INFINITY,
    why: 'a client that vanished without a packet stays in the table for so long, five days by default; each heartbeat begins it anew',
    symptom: 'nf_conntrack_count is far above the connections that are open, and the table fills days after a fault',
    pod: { kind: 'node' },
  },
  {
    name: 'tcpHashBuckets',
    setting: 'net.ipv4.tcp_ehash_entries',
    sysctls: noSysctls,
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
