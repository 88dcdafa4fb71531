/**
 * What routes and presence cost in Redis (Valkey 9.1): processor time of the server per operation as it was measured, memory per
 * key. A primary runs its commands on one processor.
 */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const REDIS: Source = { kind: 'measured', by: 'parley redis-costs', record: 'capacity/measurements/redis.json', date: '2026-12-01' };
const MEMORY: Source = {
  kind: 'measured',
  by: 'used_memory of Valkey 9.1.2 before and after 200,000 users: routes 124.2 (two devices 156.0), last seen 68.0, naive key 85.0 B',
  record: 'INFO memory',
  date: '2026-11-25',
};
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const REDIS_COEFFICIENTS = {
  redisUsPerRead: { ...between(0.7, 0.84, 3.1), unit: 'us/read', what: 'presence or routes of a user, in pages of 100', source: REDIS },
  redisUsPerReadAlone: { ...between(6, 7, 11), unit: 'us/read', what: 'presence of a user, one a call', source: REDIS },
  redisUsPerPut: { ...between(4, 4.2, 10.3), unit: 'us/operation', what: 'put of a route, in pages or alone', source: REDIS },
  redisUsPerRemove: { ...between(2.4, 2.6, 7.3), unit: 'us/operation', what: 'removal of a route', source: REDIS },
  redisUsPerTransition: { ...between(4, 4.2, 13.2), unit: 'us/operation', what: 'come or gone told on a user’s channel', source: REDIS },
  redisUsPerTyping: { ...between(5, 5.5, 9.5), unit: 'us/operation', what: 'typing told on a conversation’s channel', source: REDIS },
  redisUsPerSubscribe: {
    ...between(2, 5, 12),
    unit: 'us/operation',
    what: 'subscription to a channel, or its end',
    source: chosen('not measured; as a write of a key without a script'),
  },
  redisBytesPerOperation: {
    ...between(60, 100, 160),
    unit: 'B',
    what: 'bytes of an operation on the wire, in pages, the larger way',
    source: chosen('a key of 30 bytes, a route of 35, the protocol’s own'),
  },
  redisNetworkUse: {
    ...exactly(0.5),
    unit: '1',
    what: 'share of a node’s network that operations may fill',
    source: chosen('the replica’s stream takes as much again'),
  },
  redisUsPerLease: { ...between(30, 158, 300), unit: 'us/operation', what: 'renewal of a gateway’s lease, marks read', source: REDIS },
  redisLeaseRenewSeconds: {
    ...exactly(10 / 3),
    unit: 's',
    what: 'time between renewals of a lease',
    source: { kind: 'cited', where: 'ARCHITECTURE.md, routes: renewed every 3.3 s', date: '2026-11-25' },
  },
  redisUsPerNaiveRefresh: { ...between(1, 1.1, 5), unit: 'us/operation', what: 'refresh of a key per user, the naive form', source: REDIS },
  redisUsPerNaiveRead: { ...between(0.6, 0.66, 2.2), unit: 'us/read', what: 'read of a key per user, in pages of 100', source: REDIS },
  redisNaiveKeyBytes: {
    ...between(80, 85, 110),
    unit: 'B/user',
    what: 'memory of a key per user with its expiry, the naive form',
    source: MEMORY,
  },
  redisRouteBytes: {
    ...between(118, 124, 160),
    unit: 'B/connection',
    what: 'memory of a user’s routes with one device',
    source: MEMORY,
  },
  redisLastSeenBytes: {
    ...between(64, 68, 90),
    unit: 'B/user',
    what: 'memory of when a user was last seen',
    source: MEMORY,
  },
  redisChannelBytes: { ...between(200, 247, 300), unit: 'B', what: 'memory of a channel that one process listens to', source: REDIS },
  redisSections: {
    ...exactly(64),
    unit: '1',
    what: 'sections that the keys are spread in: the most primaries that a cell’s cluster can use',
    source: { kind: 'cited', where: 'services/routes/redis-sections.ts', date: '2026-11-25' },
  },
  redisSectionSkew: {
    ...between(1.02, 1.1, 1.3),
    unit: '1',
    what: 'load of the busiest primary over the mean',
    source: chosen('users are spread by a hash; sections are not always divided evenly among primaries'),
  },
  redisPrimariesLeast: {
    ...exactly(3),
    unit: '1',
    what: 'primaries of a cluster at least',
    source: {
      kind: 'cited',
      where: 'redis.io/docs cluster specification: a replica is promoted by the vote of most primaries',
      date: '2026-11-30',
    },
  },
  redisReplicasPerPrimary: {
    ...exactly(1),
    unit: '1',
    what: 'replicas of a primary, in another zone',
    source: chosen('one takes over; nothing is on disk, and relays put routes again'),
  },
  redisMemoryUse: {
    ...between(0.5, 0.65, 0.75),
    unit: '1',
    what: 'share of a node’s memory that keys may fill',
    source: {
      kind: 'cited',
      where:
        'cloud.google.com/memorystore/docs/cluster: 10.4 of 13 GB are writable by default; the rest here is fragmentation and what a new replica copies',
      date: '2026-11-25',
    },
  },
  redisNodeMemoryBytes: {
    ...exactly(32e9),
    unit: 'B',
    what: 'memory of the largest node that is bought',
    source: chosen('a replica is filled within minutes'),
  },
  redisNodeCores: {
    ...exactly(2),
    unit: 'cores',
    what: 'processors of a node: one for commands, one for the kernel and what is forked for a replica',
    source: chosen('commands run on one, whatever there is'),
  },
  redisNodeNetworkBytes: { ...exactly(0.6e9), unit: 'B/s', what: 'network of the largest node, each way', source: chosen('5 Gbit/s') },
} as const satisfies Readonly<Record<string, Quantity>>;
