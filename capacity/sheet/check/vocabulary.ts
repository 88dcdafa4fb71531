/**
 * The quantities that the check knows, apart from the languages they are called in: what flows, what is held, sizes, times, shares and
 * money, each with a range outside of which it is hardly meant (a hint for the culprit, never a finding of its own).
 */
export const FLOWS = [
  'receipt',
  'heartbeat',
  'typing',
  'push',
  'delivery',
  'read',
  'write',
  'request',
  'event',
  'record',
  'message',
] as const;
export const STOCKS = [
  'partition',
  'shard',
  'broker',
  'gateway',
  'core',
  'node',
  'server',
  'key',
  'connection',
  'device',
  'conversation',
  'group',
  'user',
  'cell',
  'region',
] as const;

export type Flow = (typeof FLOWS)[number];
export type Stock = (typeof STOCKS)[number];
export type Noun =
  | Flow
  | Stock
  | 'connect'
  | 'cost'
  | `cost:${'gateway' | 'broker' | 'node' | 'shard' | 'server' | 'cell'}`
  | 'delivery:perMessage'
  | `user:${'daily' | 'monthly' | 'registered' | 'concurrent'}`
  | `bytes:${'stored' | 'logical' | 'replicated' | 'traffic' | 'ingress' | 'egress' | 'body' | 'raw' | 'bus' | 'memory' | 'ram' | 'presence' | 'key' | 'heartbeat' | 'heartbeatTraffic'}`
  | `time:${'retention' | 'busRetention' | 'heartbeat' | 'ttl' | 'storm' | 'session'}`
  | `share:${'online' | 'offline' | 'daily' | 'group' | 'storm' | 'headroom'}`
  | `factor:${'peak' | 'replication' | 'compression' | 'headroom'}`;

export type Entity = Stock | 'message' | 'delivery' | 'session' | 'receipt' | 'heartbeat' | 'request';
