/**
 * The numbers that thresholds are made of, for what stands on this machine: the default plan's, but for the sizes of a cell, which
 * are those of the run. Thresholds are made of them as in production.
 */
import { alertValues } from '../../dashboards/alerts/alert-values.ts';
import type { PlanRows } from '../../dashboards/board.ts';
import { defaultPlanRows } from '../../dashboards/plan-rows.ts';

export const LOCAL = {
  messagePartitions: 8,
  connectionsMost: 420,
  connectionsPlanned: 330,
  connections: 300,
  rate: 40,
  relayPendingBytes: 262_144,
  redisMemoryBytes: 25_000_000,
} as const;

/** Sizes of what stands here. */
export interface LocalSizes {
  readonly messagePartitions: number;
  readonly connectionsPlanned: number;
  readonly relayPendingBytes?: number;
  readonly redisMemoryBytes?: number;
  /** Of the clients here, where they beat at another period than the plan's. */
  readonly heartbeatSeconds?: number;
}

export function localValues(sizes: LocalSizes = LOCAL): PlanRows {
  const values = new Map(alertValues(defaultPlanRows()));
  const local: Readonly<Record<string, number>> = {
    'kafka.messagePartitionsPerCell': sizes.messagePartitions,
    'kafka.brokersPerCell': 1,
    'cassandra.nodesPerCell': 1,
    'redis.nodesPerCell': 1,
    'gateway.connections': sizes.connectionsPlanned,
    'gateway.gateways': 1,
    'cells.cells': 1,
    // New connections a second of which the objective lets one in a thousand fail.
    'demand.connectsPerSecond': 100,
    ...(sizes.heartbeatSeconds === undefined ? {} : { 'workload.heartbeatSeconds': sizes.heartbeatSeconds }),
    ...(sizes.redisMemoryBytes === undefined ? {} : { 'redis.memoryBytes': sizes.redisMemoryBytes, 'redis.primariesPerCell': 1 }),
    ...(sizes.relayPendingBytes === undefined ? {} : { 'setting.relayPendingBytes': sizes.relayPendingBytes }),
  };
  for (const [name, value] of Object.entries(local)) {
    if (!values.has(name)) throw new Error(`the plan has no ${name}`);
    values.set(name, value);
  }
  return values;
}
