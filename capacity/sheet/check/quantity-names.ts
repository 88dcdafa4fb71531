/**
 * Names by which a mapping file (and the JSON) calls the quantities, with the key that the relations use and the time that the name says.
 * The names are the model's own where it has one.
 */
export interface NamedQuantity {
  readonly key: string;
  /** Time of a rate in seconds, when the cell does not say one. */
  readonly seconds?: number;
}

const DAY = 86_400;

export const QUANTITIES: Readonly<Record<string, NamedQuantity>> = {
  registeredUsers: { key: 'user:registered' },
  monthlyUsers: { key: 'user:monthly' },
  dailyUsers: { key: 'user:daily' },
  onlineUsers: { key: 'user:concurrent' },
  onlineShare: { key: 'share:online' },
  dailyShare: { key: 'share:daily' },
  offlineShare: { key: 'share:offline' },
  devicesPerUser: { key: 'device@user' },
  devices: { key: 'device' },
  connections: { key: 'connection' },
  connectionsPerGateway: { key: 'connection@gateway' },
  gateways: { key: 'gateway' },
  gatewaysPerCell: { key: 'gateway@cell' },
  cells: { key: 'cell' },
  messagesPerUserDay: { key: 'message@user/t', seconds: DAY },
  messagesPerDay: { key: 'message/t', seconds: DAY },
  meanSendsPerSecond: { key: 'message/t', seconds: 1 },
  peakSendsPerSecond: { key: 'message/t^peak', seconds: 1 },
  peakSendsPerSecondPerGateway: { key: 'message@gateway/t^peak', seconds: 1 },
  peakFactor: { key: 'factor:peak' },
  deliveriesPerMessage: { key: 'delivery@message' },
  deliveriesPerDay: { key: 'delivery/t', seconds: DAY },
  deliveriesPerSecond: { key: 'delivery/t', seconds: 1 },
  peakDeliveriesPerSecond: { key: 'delivery/t^peak', seconds: 1 },
  receiptsPerMessage: { key: 'receipt@message' },
  receiptsPerSecond: { key: 'receipt/t', seconds: 1 },
  peakReceiptsPerSecond: { key: 'receipt/t^peak', seconds: 1 },
  bodyBytes: { key: 'bytes:body@message' },
  storedBytesPerDay: { key: 'bytes:stored/t', seconds: DAY },
  logicalBytesPerDay: { key: 'bytes:logical/t', seconds: DAY },
  replicatedBytesPerDay: { key: 'bytes:replicated/t', seconds: DAY },
  storedBytes: { key: 'bytes:stored' },
  logicalBytes: { key: 'bytes:logical' },
  replicatedBytes: { key: 'bytes:replicated' },
  storedBytesPerNode: { key: 'bytes:stored@node' },
  storageNodes: { key: 'node' },
  replicationFactor: { key: 'factor:replication' },
  compressionFactor: { key: 'factor:compression' },
  retentionDays: { key: 'time:retention', seconds: DAY },
  heartbeatSeconds: { key: 'time:heartbeat', seconds: 1 },
  heartbeatsPerSecond: { key: 'heartbeat/t', seconds: 1 },
  bytesPerConnection: { key: 'bytes:memory@connection' },
  connectionMemoryPerGateway: { key: 'bytes:memory@gateway' },
  connectionMemory: { key: 'bytes:memory' },
  ingressBytesPerSecond: { key: 'bytes:ingress/t^peak', seconds: 1 },
  egressBytesPerSecond: { key: 'bytes:egress/t^peak', seconds: 1 },
  trafficBytesPerSecond: { key: 'bytes:traffic/t', seconds: 1 },
  peakTrafficBytesPerSecond: { key: 'bytes:traffic/t^peak', seconds: 1 },
  presenceKeys: { key: 'key' },
  bytesPerPresenceKey: { key: 'bytes:key@key' },
  presenceBytes: { key: 'bytes:presence' },
  presenceReadsPerSecond: { key: 'read/t', seconds: 1 },
  partitions: { key: 'partition' },
  peakSendsPerSecondPerPartition: { key: 'message@partition/t^peak', seconds: 1 },
  brokers: { key: 'broker' },
  shards: { key: 'shard' },
  pushesPerDay: { key: 'push/t', seconds: DAY },
  costPerMonth: { key: 'cost/t', seconds: 2_628_000 },
  costPerGatewayMonth: { key: 'cost@gateway/t', seconds: 2_628_000 },
};

/** What stands for "this row is nothing to check". */
export const IGNORE = 'ignore';
